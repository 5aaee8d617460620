// SPDX-License-Identifier: Apache-2.0
/** What is forecast of one zone, as points that a drawing goes on with. Pure. */
import type { ForecastView, QuantilesView, SpanView, ZoneForecastView } from "../api/types";
import type { Point } from "./history";

/**
 * `undisturbed`: the same without what was declared or closed; empty where nothing moves it.
 * `madeAt`: ms. `missing`: feeds without which it is wider.
 */
export interface Ahead {
  readonly points: readonly Point[];
  readonly undisturbed: readonly Point[];
  readonly madeAt: number;
  readonly by: string;
  readonly missing: readonly string[];
}

/** Return what is forecast of a zone: the next hour in small steps, then on by the hour. */
export function aheadOf(found: ForecastView, zone: string): Ahead | null {
  const points = joined(found, zone, (one) => one.quantiles);
  const span = found.next_hour ?? found.next_week;
  const said = span?.zones.find((one) => one.zone === zone);
  if (points.length === 0 || span === null || said === undefined) return null;
  const isMoved = [found.next_hour, found.next_week].some((one) =>
    one?.zones.some((each) => each.zone === zone && each.undisturbed !== null),
  );
  const undisturbed = isMoved
    ? joined(found, zone, (one) => one.undisturbed ?? one.quantiles)
    : [];
  const madeAt = Date.parse(span.made_at);
  return { points, undisturbed, madeAt, by: said.by, missing: span.missing };
}

type Pick = (one: ZoneForecastView) => QuantilesView;

function joined(found: ForecastView, zone: string, pick: Pick): readonly Point[] {
  const near = pointsOf(found.next_hour, zone, pick);
  const last = near.at(-1)?.at ?? 0;
  return [...near, ...pointsOf(found.next_week, zone, pick).filter((one) => one.at > last)];
}

function pointsOf(span: SpanView | null, zone: string, pick: Pick): readonly Point[] {
  const said = span?.zones.find((one) => one.zone === zone);
  if (span === null || said === undefined) return [];
  const quantiles = pick(said);
  return span.starts.flatMap((start, step) => {
    const [people, low, high] = [quantiles.middle, quantiles.low, quantiles.high].map(
      (all) => all[step] ?? null,
    );
    if (people == null || low == null || high == null) return [];
    const at = Date.parse(start) + (span.step_s * 1000) / 2;
    return [{ at, people, low, high, isUncounted: false }];
  });
}
