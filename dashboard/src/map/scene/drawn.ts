// SPDX-License-Identifier: Apache-2.0
/** What a site's file draws, as a map takes it: zones, links, emergency routes, devices. Pure. */
import type { MapDeviceView, MapLinkView, MapRouteView, MapView } from "../../api/types";
import { axisOf, centreOf, extentOf, type Position, type Ring } from "./geometry";

export interface DrawnZone {
  readonly zone: string;
  readonly ring: Ring;
  readonly centre: Position;
}

export interface DrawnLink extends MapLinkView {
  readonly way: Ring;
}

export interface DrawnRoute extends MapRouteView {
  readonly way: Ring;
}

export interface DrawnDevice extends MapDeviceView {
  /** Null where the site's file does not say where it stands. */
  readonly position: Position | null;
}

export interface Drawn {
  readonly zones: readonly DrawnZone[];
  readonly links: readonly DrawnLink[];
  readonly routes: readonly DrawnRoute[];
  readonly devices: readonly DrawnDevice[];
  /** All corners of all zones. */
  readonly corners: readonly Position[];
  /** How long the site is, metres; how high columns are goes by it. */
  readonly extent: number;
  /** Along which way it lies, degrees clockwise from north, 0 to 180. */
  readonly axis: number;
  /** The buildings around it can be asked for. */
  readonly hasBuildings: boolean;
}

/** Sort the features of a site's map by what they are. */
export function drawnOf(map: MapView): Drawn {
  const zones: DrawnZone[] = [];
  const links: DrawnLink[] = [];
  const routes: DrawnRoute[] = [];
  const devices: DrawnDevice[] = [];
  for (const { geometry, properties } of map.features) {
    if (properties.kind === "zone" && geometry?.type === "Polygon") {
      const ring = (geometry.coordinates[0] ?? []).slice(0, -1);
      zones.push({ zone: properties.zone, ring, centre: centreOf(ring) });
    } else if (properties.kind === "link" && geometry?.type === "LineString") {
      links.push({ ...properties, way: geometry.coordinates });
    } else if (properties.kind === "route" && geometry?.type === "LineString") {
      routes.push({ ...properties, way: geometry.coordinates });
    } else if (properties.kind === "device") {
      const position = geometry?.type === "Point" ? geometry.coordinates : null;
      devices.push({ ...properties, position });
    }
  }
  const corners = zones.flatMap((one) => one.ring);
  const extent = Math.max(40, extentOf(corners));
  const [axis, hasBuildings] = [axisOf(corners), map.has_buildings];
  return { zones, links, routes, devices, corners, extent, axis, hasBuildings };
}
