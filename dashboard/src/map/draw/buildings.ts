// SPDX-License-Identifier: Apache-2.0
/** The buildings around a site: asked for once, when somebody has them shown, of the centre. */
import type { StyleSpecification } from "maplibre-gl";
import { addressOf } from "../../api/client";
import { cssOf, type Palette } from "./palette";

const LIMIT_MS = 30_000;

/** Get the buildings around a site; null where they do not come. */
export async function askBuildings(site: string): Promise<GeoJSON.FeatureCollection | null> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const answer = await fetch(addressOf("/sites/{site}/buildings.geojson", { site }), { signal });
    return answer.ok ? ((await answer.json()) as GeoJSON.FeatureCollection) : null;
  } catch {
    return null;
  }
}

/** Return a style with buildings over its ground: grey, so that a column is never taken for one. */
export function withBuildings(
  style: StyleSpecification,
  buildings: GeoJSON.FeatureCollection | null,
  palette: Palette,
): StyleSpecification {
  if (buildings === null) return style;
  return {
    ...style,
    sources: { ...style.sources, buildings: { type: "geojson", data: buildings, tolerance: 0.1 } },
    layers: [
      ...style.layers,
      {
        id: "buildings",
        type: "fill-extrusion",
        source: "buildings",
        paint: {
          "fill-extrusion-color": cssOf(palette["map-edge"]),
          "fill-extrusion-height": ["get", "h"],
          "fill-extrusion-opacity": 0.75,
        },
      },
    ],
  };
}
