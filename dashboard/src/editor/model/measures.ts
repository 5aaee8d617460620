// SPDX-License-Identifier: Apache-2.0
/**
 * Areas and lengths as they are told: by the curvature of WGS84 where the drawing lies, so that
 * they agree with the centre's within a ten-thousandth. Pure.
 */
import type { Position } from "../../map/scene/geometry";

const SEMI_MAJOR_M = 6_378_137;
const ECCENTRICITY_2 = 0.006_694_379_990_14;
const RADIANS = Math.PI / 180;

type Metres = readonly [number, number];

/** Return how many metres a degree is, east and north, at a latitude; Snyder 1987, chapter 4. */
export function metresADegree(latitude: number): Metres {
  const sine = Math.sin(latitude * RADIANS);
  const root = 1 - ECCENTRICITY_2 * sine * sine;
  const east = (SEMI_MAJOR_M / Math.sqrt(root)) * Math.cos(latitude * RADIANS) * RADIANS;
  const north = ((SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) / root ** 1.5) * RADIANS;
  return [east, north];
}

/** Return positions in metres east and north of the first. */
function flat(points: readonly Position[]): readonly Metres[] {
  const [first] = points;
  if (first === undefined) return [];
  const middle = points.reduce((sum, one) => sum + one[1], 0) / points.length;
  const [east, north] = metresADegree(middle);
  return points.map(([x, y]): Metres => [(x - first[0]) * east, (y - first[1]) * north]);
}

/** Return the area inside a ring, m2; 0 of fewer than three corners. */
export function areaM2(ring: readonly Position[]): number {
  const points = flat(ring);
  const twice = points.reduce((sum, [ax, ay], index) => {
    const [bx, by] = points[(index + 1) % points.length] ?? [ax, ay];
    return sum + ax * by - bx * ay;
  }, 0);
  return Math.abs(twice) / 2;
}

/** Return the length of a way, m. */
export function lengthM(way: readonly Position[]): number {
  const points = flat(way);
  return points.reduce((sum, [x, y], index) => {
    const [ax, ay] = points[Math.max(0, index - 1)] ?? [x, y];
    return sum + Math.hypot(x - ax, y - ay);
  }, 0);
}
