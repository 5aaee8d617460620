// SPDX-License-Identifier: Apache-2.0
/** What the next seven days may bring: of each zone and day a peak, and by what it is known. */
import type { DayAheadView } from "../../api/types";
import { levelChip } from "../../draw/chips";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { zonePath } from "../../app/route";
import { coarseOf, dayOf, endsOf, peopleOf, stepOf } from "../../words/format";
import { zoneName } from "./alarm_words";

export function outlook(look: Look, only: string | null = null): HTMLElement {
  const found = look.state.shift?.outlook ?? null;
  const days = (found?.days ?? []).filter((one) => only === null || one.zone === only);
  const dates = [...new Set(days.map((one) => one.day))];
  const zones = [...new Set(days.map((one) => one.zone))];
  const isKnown = days.some((one) => one.people !== null);
  return h(
    "section",
    { class: "card outlook", "aria-labelledby": "outlook-title" },
    h("h2", { id: "outlook-title" }, look.say("outlook")),
    h("p", { class: "quiet" }, look.say(isKnown ? "outlook.text" : "outlook.none")),
    isKnown &&
      h(
        "div",
        { class: "wide", tabindex: 0, role: "group", "aria-label": look.say("outlook") },
        h(
          "table",
          { class: "small" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              h("th", { scope: "col" }, look.say("column.zone")),
              ...dates.map((day) => h("th", { scope: "col" }, dayOf(look.state.language, day))),
            ),
          ),
          h("tbody", {}, ...zones.map((zone) => row(look, zone, dates, days))),
        ),
      ),
  );
}

function row(
  look: Look,
  zone: string,
  dates: readonly string[],
  days: readonly DayAheadView[],
): HTMLElement {
  const href = zonePath(zone, look.state.site?.name ?? null);
  return h(
    "tr",
    { "data-key": zone },
    h("th", { scope: "row" }, h("a", { href }, zoneName(look, zone))),
    ...dates.map((day) => {
      const found = days.find((one) => one.zone === zone && one.day === day);
      return h("td", {}, ...(found === undefined ? [look.say("unknown")] : cell(look, found)));
    }),
  );
}

function cell(look: Look, one: DayAheadView): readonly (Node | string | false)[] {
  if (one.people === null) return [h("span", { class: "quiet" }, look.say("unknown"))];
  const { language } = look.state;
  const { low, high } = one;
  // One week alone has no ends, and nobody knows how sure its number is.
  const step = low === null || high === null ? coarseOf(one.people) : stepOf(high - low);
  const ends = low === null || high === null ? null : endsOf(language, low, high, step);
  const basis = look.word("outlook", one.basis).replace("{weeks}", String(one.weeks));
  return [
    h(
      "span",
      { class: "day-peak" },
      one.level !== null && levelChip(look, one.level),
      h("b", { class: "number" }, peopleOf(language, one.people, step)),
    ),
    ends !== null && h("span", { class: "ends" }, look.say("interval.short", ends)),
    h("span", { class: "quiet basis" }, basis),
  ];
}
