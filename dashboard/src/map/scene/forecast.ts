// SPDX-License-Identifier: Apache-2.0
/** What is expected of each zone at a moment, of a forecast in quarters and hours. Pure. */
import type { DrawnSiteView, ZoneEstimateView } from "../../api/types";
import { levelAt, stepsOf } from "../../model/levels";

type Figures = readonly (number | null)[];

/** What GET /sites/{site}/forecast answers, as far as a map reads it. */
export interface Forecast {
  readonly next_hour: Span | null;
  readonly next_week: Span | null;
}

interface Span {
  readonly made_at: string;
  readonly step_s: number;
  readonly starts: readonly string[];
  readonly zones: readonly {
    readonly zone: string;
    readonly quantiles: {
      readonly low: Figures;
      readonly middle: Figures;
      readonly high: Figures;
    };
  }[];
}

const MINUTE_MS = 60_000;

/** Return how many minutes from now something is expected; 0 where nothing is. */
export function aheadOf(forecast: Forecast | null, now: number | null): number {
  if (forecast === null || now === null) return 0;
  const ends = spansOf(forecast).map((span) => {
    const last = span.starts.at(-1);
    return last === undefined ? now : Date.parse(last) + span.step_s * 1000;
  });
  return Math.max(0, Math.floor((Math.max(now, ...ends) - now) / MINUTE_MS) - 1);
}

/** Return the zones as they are expected at a moment, ms; the finest step that has it. */
export function expectedAt(
  forecast: Forecast,
  drawn: DrawnSiteView | null,
  at: number,
): readonly ZoneEstimateView[] {
  const known = new Map(drawn?.zones.map((one) => [one.zone, one]));
  for (const span of spansOf(forecast)) {
    const step = span.starts.findIndex((start) => {
      const begins = Date.parse(start);
      return begins <= at && at < begins + span.step_s * 1000;
    });
    if (step < 0) continue;
    return span.zones.flatMap(({ zone, quantiles }) => {
      const people = quantiles.middle[step];
      if (people == null) return [];
      const site = known.get(zone);
      const low = Math.max(0, quantiles.low[step] ?? people);
      const high = quantiles.high[step] ?? people;
      return [
        {
          zone,
          at: new Date(at).toISOString(),
          known_at: span.made_at,
          counted_at: null,
          people,
          ...{ low_50: low, high_50: high, low_80: low, high_80: high, low_95: low, high_95: high },
          density: site === undefined ? 0 : people / site.usable_m2,
          trend: 0,
          basis: "counted" as const,
          condition: "fine" as const,
          level: site === undefined ? null : levelAt(stepsOf(site), people),
          contributions: [],
        },
      ];
    });
  }
  return [];
}

function spansOf(forecast: Forecast): readonly Span[] {
  return [forecast.next_hour, forecast.next_week].filter((one) => one !== null);
}
