// SPDX-License-Identifier: Apache-2.0
/**
 * The ground under the columns: a drawing of ours where there is one, else plain ground. No tile,
 * no glyph and no picture is asked for.
 */
import type { StyleSpecification } from "maplibre-gl";
import { boxOf, type Position } from "../scene/geometry";
import scheveningen from "./drawings/scheveningen.json";
import { cssOf, type Palette, type Token } from "./palette";

export interface Place {
  readonly word: string;
  readonly position: Position;
  readonly isLarge: boolean;
}

export interface Drawing {
  readonly ground: GeoJSON.FeatureCollection;
  readonly places: readonly Place[];
}

/** What is drawn, and over what; a later one lies over those before. */
export const AREAS: readonly (readonly [string, Token])[] = [
  ["dune", "map-dune"],
  ["park", "map-park"],
  ["block", "map-block"],
  ["sea", "map-sea"],
  ["beach", "map-beach"],
  ["harbour", "map-sea"],
  ["mole", "map-mole"],
  ["quay", "map-mole"],
  ["boulevard", "map-boulevard"],
  ["pier", "map-boulevard"],
];
const DRAWINGS = [scheveningen as GeoJSON.FeatureCollection];

/** Return the drawing in which a site lies; null where we have none. */
export function drawingOf(corners: readonly Position[]): Drawing | null {
  const [west, south, east, north] = boxOf(corners);
  for (const ground of DRAWINGS) {
    const all = ground.features.flatMap(({ geometry }) =>
      geometry.type === "Polygon" ? (geometry.coordinates[0] as unknown as Position[]) : [],
    );
    const box = boxOf(all);
    if (west < box[0] || south < box[1] || east > box[2] || north > box[3]) continue;
    return { ground, places: ground.features.flatMap(placeOf) };
  }
  return null;
}

function placeOf({ geometry, properties }: GeoJSON.Feature): readonly Place[] {
  if (geometry.type !== "Point" || properties === null) return [];
  const [x = 0, y = 0] = geometry.coordinates;
  const isLarge = properties["size"] === "large";
  return [{ word: String(properties["word"]), position: [x, y], isLarge }];
}

/** Return the style of the ground in the colours of a palette. */
export function styleOf(drawing: Drawing | null, palette: Palette): StyleSpecification {
  const land = {
    id: "land",
    type: "background" as const,
    paint: { "background-color": cssOf(palette["map-land"]) },
  };
  if (drawing === null) return { version: 8, sources: {}, layers: [land] };
  const edge = cssOf(palette["map-edge"]);
  return {
    version: 8,
    sources: { ground: { type: "geojson", data: drawing.ground, tolerance: 0.1 } },
    layers: [
      land,
      ...AREAS.map(([kind, token]) => ({
        id: kind,
        type: "fill" as const,
        source: "ground",
        filter: ["==", ["get", "kind"], kind] as ["==", ["get", string], string],
        paint: { "fill-color": cssOf(palette[token]), "fill-outline-color": edge },
      })),
      {
        id: "streets",
        type: "line",
        source: "ground",
        filter: ["in", ["get", "kind"], ["literal", ["street", "tram"]]],
        paint: {
          "line-color": cssOf(palette["map-street"]),
          "line-width": ["interpolate", ["exponential", 2], ["zoom"], 12, 1, 17, 16],
        },
      },
    ],
  };
}
