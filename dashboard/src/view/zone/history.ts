// SPDX-License-Identifier: Apache-2.0
/** A zone's last day as a drawing, and the same by the hour as a table. */
import type { ZoneState } from "../../app/state";
import { chart } from "../../draw/chart";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import type { Ahead } from "../../model/ahead";
import { peakOf, thinned, type Point } from "../../model/history";
import type { ZoneRow } from "../../model/zones";
import { endsOf, peopleOf, stepOf } from "../../words/format";
import { foreign } from "../../words/words";
import { instead } from "../parts/messages";

const STEP_MS = 300_000;
const HOUR_MS = 3_600_000;
/** So far ahead a drawing of a day goes on. */
const AHEAD_MS = 12 * HOUR_MS;

export function history(look: Look, row: ZoneRow | null, zone: ZoneState | null): HTMLElement {
  const asking = zone?.asking ?? "asking";
  return h(
    "section",
    { class: "card history-card", "aria-labelledby": "history-title" },
    h("h2", { id: "history-title" }, look.say("history")),
    ...(zone === null || asking !== "known" ? [instead(look, asking)] : day(look, row, zone)),
  );
}

function day(look: Look, row: ZoneRow | null, zone: ZoneState): readonly Child[] {
  const { points, ahead } = zone;
  const peak = peakOf(thinned(points, STEP_MS));
  if (peak === null) return [h("p", { class: "quiet" }, look.say("history.none"))];
  const { language } = look.state;
  const told = look.say("history.peak", {
    people: peopleOf(language, peak.people, stepOf(peak.high - peak.low)),
    time: look.moment(peak.at),
  });
  return [
    h("p", {}, told),
    chart(
      look,
      thinned(points, STEP_MS),
      shownAhead(points, ahead?.points ?? []),
      shownAhead(points, ahead?.undisturbed ?? []),
      row?.steps ?? [],
      told,
    ),
    h("p", { class: "quiet legend" }, look.say("history.legend")),
    h("p", { class: "forecast" }, ...forecast(look, ahead)),
    h(
      "details",
      {},
      h("summary", {}, look.say("history.table")),
      h(
        "div",
        { class: "wide", tabindex: 0, role: "group", "aria-label": look.say("history.table") },
        table(look, thinned(points, HOUR_MS)),
      ),
    ),
  ];
}

function shownAhead(points: readonly Point[], ahead: readonly Point[]): readonly Point[] {
  const now = points.at(-1)?.at ?? 0;
  return ahead.filter((one) => one.at > now && one.at <= now + AHEAD_MS);
}

/** Say what is expected, by what, and why it is wider than it could be; or that nobody knows. */
function forecast(look: Look, ahead: Ahead | null): readonly Child[] {
  if (ahead === null) return [look.say("forecast.none")];
  const by = look.word("forecast.by", ahead.by);
  const missing = ahead.missing.map(foreign).join(", ");
  return [
    look.say("forecast.text", { time: look.moment(ahead.madeAt), by }),
    ahead.undisturbed.length > 0 && ` ${look.say("forecast.undisturbed")}`,
    missing !== "" && ` ${look.say("forecast.missing", { feeds: missing })}`,
  ];
}

function table(look: Look, hours: readonly Point[]): HTMLElement {
  const { language } = look.state;
  return h(
    "table",
    { class: "small" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, look.say("history.hour")),
        h("th", { scope: "col" }, look.say("column.people")),
        h("th", { scope: "col" }, look.say("column.interval")),
      ),
    ),
    h(
      "tbody",
      {},
      ...hours.toReversed().map((one) => {
        const step = stepOf(one.high - one.low);
        return h(
          "tr",
          { "data-key": String(one.at) },
          h("th", { scope: "row" }, look.moment(one.at - HOUR_MS / 2)),
          h("td", {}, peopleOf(language, one.people, step)),
          h(
            "td",
            {},
            look.say("interval.short", endsOf(language, one.low, one.high, step)),
            one.isUncounted && ` ${look.say("history.uncounted")}`,
          ),
        );
      }),
    ),
  );
}
