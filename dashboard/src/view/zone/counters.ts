// SPDX-License-Identifier: Apache-2.0
/** Who counts in a zone, how much each weighs in its number, and how each fares. */
import type { ContributionView } from "../../api/types";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import type { ZoneRow } from "../../model/zones";
import { boxPath } from "../../app/route";
import { number } from "../../words/format";
import { foreign } from "../../words/words";

const BOXES = "look at boxes and what they sent";

export function counters(look: Look, row: ZoneRow | null): HTMLElement {
  const found = row === null ? [] : row.contributions.toSorted((a, b) => b.weight - a.weight);
  const heads = [
    "counters.counter",
    "trust",
    "counters.share",
    "boxes.state",
    "column.age",
  ] as const;
  return h(
    "section",
    { class: "card counters", "aria-labelledby": "counters-title" },
    h("h2", { id: "counters-title" }, look.say("counters")),
    found.length === 0 && h("p", { class: "quiet" }, look.say("counters.none")),
    found.length > 0 &&
      h(
        "table",
        { class: "list", role: "table", "aria-labelledby": "counters-title" },
        h(
          "thead",
          { role: "rowgroup" },
          h(
            "tr",
            { role: "row" },
            ...heads.map((key) =>
              h(
                "th",
                { scope: "col", role: "columnheader" },
                look.say(key === "trust" ? "boxes.trust" : key),
              ),
            ),
          ),
        ),
        h("tbody", { role: "rowgroup" }, ...found.map((one) => counter(look, row, one))),
      ),
  );
}

function counter(look: Look, row: ZoneRow | null, one: ContributionView): HTMLElement {
  const { site, session } = look.state;
  const [device = one.sensor, kind = "", ...rest] = one.sensor.split("/");
  const mayLook = session?.rights.includes(BOXES) === true && one.trust === "box" && site !== null;
  const name = foreign(device);
  const at =
    row === null || one.age_s === null ? null : Date.parse(row.numbers.at) - one.age_s * 1000;
  const cell = (...children: (Node | string | false)[]): HTMLElement =>
    h("td", { role: "cell" }, ...children);
  return h(
    "tr",
    { role: "row", "data-key": one.sensor },
    h(
      "th",
      { scope: "row", role: "rowheader" },
      mayLook ? h("a", { href: boxPath(site.name, device) }, name) : name,
      kind !== "" &&
        h("span", { class: "quiet" }, ` ${look.word("sees", kind)} ${foreign(rest.join("/"))}`),
    ),
    cell(one.trust === null ? look.say("unknown") : look.word("trust", one.trust)),
    cell(look.say("counters.percent", { share: number(look.state.language, one.weight * 100) })),
    cell(
      h(
        "span",
        { class: `state state-${one.condition.replaceAll(" ", "-")}` },
        look.word("broken", one.condition),
      ),
    ),
    cell(...(at === null ? [look.say("age.never")] : look.ago(at))),
  );
}
