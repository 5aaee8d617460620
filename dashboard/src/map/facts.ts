// SPDX-License-Identifier: Apache-2.0
/**
 * What a map shows besides numbers, asked for again and again: how boxes fare and what was
 * declared. Where a centre has no such, or a role may not see it, it is not there.
 */
import { addressOf, ask } from "../api/client";
import type { DeviceView } from "../api/types";
import { isLevel, type Level } from "../model/levels";
import type { Forecast } from "./scene/forecast";

const EVERY_MS = 10_000;
const FORECAST_EVERY_MS = 60_000;
const PAGES_MAX = 16;
const PAGE_SIZE = "500";
const LIMIT_MS = 10_000;

export interface RouteLevel {
  readonly route: string;
  readonly name: string;
  readonly level: Level;
  readonly seconds: number;
}

export interface Facts {
  /** Empty for whoever may not look at boxes. */
  readonly devices: readonly DeviceView[];
  readonly mayBoxes: boolean;
  /** Null where nobody can say. */
  readonly declared: ReadonlyMap<string, Level> | null;
  readonly routes: readonly RouteLevel[];
  /** Null where this centre makes none. */
  readonly forecast: Forecast | null;
}

export const NO_FACTS: Facts = {
  devices: [],
  mayBoxes: false,
  declared: null,
  routes: [],
  forecast: null,
};

/** What GET /sites/{site}/levels answers, as far as a map reads it. */
interface Levels {
  readonly zones: readonly { readonly zone: string; readonly declared: string }[];
  readonly routes: readonly {
    readonly route: string;
    readonly name: string;
    readonly level: string;
    readonly clearance_s: number;
  }[];
}

export class FactsLive {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private hasEnded = false;
  private forecast: Forecast | null = null;
  private forecastDue = 0;

  constructor(
    private readonly site: string,
    private readonly mayBoxes: boolean,
    private readonly changed: (facts: Facts) => void,
  ) {}

  start(): void {
    void this.read();
  }

  end(): void {
    this.hasEnded = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Return what is expected; asked for seldom, because it is made seldom. */
  private async expected(): Promise<Forecast | null> {
    const { site } = this;
    if (performance.now() < this.forecastDue) return this.forecast;
    const answer = await askPlain<Forecast>("/sites/{site}/forecast", { site });
    // What was not answered is asked for again with all the rest, and not a minute later.
    if (answer !== null) this.forecastDue = performance.now() + FORECAST_EVERY_MS;
    this.forecast = answer;
    return answer;
  }

  private async read(): Promise<void> {
    const { site } = this;
    const [devices, levels, forecast] = await Promise.all([
      this.mayBoxes ? devicesOf(site) : Promise.resolve([]),
      askPlain<Levels>("/sites/{site}/levels", { site }),
      this.expected(),
    ]);
    if (this.hasEnded) return;
    this.changed({
      devices,
      mayBoxes: this.mayBoxes,
      forecast,
      declared: levels === null ? null : declaredOf(levels),
      routes: (levels?.routes ?? []).flatMap((one) =>
        isLevel(one.level)
          ? [{ route: one.route, name: one.name, level: one.level, seconds: one.clearance_s }]
          : [],
      ),
    });
    this.timer = setTimeout(() => void this.read(), EVERY_MS);
  }
}

function declaredOf(levels: Levels): ReadonlyMap<string, Level> {
  return new Map(
    levels.zones.flatMap(({ zone, declared }) =>
      isLevel(declared) ? [[zone, declared] as const] : [],
    ),
  );
}

async function devicesOf(site: string): Promise<readonly DeviceView[]> {
  const found: DeviceView[] = [];
  // Devices stand by site and name; nothing of a site comes before this one.
  let after = `${site}/-`;
  for (let page = 0; page < PAGES_MAX; page++) {
    const asked = await ask("/devices", {}, { after, limit: PAGE_SIZE });
    if (!asked.ok) return found;
    const own = asked.value.items.filter((one) => one.site === site);
    found.push(...own);
    if (asked.value.next === null || own.length < asked.value.items.length) return found;
    after = asked.value.next;
  }
  return found;
}

/** Ask for what a centre may not have; null where it has not, or does not answer. */
export async function askPlain<T>(
  path: string,
  parts: Readonly<Record<string, string>>,
): Promise<T | null> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const answer = await fetch(addressOf(path, parts), { signal });
    return answer.ok ? ((await answer.json()) as T) : null;
  } catch {
    return null;
  }
}
