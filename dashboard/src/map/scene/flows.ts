// SPDX-License-Identifier: Apache-2.0
/** How many people walk along each link, of what boxes counted in their last window. Pure. */
import type { DeviceView } from "../../api/types";
import type { Drawn, DrawnLink } from "./drawn";

export interface Flow {
  readonly link: DrawnLink;
  /** People a minute, each way: along the link's path, and against it. */
  readonly along: number;
  readonly against: number;
  /** When the oldest window in it ended, ms. */
  readonly countedAt: number;
}

/** Older than this a window tells nothing of who walks now. */
const OLD_MS = 600_000;
const MINUTE_S = 60;
/** Image qualities of the API: the scene is not one that the detector knows. */
const UNFAMILIAR = 10;

/** Return the flows of links at which a line counted lately. now: the site's time, ms. */
export function flowsOf(
  drawn: Drawn,
  devices: readonly DeviceView[],
  now: number | null,
): readonly Flow[] {
  const links = new Map(drawn.links.map((one) => [one.link, one]));
  const places = new Map(drawn.devices.map((one) => [one.device, one]));
  const found = new Map<string, Flow>();
  for (const { device, last_window: window } of devices) {
    if (window === null || window.validity === "not counted" || window.length_s <= 0) continue;
    const endedAt = Date.parse(window.start) + window.length_s * 1000;
    if (now !== null && now - endedAt > OLD_MS) continue;
    for (const at of places.get(device)?.lines ?? []) {
      const link = links.get(at.link);
      const line = window.lines.find((one) => one.line === at.line);
      if (link === undefined || line?.in_count == null || line.out_count === null) continue;
      const minutes = window.length_s / MINUTE_S;
      // Noise may make a count negative; nobody walks backwards out of a link.
      const entered = Math.max(0, line.in_count) / minutes;
      const gone = Math.max(0, line.out_count) / minutes;
      const isAlong = at.in_toward === link.to_zone;
      const had = found.get(link.link);
      found.set(link.link, {
        link,
        along: (had?.along ?? 0) + (isAlong ? entered : gone),
        against: (had?.against ?? 0) + (isAlong ? gone : entered),
        countedAt: Math.min(had?.countedAt ?? Infinity, endedAt),
      });
    }
  }
  return [...found.values()];
}

/** Return the zones at which a box looks whose scene its detector does not know. */
export function unfamiliarOf(drawn: Drawn, devices: readonly DeviceView[]): ReadonlySet<string> {
  const said = new Set(
    devices
      .filter((one) => one.last_window?.image_quality.code === UNFAMILIAR)
      .map((one) => one.device),
  );
  return new Set(drawn.devices.filter((one) => said.has(one.device)).flatMap((one) => one.zones));
}
