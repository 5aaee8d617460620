// SPDX-License-Identifier: Apache-2.0
/** What does not work, and since when: counters of the site, and the centre itself. Pure. */
import type { HealthView, SensorCondition, ZoneEstimateView } from "../api/types";

/** How a counter may fare, the worst first. */
const WORST_FIRST: readonly SensorCondition[] = [
  "silent",
  "not counting",
  "stuck",
  "conflicting",
  "in doubt",
  "lower bound",
  "learning",
  "fine",
];

/** Return the place of how a counter fares, 0 the worst; null, which nobody knows, comes last. */
export function rankOf(condition: SensorCondition | null): number {
  return condition === null ? WORST_FIRST.length : WORST_FIRST.indexOf(condition);
}

/** One fault of one box, whichever of its lines and zones have it. */
export interface BrokenCounter {
  readonly kind: "counter";
  readonly device: string;
  readonly condition: SensorCondition;
  /** Since when, ms; null where that is not known. */
  readonly since: number | null;
  readonly zones: readonly string[];
  /** False where it only says that it may be wrong. */
  readonly isBroken: boolean;
}

export type CentreFault = "broker" | "store" | "trouble" | "seal" | "certificate";

export interface BrokenCentre {
  readonly kind: "centre";
  readonly fault: CentreFault;
  readonly since: number | null;
  /** What the centre says of it, in its own words; empty where it says nothing. */
  readonly detail: string;
}

export type Broken = BrokenCounter | BrokenCentre;

const BROKEN: ReadonlySet<SensorCondition> = new Set([
  "silent",
  "not counting",
  "stuck",
  "conflicting",
]);
const DOUBTFUL: ReadonlySet<SensorCondition> = new Set(["in doubt", "lower bound"]);
const DAYS_LEFT_MIN = 14;

/** Return what is broken, the newest fault first, and what is only in doubt after it. */
export function brokenOf(
  zones: Iterable<ZoneEstimateView>,
  health: HealthView | null,
): readonly Broken[] {
  const found = new Map<string, BrokenCounter>();
  for (const zone of zones) {
    for (const one of zone.contributions) {
      const isBroken = BROKEN.has(one.condition);
      if (!isBroken && !DOUBTFUL.has(one.condition)) continue;
      const device = one.sensor.split("/", 1)[0] ?? one.sensor;
      const key = `${device} ${one.condition}`;
      const had = found.get(key);
      const since = one.since === null ? null : Date.parse(one.since);
      found.set(key, {
        kind: "counter",
        device,
        condition: one.condition,
        since: earliest(had?.since ?? null, since),
        zones: [...new Set([...(had?.zones ?? []), zone.zone])],
        isBroken,
      });
    }
  }
  const counters = [...found.values()].toSorted(
    (a, b) =>
      Number(b.isBroken) - Number(a.isBroken) ||
      (b.since ?? 0) - (a.since ?? 0) ||
      a.device.localeCompare(b.device),
  );
  return [...centreFaults(health), ...counters];
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function centreFaults(health: HealthView | null): readonly BrokenCentre[] {
  if (health === null) return [];
  const faults: BrokenCentre[] = [];
  const { broker, store } = health;
  if (health.access !== "") {
    faults.push({ kind: "centre", fault: "seal", since: null, detail: "" });
  }
  if (broker.state === "connecting" || broker.state === "refused") {
    const since = Date.parse(broker.since);
    faults.push({ kind: "centre", fault: "broker", since, detail: broker.detail });
  }
  if (store.condition === "degraded") {
    faults.push({ kind: "centre", fault: "store", since: null, detail: store.detail });
  } else if (store.detail !== "") {
    faults.push({ kind: "centre", fault: "trouble", since: null, detail: store.detail });
  }
  for (const one of health.certificates) {
    if (one.days_left < DAYS_LEFT_MIN) {
      const detail = `${one.name}, ${one.ends}`;
      faults.push({ kind: "centre", fault: "certificate", since: null, detail });
    }
  }
  return faults;
}
