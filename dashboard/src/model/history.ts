// SPDX-License-Identifier: Apache-2.0
/** A zone's numbers over time, thinned to what a drawing can show. Pure. */
export interface Point {
  /** ms. */
  readonly at: number;
  readonly people: number;
  readonly low: number;
  readonly high: number;
  /** Nobody counted: it is what is usual, or what was known before. */
  readonly isUncounted: boolean;
}

const SPLIT_MS = 900_000;

/** Read a row of the table that the API gives; null where it is none. */
export function pointOf(row: ReadonlyMap<string, string>): Point | null {
  const at = Date.parse(row.get("at") ?? "");
  const people = Number(row.get("people"));
  if (Number.isNaN(at) || Number.isNaN(people)) return null;
  return {
    at,
    people,
    low: Number(row.get("low_80")),
    high: Number(row.get("high_80")),
    isUncounted: row.get("basis") === "usual" || row.get("condition") === "stale",
  };
}

/** Put newer points after those that are known, and forget what is older than `from`. */
export function merged(
  known: readonly Point[],
  newer: readonly Point[],
  from: number,
): readonly Point[] {
  const [first] = newer;
  const before = first === undefined ? known : known.filter((one) => one.at < first.at);
  return [...before, ...newer].filter((one) => one.at >= from);
}

/** Return one point for each step of time: the mean of the numbers, and all of their intervals. */
export function thinned(points: readonly Point[], stepMs: number): readonly Point[] {
  const steps = new Map<number, Point[]>();
  for (const one of points) {
    const step = Math.floor(one.at / stepMs) * stepMs;
    const had = steps.get(step);
    if (had === undefined) steps.set(step, [one]);
    else had.push(one);
  }
  return [...steps].map(([step, all]) => ({
    at: step + stepMs / 2,
    people: all.reduce((sum, one) => sum + one.people, 0) / all.length,
    low: Math.min(...all.map((one) => one.low)),
    high: Math.max(...all.map((one) => one.high)),
    isUncounted: all.every((one) => one.isUncounted),
  }));
}

/** Return points in runs: apart where nothing is known between, or where only one was counted. */
export function runsOf(points: readonly Point[]): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  let run: Point[] = [];
  for (const one of points) {
    const last = run.at(-1);
    const isNew =
      last === undefined || one.at - last.at > SPLIT_MS || one.isUncounted !== last.isUncounted;
    if (isNew) {
      // A line goes on from the last point where only its kind changes.
      run =
        last !== undefined && one.at - last.at <= SPLIT_MS
          ? [{ ...last, isUncounted: one.isUncounted }]
          : [];
      runs.push(run);
    }
    run.push(one);
  }
  return runs;
}

/** Return the point of the most people. */
export function peakOf(points: readonly Point[]): Point | null {
  return points.reduce<Point | null>(
    (most, one) => (most === null || one.people > most.people ? one : most),
    null,
  );
}
