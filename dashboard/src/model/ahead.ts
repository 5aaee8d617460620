// SPDX-License-Identifier: Apache-2.0
/** What is forecast of one zone, as points that a drawing goes on with. Pure. */
import type { ForecastView, SpanView } from "../api/types";
import type { Point } from "./history";

/** `madeAt`: ms. `missing`: feeds without which it is wider. */
export interface Ahead {
  readonly points: readonly Point[];
  readonly madeAt: number;
  readonly by: string;
  readonly missing: readonly string[];
}

/** Return what is forecast of a zone: the next hour in small steps, then on by the hour. */
export function aheadOf(found: ForecastView, zone: string): Ahead | null {
  const near = pointsOf(found.next_hour, zone);
  const last = near.at(-1)?.at ?? 0;
  const far = pointsOf(found.next_week, zone).filter((one) => one.at > last);
  const points = [...near, ...far];
  const span = found.next_hour ?? found.next_week;
  const said = span?.zones.find((one) => one.zone === zone);
  if (points.length === 0 || span === null || said === undefined) return null;
  return { points, madeAt: Date.parse(span.made_at), by: said.by, missing: span.missing };
}

function pointsOf(span: SpanView | null, zone: string): readonly Point[] {
  const quantiles = span?.zones.find((one) => one.zone === zone)?.quantiles;
  if (span === null || quantiles === undefined) return [];
  return span.starts.flatMap((start, step) => {
    const [people, low, high] = [quantiles.middle, quantiles.low, quantiles.high].map(
      (all) => all[step] ?? null,
    );
    if (people == null || low == null || high == null) return [];
    const at = Date.parse(start) + (span.step_s * 1000) / 2;
    return [{ at, people, low, high, isUncounted: false }];
  });
}
