// SPDX-License-Identifier: Apache-2.0
/** Who counts at a site, and how each of them fares. */
import type { DrawnDeviceView, SensorCondition } from "../../api/types";
import { boxPath } from "../../app/route";
import { foreign } from "../../words/words";
import { rankOf } from "../../model/broken";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";

interface Standing {
  readonly condition: SensorCondition;
  readonly since: number | null;
  readonly countedAt: number | null;
}

export function boxes(look: Look): HTMLElement {
  const { site } = look.state;
  const devices = site?.drawn?.devices ?? [];
  const heads = ["boxes.box", "boxes.trust", "boxes.looks", "boxes.state", "column.age"] as const;
  return h(
    "section",
    { class: "card", "aria-labelledby": "boxes-title" },
    h("h2", { id: "boxes-title" }, look.say("boxes")),
    h("p", { class: "quiet" }, look.say(devices.length > 0 ? "boxes.text" : "boxes.none")),
    h(
      "table",
      { class: "list", role: "table", "aria-labelledby": "boxes-title" },
      h(
        "thead",
        { role: "rowgroup" },
        h(
          "tr",
          { role: "row" },
          ...heads.map((key) => h("th", { scope: "col", role: "columnheader" }, look.say(key))),
        ),
      ),
      h("tbody", { role: "rowgroup" }, ...devices.map((one) => row(look, one))),
    ),
  );
}

function row(look: Look, device: DrawnDeviceView): HTMLElement {
  const { site } = look.state;
  const names = new Map(site?.drawn?.zones.map((zone) => [zone.zone, zone.name]));
  const places = device.counters.map((one) => one.at_zone ?? one.at_link);
  const looks = [...new Set(places.filter((at) => at !== null))];
  const standing = standingOf(look, device.device);
  const { since } = standing;
  const name = foreign(device.device);
  const isBox = device.trust === "box" && site !== null;
  const cell = (...children: (Node | string | false)[]): HTMLElement =>
    h("td", { role: "cell" }, ...children);
  return h(
    "tr",
    { role: "row", "data-key": device.device },
    h(
      "th",
      { scope: "row", role: "rowheader" },
      isBox ? h("a", { href: boxPath(site.name, device.device) }, name) : name,
    ),
    cell(look.word("trust", device.trust)),
    cell(looks.map((at) => foreign(names.get(at) ?? at)).join(", ")),
    cell(
      h(
        "span",
        { class: `state state-${standing.condition.replaceAll(" ", "-")}` },
        look.word("broken", standing.condition),
      ),
      since !== null && " ",
      since !== null &&
        h("span", { class: "quiet" }, look.say("broken.since", { time: look.moment(since) })),
    ),
    cell(
      ...(standing.countedAt === null ? [look.say("age.never")] : look.ago(standing.countedAt)),
    ),
  );
}

function standingOf(look: Look, device: string): Standing {
  const found: Standing[] = [];
  for (const zone of look.state.site?.zones.values() ?? []) {
    for (const one of zone.contributions) {
      if (one.sensor.split("/", 1)[0] !== device) continue;
      found.push({
        condition: one.condition,
        since: one.since === null ? null : Date.parse(one.since),
        countedAt: one.age_s === null ? null : Date.parse(zone.at) - one.age_s * 1000,
      });
    }
  }
  const [worst] = found.toSorted((a, b) => rankOf(a.condition) - rankOf(b.condition));
  const newest = Math.max(...found.map((one) => one.countedAt ?? -Infinity));
  return {
    condition: worst?.condition ?? "learning",
    since: worst?.condition === "fine" ? null : (worst?.since ?? null),
    countedAt: newest > -Infinity ? newest : null,
  };
}
