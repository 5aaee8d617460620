// SPDX-License-Identifier: Apache-2.0
/** What comes at a site, where its centre forecasts. A centre that does not has no such address. */
import { addressOf, failureOf, type Answered } from "./client";

export interface Quantiles {
  readonly low: readonly (number | null)[];
  readonly middle: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export interface ZoneForecast {
  readonly zone: string;
  readonly by: string;
  readonly quantiles: Quantiles;
}

/** One forecast: steps that begin at `starts`. `missing`: feeds without which it is wider. */
export interface ForecastSpan {
  readonly made_at: string;
  readonly step_s: number;
  readonly missing: readonly string[];
  readonly starts: readonly string[];
  readonly zones: readonly ZoneForecast[];
}

export interface Forecast {
  readonly next_hour: ForecastSpan | null;
  readonly next_week: ForecastSpan | null;
}

const LIMIT_MS = 10_000;

/** Get what comes at a site; "missing" where nobody forecasts there. */
export async function askForecast(site: string): Promise<Answered<Forecast>> {
  try {
    const address = addressOf("/sites/{site}/forecast", { site });
    const answer = await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!answer.ok) return { ok: false, failure: failureOf(answer) };
    const value = (await answer.json()) as Forecast;
    return { ok: true, value, exercise: answer.headers.get("Exercise") };
  } catch {
    return { ok: false, failure: { kind: "down" } };
  }
}
