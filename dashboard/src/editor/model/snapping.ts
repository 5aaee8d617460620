// SPDX-License-Identifier: Apache-2.0
/** Where a point is put: on a corner or an edge of others where it is near one. Pure. */
import { Plane, type Position } from "../../map/scene/geometry";
import { metresADegree } from "./measures";
import { KINDS, pointsOf, type Drawing, type Kind } from "./drawing";

/** A ten-millionth of a degree is a centimetre. */
const DECIMALS = 7;

/** Return a position as the file writes it. */
export function rounded([x, y]: Position): Position {
  return [Number(x.toFixed(DECIMALS)), Number(y.toFixed(DECIMALS))];
}

/** Return a position so many metres east and north of another. */
export function nudged(position: Position, east: number, north: number): Position {
  const [x, y] = metresADegree(position[1]);
  return rounded([position[0] + east / x, position[1] + north / y]);
}

/**
 * Return the corner or, where none is near, the place on an edge that a position is drawn to within
 * `reach` metres; itself, rounded, where there is none. `but`: what is drawn itself.
 */
export function snapped(
  drawing: Drawing,
  at: Position,
  reach: number,
  but: { readonly kind: Kind; readonly id: string } | null,
): Position {
  const plane = new Plane(at);
  let [corner, cornerAway]: [Position | null, number] = [null, reach];
  let [edge, edgeAway]: [Position | null, number] = [null, reach];
  for (const kind of KINDS) {
    if (kind === "devices") continue;
    for (const item of drawing[kind]) {
      if (but !== null && kind === but.kind && item.id === but.id) continue;
      const points = pointsOf(item);
      points.forEach((one, index) => {
        const away = plane.distance(at, one);
        if (away < cornerAway) [corner, cornerAway] = [one, away];
        const next = points[index + 1] ?? (kind === "zones" ? points[0] : undefined);
        if (next === undefined) return;
        const on = nearestOn(plane, one, next);
        const from = plane.distance(at, on);
        if (from < edgeAway) [edge, edgeAway] = [on, from];
      });
    }
  }
  return corner ?? rounded(edge ?? at);
}

/** Return the place on an edge that is nearest to the plane's middle. */
function nearestOn(plane: Plane, a: Position, b: Position): Position {
  const [ax, ay] = plane.metres(a);
  const [bx, by] = plane.metres(b);
  const long = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = -(ax * (bx - ax) + ay * (by - ay));
  const share = long === 0 ? 0 : Math.min(1, Math.max(0, along / long));
  return plane.position([ax + share * (bx - ax), ay + share * (by - ay)]);
}

/** Return the index of the edge of a row of points that a position is nearest to. */
export function edgeNear(points: readonly Position[], at: Position, isClosed: boolean): number {
  const plane = new Plane(at);
  let [found, away] = [0, Infinity];
  const last = isClosed ? points.length : points.length - 1;
  for (let index = 0; index < last; index++) {
    const [a, b] = [points[index], points[(index + 1) % points.length]];
    if (a === undefined || b === undefined) continue;
    const from = plane.distance(at, nearestOn(plane, a, b));
    if (from < away) [found, away] = [index, from];
  }
  return found;
}
