// SPDX-License-Identifier: Apache-2.0
/** Which part of the ground is seen, and where on the screen a position is. Pure. */
import { boxOf, Plane, type Position } from "../../map/scene/geometry";

const METRES_A_PIXEL_MIN = 0.01;
const METRES_A_PIXEL_MAX = 100;
const MARGIN = 1.25;
const SIDE_MIN_M = 60;

/** Metres east and south of the plane's middle: a drawing's y grows downward. */
export type Spot = readonly [number, number];

export interface View {
  readonly plane: Plane;
  readonly centre: Spot;
  /** Metres a pixel. */
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

export function spotOf(plane: Plane, position: Position): Spot {
  const [east, north] = plane.metres(position);
  return [east, -north];
}

export function positionOf(plane: Plane, [east, south]: Spot): Position {
  return plane.position([east, -south]);
}

/** Show all of these positions, on a screen of so many pixels. */
export function viewOver(points: readonly Position[], width: number, height: number): View {
  const [west, south, east, north] = boxOf(points);
  const plane = new Plane([(west + east) / 2, (south + north) / 2]);
  const [wide, high] = plane.metres([east, north]);
  const long = Math.max(SIDE_MIN_M, 2 * wide * MARGIN);
  const tall = Math.max(SIDE_MIN_M, 2 * high * MARGIN);
  return { plane, centre: [0, 0], scale: Math.max(long / width, tall / height), width, height };
}

/** Return where on the ground a place on the screen lies, pixels from its upper left. */
export function groundAt(view: View, x: number, y: number): Position {
  const [cx, cy] = view.centre;
  const spot: Spot = [
    cx + (x - view.width / 2) * view.scale,
    cy + (y - view.height / 2) * view.scale,
  ];
  return positionOf(view.plane, spot);
}

export function panned(view: View, x: number, y: number): View {
  const [cx, cy] = view.centre;
  return { ...view, centre: [cx - x * view.scale, cy - y * view.scale] };
}

/** Zoom in by a factor, the place at (x, y) staying where it is. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  const wanted = view.scale / factor;
  const scale = Math.min(METRES_A_PIXEL_MAX, Math.max(METRES_A_PIXEL_MIN, wanted));
  const [cx, cy] = view.centre;
  const [dx, dy] = [x - view.width / 2, y - view.height / 2];
  return {
    ...view,
    scale,
    centre: [cx + dx * (view.scale - scale), cy + dy * (view.scale - scale)],
  };
}

/** Move as little as is needed to see a position. */
export function showing(view: View, position: Position): View {
  const [x, y] = spotOf(view.plane, position);
  const [cx, cy] = view.centre;
  const [wide, high] = [view.width * view.scale * 0.45, view.height * view.scale * 0.45];
  const near = (at: number, centre: number, reach: number): number =>
    Math.min(at + reach, Math.max(at - reach, centre));
  return { ...view, centre: [near(x, cx, wide), near(y, cy, high)] };
}

export function boxText({ centre: [cx, cy], scale, width, height }: View): string {
  const [wide, high] = [width * scale, height * scale];
  return [cx - wide / 2, cy - high / 2, wide, high].map((one) => one.toFixed(3)).join(" ");
}
