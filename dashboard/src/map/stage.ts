// SPDX-License-Identifier: Apache-2.0
/**
 * The map itself: MapLibre's ground and camera, deck.gl's columns over it. Overlaid, because labels
 * break where both share one context.
 */
import { WebMercatorViewport, type Layer, type PickingInfo } from "@deck.gl/core";
import { MapLibreOverlay } from "@deck.gl/maplibre";
import { Map as GroundMap, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { Drawn } from "../scene/drawn";
import { middleOf, type Position } from "../scene/geometry";
import { styleOf, type Drawing } from "./ground";
import type { Palette } from "./palette";

/** Shown from a file of the centre's own: a worker of a blob is against the page's policy. */
setWorkerUrl(new URL(workerUrl, location.href).href);

/** A tall screen looks along the site, and what is tilted far hides what is behind it. */
const TILT = { wide: 54, tall: 34 };
const FLIGHT_MS = 900;
const PAN_PX = 90;
const TURN = 15;
const ZOOM_MAX = 19.5;
/** Room of the fitted site to the edges of the map. */
const MARGIN = { top: 120, right: 60, bottom: 120, left: 60 };

export interface Size {
  readonly width: number;
  readonly height: number;
}

export class MapStage {
  readonly map: GroundMap;
  private readonly overlay: MapLibreOverlay;
  private isFlat = false;

  constructor(
    place: HTMLElement,
    private readonly drawn: Drawn,
    private readonly drawing: Drawing | null,
    palette: Palette,
    private readonly picked: (zone: string | null) => void,
    moved: () => void,
  ) {
    this.map = new GroundMap({
      container: place,
      style: styleOf(drawing, palette),
      center: [...middleOf(drawn.corners)],
      zoom: 14,
      maxZoom: ZOOM_MAX,
      maxPitch: 75,
      attributionControl: false,
      // Keys are the page's own, so that they are the same with and without a map.
      keyboard: false,
      fadeDuration: 0,
      renderWorldCopies: false,
      trackResize: true,
    });
    this.overlay = new MapLibreOverlay({
      interleaved: false,
      layers: [],
      pickingRadius: 4,
      onClick: (info: PickingInfo) => this.pick(info),
      getCursor: ({ isHovering }) => (isHovering ? "pointer" : "grab"),
    });
    this.map.addControl(this.overlay);
    // One thing takes the focus, and it says what keys do.
    const canvas = this.map.getCanvas();
    canvas.tabIndex = -1;
    canvas.removeAttribute("role");
    canvas.removeAttribute("aria-label");
    this.map.on("move", moved);
    this.map.on("resize", moved);
    this.home(false);
  }

  get isTilted(): boolean {
    return !this.isFlat;
  }

  end(): void {
    this.map.remove();
  }

  layers(layers: readonly Layer[]): void {
    this.overlay.setProps({ layers: [...layers] });
  }

  recolour(palette: Palette): void {
    this.map.setStyle(styleOf(this.drawing, palette), { diff: true });
  }

  /** Return a function that says where on the map a position at a height is, pixels. */
  projection(): (position: Position, metres: number) => readonly [number, number] {
    const { width, height } = this.size();
    const { lng: longitude, lat: latitude } = this.map.getCenter();
    const viewport = new WebMercatorViewport({
      width,
      height,
      longitude,
      latitude,
      zoom: this.map.getZoom(),
      pitch: this.map.getPitch(),
      bearing: this.map.getBearing(),
    });
    return ([x, y], metres) => {
      const [left = 0, top = 0] = viewport.project([x, y, metres]);
      return [left, top];
    };
  }

  size(): Size {
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    return { width: Math.max(1, width), height: Math.max(1, height) };
  }

  /** Show the whole site, its long way along the long way of the screen. */
  home(isFlown: boolean): void {
    const view = this.fitted(this.drawn.corners);
    this.go(view, isFlown);
  }

  /** Fly to a zone, as near as it and what is beside it are seen. */
  flyTo(ring: readonly Position[]): void {
    const view = this.fitted(ring);
    this.go({ ...view, zoom: Math.min(view.zoom - 0.9, this.map.getZoom() + 2.2) }, true);
  }

  setTilt(isTilted: boolean): void {
    this.isFlat = !isTilted;
    this.go({ pitch: this.pitch() }, true);
  }

  zoom(by: number): void {
    this.go({ zoom: this.map.getZoom() + by }, true);
  }

  turn(by: number): void {
    this.go({ bearing: this.map.getBearing() + by * TURN }, true);
  }

  pan(x: number, y: number): void {
    this.map.panBy([x * PAN_PX, y * PAN_PX], { duration: isStill() ? 0 : 150 });
  }

  private pitch(): number {
    const { width, height } = this.size();
    if (this.isFlat) return 0;
    return width >= height ? TILT.wide : TILT.tall;
  }

  private pick(info: PickingInfo): boolean {
    const zone: unknown = (info.object as { zone?: { zone?: unknown } } | undefined)?.zone?.zone;
    this.picked(typeof zone === "string" ? zone : null);
    return true;
  }

  private go(
    to: { center?: [number, number]; zoom?: number; bearing?: number; pitch?: number },
    isFlown: boolean,
  ): void {
    if (!isFlown || isStill()) this.map.jumpTo(to);
    else this.map.flyTo({ ...to, duration: FLIGHT_MS, curve: 1.1, essential: true });
  }

  /** Return from where positions fill the map. */
  private fitted(positions: readonly Position[]): {
    center: [number, number];
    zoom: number;
    bearing: number;
    pitch: number;
  } {
    const { width, height } = this.size();
    const pitch = this.pitch();
    const bearing = bearingOf(this.drawn.axis, width >= height);
    const wide = width - MARGIN.left - MARGIN.right;
    const tall = height - MARGIN.top - MARGIN.bottom;
    let [longitude, latitude] = middleOf(positions);
    let zoom = 14;
    // Perspective makes what is near larger: a few turns come to rest.
    for (let turn = 0; turn < 6; turn++) {
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
      const share = Math.min(
        wide / Math.max(1, right - left),
        tall / Math.max(1, bottom - top),
      );
      zoom = Math.min(ZOOM_MAX, zoom + Math.log2(Math.max(0.05, share)));
    }
    return { center: [longitude, latitude], zoom, bearing, pitch };
  }
}

/** Whether whoever looks wants things to stand still. */
export function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Return the bearing that lays an axis across a wide map or up a tall one, north as up as it can. */
export function bearingOf(axis: number, isWide: boolean): number {
  const first = isWide ? axis - 90 : axis;
  const turned = [first, first - 180, first + 180];
  return turned.reduce((best, one) => (Math.abs(one) < Math.abs(best) ? one : best), first);
}
