// SPDX-License-Identifier: Apache-2.0
/** What a row of the table says of a zone, and in which order rows stand. Pure. */
import type { ContributionView, DrawnSiteView, DrawnZoneView } from "../api/types";
import type { LevelsView, ZoneEstimateView, ZoneLevelView } from "../api/types";
import type { ZoneNumbers } from "../api/stream";
import { isLevel, levelAt, rankOf, stepsOf, type Level, type Step } from "./levels";

export type Trend = "rising" | "steady" | "falling";

export interface ZoneRow {
  readonly zone: string;
  readonly name: string;
  /** The level that is proposed: never below what the number says now. */
  readonly level: Level | null;
  /** What a person declared, and why what is proposed is; null where that is not known. */
  readonly decided: ZoneLevelView | null;
  /** The level of the high end of what is likely, where it is a worse one; null where it is not. */
  readonly upTo: Level | null;
  readonly numbers: ZoneNumbers;
  readonly steps: readonly Step[];
  readonly capacity: number | null;
  readonly trend: Trend;
  /** When the newest window that is in the number ended, ms; null where nothing is known of it. */
  readonly countedAt: number | null;
  readonly counters: number;
  readonly contributions: readonly ContributionView[];
}

/** Of a hundred people in the zone so many more or fewer in ten minutes are worth an arrow. */
const TREND_SHARE = 0.02;
const TREND_MIN = 0.5;
const TREND_MINUTES = 10;
const SHARE_MIN = 0.02;

/** What became known so long after its time is of a file that is played again. */
const REPLAY_MS = 86_400_000;

/**
 * Return by which time the ages of a site's numbers count: the centre's, but where a file is played
 * again that of the file. Null where the time is not known.
 */
export function siteTime(zones: Iterable<ZoneNumbers>, centreTime: number | null): number | null {
  const newest = Math.max(...[...zones].filter(isReplayed).map((one) => Date.parse(one.at)));
  return newest > -Infinity ? newest : centreTime;
}

function isReplayed(numbers: ZoneNumbers): boolean {
  return Date.parse(numbers.known_at) - Date.parse(numbers.at) > REPLAY_MS;
}

/** Return the rows of a site, the worst zone first. */
export function rowsOf(
  zones: Iterable<ZoneEstimateView>,
  drawn: DrawnSiteView | null,
  levels: LevelsView | null = null,
): readonly ZoneRow[] {
  const known = new Map(drawn?.zones.map((one) => [one.zone, one]));
  const decided = new Map(levels?.zones.map((one) => [one.zone, one]));
  return [...zones]
    .map((one) => rowOf(one, known.get(one.zone), decided.get(one.zone) ?? null))
    .toSorted(worstFirst);
}

function rowOf(
  numbers: ZoneEstimateView,
  drawn: DrawnZoneView | undefined,
  decided: ZoneLevelView | null,
): ZoneRow {
  const steps = drawn === undefined ? [] : stepsOf(drawn);
  const byNumber = isLevel(numbers.level) ? numbers.level : null;
  const proposed = decided?.proposed?.level ?? null;
  // A proposal that is held, or that looks ahead, is higher than what the number says now.
  const level = rankOf(proposed) > rankOf(byNumber) ? proposed : byNumber;
  const likely = steps.length === 0 ? null : levelAt(steps, numbers.high_80);
  return {
    zone: numbers.zone,
    name: drawn?.name ?? numbers.zone,
    level,
    decided,
    upTo: likely !== null && rankOf(likely) > rankOf(level) ? likely : null,
    numbers,
    steps,
    capacity: drawn?.capacity ?? null,
    trend: trendOf(numbers),
    countedAt: numbers.counted_at === null ? null : Date.parse(numbers.counted_at),
    counters: numbers.contributions.filter((one) => one.weight >= SHARE_MIN).length,
    contributions: numbers.contributions,
  };
}

function trendOf(numbers: ZoneNumbers): Trend {
  const least = Math.max(TREND_MIN, (numbers.people * TREND_SHARE) / TREND_MINUTES);
  if (numbers.trend >= least) return "rising";
  return numbers.trend <= -least ? "falling" : "steady";
}

/** By level, proposed or declared, then by what it may be, then by how dense it is. */
function worstFirst(a: ZoneRow, b: ZoneRow): number {
  return (
    Math.max(rankOf(b.level), rankOf(b.decided?.declared ?? null)) -
      Math.max(rankOf(a.level), rankOf(a.decided?.declared ?? null)) ||
    rankOf(b.level) - rankOf(a.level) ||
    rankOf(b.upTo) - rankOf(a.upTo) ||
    b.numbers.density - a.numbers.density ||
    a.zone.localeCompare(b.zone)
  );
}
