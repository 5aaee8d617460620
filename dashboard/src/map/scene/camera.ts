// SPDX-License-Identifier: Apache-2.0
/** From where a site is looked at, so that all of it is seen. Pure. */
import { WebMercatorViewport } from "@deck.gl/core";
import type { Drawn } from "./drawn";
import { middleOf, type Position } from "./geometry";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Camera {
  readonly center: [number, number];
  readonly zoom: number;
  readonly bearing: number;
  readonly pitch: number;
}

/** A tall screen looks along the site, and what is tilted far hides what is behind it. */
const TILT = { wide: 54, tall: 34 };
export const ZOOM_MAX = 19.5;
/** Room of the fitted site to the edges of the map; pixels. */
const MARGIN = { top: 120, right: 60, bottom: 120, left: 60 };
const START_ZOOM = 14;
/** Perspective makes what is near larger: a few turns come to rest. */
const TURNS = 6;

export function pitchOf({ width, height }: Size, isFlat: boolean): number {
  if (isFlat) return 0;
  return width >= height ? TILT.wide : TILT.tall;
}

/** Return the bearing that lays an axis across a wide map or up a tall one, north up if it can. */
export function bearingOf(axis: number, { width, height }: Size): number {
  const first = width >= height ? axis - 90 : axis;
  const turned = [first, first - 180, first + 180];
  return turned.reduce((best, one) => (Math.abs(one) < Math.abs(best) ? one : best), first);
}

/** Return from where positions of a site fill a map. */
export function cameraOf(
  drawn: Drawn,
  positions: readonly Position[],
  size: Size,
  isFlat: boolean,
): Camera {
  const { width, height } = size;
  const [pitch, bearing] = [pitchOf(size, isFlat), bearingOf(drawn.axis, size)];
  const wide = Math.max(80, width - MARGIN.left - MARGIN.right);
  const tall = Math.max(80, height - MARGIN.top - MARGIN.bottom);
  let [longitude, latitude] = middleOf(positions);
  let zoom = START_ZOOM;
  for (let turn = 0; turn < TURNS; turn++) {
    const view = new WebMercatorViewport({
      width,
      height,
      longitude,
      latitude,
      zoom,
      pitch,
      bearing,
    });
    const seen = positions.map(([x, y]) => view.project([x, y, 0]));
    const xs = seen.map((one) => one[0] ?? 0);
    const ys = seen.map((one) => one[1] ?? 0);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    const middle = [
      (left + right) / 2 + (MARGIN.right - MARGIN.left) / 2,
      (top + bottom) / 2 + (MARGIN.bottom - MARGIN.top) / 2,
    ];
    [longitude = longitude, latitude = latitude] = view.unproject(middle);
    const share = Math.min(wide / Math.max(1, right - left), tall / Math.max(1, bottom - top));
    zoom = Math.min(ZOOM_MAX, zoom + Math.log2(Math.max(0.05, share)));
  }
  return { center: [longitude, latitude], zoom, bearing, pitch };
}
