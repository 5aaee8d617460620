// SPDX-License-Identifier: Apache-2.0
/** All boxes that somebody may see, the worst first, and what to do at each. */
import type { DeviceView } from "../../api/types";
import { officerPath, boxPath } from "../../app/route";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { COMMANDS, fleetOf, severityOf, type Code, type FleetRow } from "../../model/fleet";
import { foreign } from "../../words/words";
import { instead } from "../parts/messages";
import { MAY_BOXES } from "./box";

const BOXES = "look at boxes and what they sent";

export function fleet(look: Look): HTMLElement {
  const { session, fleet: state } = look.state;
  if (session?.rights.includes(BOXES) !== true) return instead(look, { kind: "denied" }, MAY_BOXES);
  if (state === null || (state.asking !== "known" && state.devices.length === 0)) {
    return instead(look, state?.asking ?? "asking", MAY_BOXES);
  }
  const found = fleetOf(state.devices, look.centreTime);
  const shown = found.boxes.filter((row) => isPicked(look, row, state.words));
  return h(
    "article",
    { class: "fleet", "aria-labelledby": "fleet-title" },
    h("h2", { id: "fleet-title" }, look.say("fleet")),
    h("p", { class: "quiet", role: "status" }, tally(look, found.boxes, shown.length)),
    picker(look, state.words),
    h("ol", { class: "fleet-list" }, ...shown.map((row) => box(look, row))),
    shown.length === 0 && h("p", { class: "card" }, look.say("fleet.none")),
    waiting(look, found.waiting),
    others(look, "fleet.replaced", found.replaced),
    others(
      look,
      "fleet.gone",
      found.gone.map((one) => [one, one.lost_at ?? one.retired_at ?? one.added_at] as const),
    ),
  );
}

function tally(look: Look, rows: readonly FleetRow[], shown: number): string {
  const bad = rows.filter((row) => row.worst === 3).length;
  const doubt = rows.filter((row) => row.worst === 2).length;
  return look.say("fleet.count", { count: rows.length, bad, doubt, shown });
}

function picker(look: Look, words: string): HTMLElement {
  return h(
    "form",
    { class: "fleet-pick", "data-do": "fleet-words", role: "search" },
    h("label", { for: "fleet-words" }, look.say("fleet.words")),
    h("input", {
      id: "fleet-words",
      name: "words",
      type: "search",
      autocomplete: "off",
      spellcheck: "false",
      "data-live": "fleet-words",
      maxlength: 100,
      value: words,
    }),
    h("button", { type: "submit" }, look.say("fleet.pick")),
  );
}

/** Each word has to stand in a box's name, its site, its release, or what is wrong with it. */
function isPicked(look: Look, row: FleetRow, words: string): boolean {
  const { device } = row;
  const said = [
    `${device.site}/${device.device}`,
    device.meta?.software ?? "",
    device.level ?? "",
    ...row.codes.map((code) => look.word("fleet.code", code)),
    row.codes.length === 0 ? look.say("fleet.fine") : "",
  ];
  const text = said.join(" ").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function box(look: Look, row: FleetRow): HTMLElement {
  const { device } = row;
  const name = `${device.site}/${device.device}`;
  const seen = device.last_seen_at;
  return h(
    "li",
    { class: `card fleet-box worst-${row.worst}`, "data-key": name },
    h(
      "div",
      { class: "fleet-head" },
      h("h3", {}, h("a", { href: boxPath(device.site, device.device) }, foreign(name))),
      h("p", { class: "quiet" }, ...(seen === null ? [] : look.ago(Date.parse(seen)))),
      h(
        "p",
        { class: "quiet" },
        device.meta === null ? look.say("unknown") : foreign(device.meta.software),
        ", ",
        device.level === null ? look.say("unknown") : look.word("confinement", device.level),
        ", ",
        h("a", { href: officerPath(device.site, device.device) }, look.say("fleet.papers")),
      ),
    ),
    row.codes.length === 0
      ? h("p", { class: "state state-fine" }, look.say("fleet.fine"))
      : h("ul", { class: "fleet-codes" }, ...troubles(look, row)),
  );
}

/** Return what is wrong and what to do; a command that stands there already is not said again. */
function troubles(look: Look, row: FleetRow): readonly HTMLElement[] {
  const place = `${row.device.site}/${row.device.device}`;
  const said = new Set<string>();
  return row.codes.map((code) => {
    const command = COMMANDS[code]?.replace("SITE/DEVICE", place);
    const isNew = command !== undefined && !said.has(command);
    if (isNew) said.add(command);
    return trouble(look, code, isNew ? command : null);
  });
}

function trouble(look: Look, code: Code, command: string | null): HTMLElement {
  const severity = severityOf(code);
  return h(
    "li",
    { "data-code": code },
    h(
      "strong",
      { class: `severity-${severity}` },
      h("span", { class: "unseen" }, `${look.word("fleet.severity", severity)}: `),
      look.word("fleet.code", code),
    ),
    h("span", {}, ` ${look.word("fleet.do", code)}`),
    command !== null && h("code", { class: "command" }, foreign(command)),
  );
}

function waiting(look: Look, devices: readonly DeviceView[]): HTMLElement {
  return part(
    look,
    "fleet.waiting",
    h("p", { class: "quiet" }, look.say("fleet.waiting.text")),
    h("code", { class: "command" }, "edge-agent enrol https://CENTRE:PORT --token FILE"),
    h("p", { class: "quiet" }, look.say("fleet.waiting.tokens")),
    h(
      "ul",
      {},
      ...devices.map((one) =>
        h(
          "li",
          {},
          named(one),
          " ",
          look.say("fleet.enrolled", { time: look.date(Date.parse(one.added_at)) }),
        ),
      ),
    ),
    devices.length === 0 && h("p", {}, look.say("fleet.nobody")),
  );
}

function others(
  look: Look,
  key: "fleet.replaced" | "fleet.gone",
  found: readonly (readonly [DeviceView, string])[],
): HTMLElement | false {
  if (found.length === 0) return false;
  return part(
    look,
    key,
    h(
      "ul",
      {},
      ...found.map(([one, at]) =>
        h("li", {}, named(one), " ", h("time", { datetime: at }, look.date(Date.parse(at)))),
      ),
    ),
  );
}

function part(
  look: Look,
  key: "fleet.waiting" | "fleet.replaced" | "fleet.gone",
  ...children: Child[]
): HTMLElement {
  const id = key.replace(".", "-");
  return h(
    "section",
    { class: "card", "aria-labelledby": id },
    h("h3", { id }, look.say(key)),
    ...children,
  );
}

function named(one: DeviceView): HTMLElement {
  return h("a", { href: boxPath(one.site, one.device) }, foreign(`${one.site}/${one.device}`));
}
