// SPDX-License-Identifier: Apache-2.0
/** What was forecast at this time yesterday, beside what came. */
import type { PastMomentView } from "../../api/types";
import type { ZoneState } from "../../app/state";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { thinned, type Point } from "../../model/history";
import type { ZoneRow } from "../../model/zones";
import { peopleOf, stepOf } from "../../words/format";
import { row, tableOf } from "../exercise/parts";
import { timeline } from "../exercise/timeline";

const HOUR_MS = 3_600_000;

/** An hour that was forecast, and how many came in it; null where nobody counted. */
interface Compared {
  readonly said: Point;
  readonly came: number | null;
}

export function yesterday(
  look: Look,
  zone: ZoneState | null,
  now: ZoneRow | null,
): HTMLElement | false {
  if (zone === null || zone.asking !== "known") return false;
  return h(
    "section",
    { class: "card history-card", "aria-labelledby": "yesterday-title" },
    h("h2", { id: "yesterday-title" }, look.say("yesterday")),
    ...inside(look, zone, now),
  );
}

function inside(look: Look, zone: ZoneState, now: ZoneRow | null): readonly Child[] {
  const hours = compared(zone);
  const counted = hours.filter((one) => one.came !== null);
  if (zone.yesterday === null || counted.length === 0) {
    return [h("p", { class: "quiet" }, look.say("yesterday.none"))];
  }
  const told = look.say("yesterday.told", {
    time: look.moment(zone.yesterday.madeAt),
    hit: counted.filter(isHit).length,
    count: counted.length,
  });
  const thresholds = (now?.steps ?? []).map(({ level, people }) => ({ level, people }));
  return [
    h("p", {}, told),
    timeline(look, { moments: hours.map(momentOf), thresholds, alarms: [] }, told, true),
    h("p", { class: "quiet legend" }, look.say("yesterday.legend")),
    h("details", {}, h("summary", {}, look.say("debrief.table")), table(look, hours)),
  ];
}

/** Pair each whole hour that was forecast and is over with what came in it. */
function compared(zone: ZoneState): readonly Compared[] {
  const last = zone.points.at(-1)?.at ?? 0;
  const came = new Map(thinned(zone.points, HOUR_MS).map((one) => [one.at, one]));
  return (zone.yesterday?.points ?? [])
    .filter((one) => one.at % HOUR_MS === HOUR_MS / 2 && one.at + HOUR_MS / 2 <= last)
    .map((said) => {
      const found = came.get(said.at);
      return { said, came: found === undefined || found.isUncounted ? null : found.people };
    });
}

function isHit({ said, came }: Compared): boolean {
  return came !== null && came >= said.low && came <= said.high;
}

function momentOf({ said, came }: Compared): PastMomentView {
  const at = new Date(said.at).toISOString();
  const { people, low, high } = said;
  const ends = { people, low_80: low, high_80: high };
  const shown = { at, ...ends, condition: "fine", is_counted: true };
  return { at, truth: came, shown, proposed: "green", declared: "green" };
}

function table(look: Look, hours: readonly Compared[]): HTMLElement {
  const { language } = look.state;
  const rows = hours.toReversed().map(({ said, came }) => {
    const step = stepOf(said.high - said.low);
    const [people, low, high] = [said.people, said.low, said.high].map((one) =>
      peopleOf(language, one, step),
    );
    return row(
      String(said.at),
      look.moment(said.at - HOUR_MS / 2),
      `${people} (${low}–${high})`,
      came === null ? look.say("history.uncounted") : peopleOf(language, came, step),
    );
  });
  const heads = ["yesterday.hour", "yesterday.said", "yesterday.came"] as const;
  return tableOf(look, "yesterday", heads, rows);
}
