// SPDX-License-Identifier: Apache-2.0
/**
 * What stands on the map for each zone. Height is people, on one scale for the whole site; what
 * keeps a number from being believed is a pattern and a word, never a colour alone. Pure.
 */
import type { ZoneEstimateView } from "../../api/types";
import type { Level } from "../../model/levels";
import type { ZoneRow } from "../../model/zones";
import type { Drawn, DrawnZone } from "./drawn";

/** Where a number comes from: now, what was worked out of a moment before, or what is expected. */
export type Tense = "now" | "past" | "forecast";
/** What a number is not to be believed for; the worst of them. */
export type Doubt = "stale" | "conflict" | "uncounted" | "unfamiliar" | "least";

export interface Column {
  readonly zone: DrawnZone;
  /** Null: of this zone nothing is known. */
  readonly row: ZoneRow | null;
  readonly tense: Tense;
  readonly doubt: Doubt | null;
  readonly declared: Level | null;
  /** Metres above the ground: of the number, and of the ends of its 80 % interval. */
  readonly top: number;
  readonly low: number;
  readonly high: number;
}

/** Of the site's length the highest column has so much. */
const TOP_SHARE = 0.16;
const STEPS = [1, 2, 5] as const;

/** How many people reach the top, and how high that is in metres. */
export interface Scale {
  readonly people: number;
  readonly metres: number;
}

/** Return the scale for numbers. It goes up at once and down late, so that heights stay as read. */
export function scaleOf(rows: Iterable<ZoneRow>, drawn: Drawn, before: Scale | null): Scale {
  const most = Math.max(10, ...[...rows].map((row) => row.numbers.high_80));
  const metres = drawn.extent * TOP_SHARE;
  const wanted = roundUp(most);
  const keeps = before !== null && before.metres === metres;
  if (keeps && wanted <= before.people && most > before.people / 5) return before;
  return { people: wanted, metres };
}

/** Return the next of 1, 2, 5, 10, 20 .. from a number on. */
export function roundUp(value: number): number {
  const whole = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  const step = STEPS.find((one) => one * whole >= value);
  return step === undefined ? 10 * whole : step * whole;
}

/** Return a site's columns, in the order of its drawing. unfamiliar: zones whose boxes say so. */
export function columnsOf(
  drawn: Drawn,
  rows: readonly ZoneRow[],
  scale: Scale,
  given: {
    readonly tense: Tense;
    readonly declared: ReadonlyMap<string, Level>;
    readonly unfamiliar: ReadonlySet<string>;
  },
): readonly Column[] {
  const known = new Map(rows.map((row) => [row.zone, row]));
  const metres = (people: number): number =>
    (Math.max(0, people) / scale.people) * scale.metres;
  return drawn.zones.map((zone) => {
    const row = known.get(zone.zone) ?? null;
    const numbers = row?.numbers;
    return {
      zone,
      row,
      tense: given.tense,
      doubt: row === null ? null : doubtOf(row, given.unfamiliar),
      declared: given.declared.get(zone.zone) ?? null,
      top: metres(numbers?.people ?? 0),
      low: metres(numbers?.low_80 ?? 0),
      high: metres(numbers?.high_80 ?? 0),
    };
  });
}

/** What each zone's number was a week before. */
export type Week = ReadonlyMap<string, Pick<ZoneEstimateView, "people" | "low_80" | "high_80">>;

/** Return how high each zone's number was at another moment, on the same scale; metres. */
export function heightsOf(
  zones: Week | null,
  scale: Scale,
): ReadonlyMap<string, number> {
  const heights = [...(zones ?? [])].map(
    ([zone, { people }]) => [zone, (Math.max(0, people) / scale.people) * scale.metres] as const,
  );
  return new Map(heights);
}

/** Return what a zone's number is in doubt for; the first that holds is the worst. */
export function doubtOf(row: ZoneRow, unfamiliar: ReadonlySet<string>): Doubt | null {
  const { condition, basis } = row.numbers;
  if (condition === "stale") return "stale";
  if (condition === "conflict") return "conflict";
  if (basis === "usual") return "uncounted";
  if (unfamiliar.has(row.zone)) return "unfamiliar";
  return condition === "lower bound" ? "least" : null;
}

/** From straight above heights only hide what is behind them. */
export function flattened(column: Column): Column {
  return { ...column, top: 0, low: 0, high: 0 };
}
