// SPDX-License-Identifier: Apache-2.0
/** How each counter on the map fares: by who counted in a zone, and by what boxes said. Pure. */
import { rankOf } from "../../model/broken";
import type { DeviceView, SensorCondition, ZoneEstimateView } from "../../api/types";
import type { Drawn, DrawnDevice } from "./drawn";

export interface Counter {
  readonly at: DrawnDevice;
  /** The worst that any zone says of it; null where no zone has it in its number. */
  readonly condition: SensorCondition | null;
  readonly isBroken: boolean;
  readonly isDoubtful: boolean;
  /** When its newest window ended, ms; null where nothing came. */
  readonly countedAt: number | null;
  /** Null for whoever may not look at boxes. */
  readonly device: DeviceView | null;
}

const BROKEN = 4;
const DOUBTFUL = 6;

/** Return the counters of a site. */
export function countersOf(
  drawn: Drawn,
  zones: Iterable<ZoneEstimateView>,
  devices: readonly DeviceView[],
): readonly Counter[] {
  const said = new Map<string, { condition: SensorCondition; countedAt: number | null }>();
  for (const zone of zones) {
    for (const one of zone.contributions) {
      const name = one.sensor.split("/", 1)[0] ?? one.sensor;
      const at = one.age_s === null ? null : Date.parse(zone.at) - one.age_s * 1000;
      const had = said.get(name);
      const isWorse =
        had === undefined || rankOf(one.condition) < rankOf(had.condition);
      said.set(name, {
        condition: isWorse ? one.condition : had.condition,
        countedAt: newest(had?.countedAt ?? null, at),
      });
    }
  }
  const known = new Map(devices.map((one) => [one.device, one]));
  return drawn.devices.map((at) => {
    const found = said.get(at.device);
    const rank = rankOf(found?.condition ?? null);
    return {
      at,
      condition: found?.condition ?? null,
      isBroken: rank < BROKEN,
      isDoubtful: rank >= BROKEN && rank < DOUBTFUL,
      countedAt: found?.countedAt ?? null,
      device: known.get(at.device) ?? null,
    };
  });
}

function newest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
