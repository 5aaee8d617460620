// SPDX-License-Identifier: Apache-2.0
/**
 * The map itself: MapLibre's ground and camera, deck.gl's columns over it. Overlaid, because labels
 * break where both share one context.
 */
import { WebMercatorViewport, type Layer, type PickingInfo } from "@deck.gl/core";
import { MapLibreOverlay } from "@deck.gl/maplibre";
import { Map as GroundMap, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { cameraOf, pitchOf, ZOOM_MAX, type Camera, type Size } from "../scene/camera";
import type { Drawn } from "../scene/drawn";
import { middleOf, type Position } from "../scene/geometry";
import { askBuildings, withBuildings } from "./buildings";
import { styleOf, type Drawing } from "./ground";
import type { Palette } from "./palette";

/** Shown from a file of the centre's own: a worker of a blob is against the page's policy. */
setWorkerUrl(new URL(workerUrl, location.href).href);

const FLIGHT_MS = 900;
const PAN_PX = 90;
const TURN = 15;
/** A frame that takes longer is slow, ms: while the map moves, what is not its bodies rests. */
const SLOW_MS = 40;
const SLOW_FRAMES = 2;
/** A movement that goes on within this time is one. */
const REST_MS = 200;
const BODIES = "bodies";
/** Plain ground is a colour of the page: the canvas under the columns keeps the camera alone. */
const PLAIN_PIXEL_RATIO = 0.05;
/** What says that a processor draws instead of a graphics card. */
const BY_PROCESSOR = /swiftshader|llvmpipe|software|basic render/i;

export interface StageListener {
  /** A zone was clicked on; null for none. */
  readonly picked: (zone: string | null) => void;
  readonly moved: (isResting: boolean) => void;
  /** The browser has taken the picture away: what is drawn is gone. */
  readonly lost: () => void;
}

export class MapStage {
  readonly map: GroundMap;
  private readonly overlay: MapLibreOverlay;
  private isFlat = false;
  private shown: readonly Layer[] = [];
  private isSlow = false;
  private isSimple = false;
  private slowFrames = 0;
  private movedAt = 0;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private readonly stop = new AbortController();
  private built: GeoJSON.FeatureCollection | null = null;
  private isBuilt = false;

  constructor(
    place: HTMLElement,
    private readonly drawn: Drawn,
    private readonly drawing: Drawing | null,
    private palette: Palette,
    private readonly told: StageListener,
  ) {
    const { moved } = told;
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
      ...(drawing === null ? { pixelRatio: PLAIN_PIXEL_RATIO } : {}),
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
    // Plain ground is the colour of what lies under the map.
    canvas.hidden = drawing === null;
    canvas.tabIndex = -1;
    canvas.removeAttribute("role");
    canvas.removeAttribute("aria-label");
    this.map.on("move", () => {
      this.timeFrame();
      moved(false);
    });
    this.map.on("moveend", () => {
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        if (this.map.isMoving()) return;
        this.rest();
        moved(true);
      }, REST_MS);
    });
    this.map.on("resize", () => moved(true));
    this.isSlow = isByProcessor(canvas);
    // Neither canvas lets the event rise: it is caught on its way down.
    const { signal } = this.stop;
    place.addEventListener("webglcontextlost", () => told.lost(), { capture: true, signal });
    this.home(false);
  }

  /** Whether it moves on a slow machine, so that only its bodies are drawn. */
  get isHurried(): boolean {
    return this.isSimple;
  }

  get isTilted(): boolean {
    return !this.isFlat;
  }

  /** Whether buildings are shown; null where there are none to show. */
  get buildings(): boolean | null {
    return this.drawn.hasBuildings ? this.isBuilt : null;
  }

  /** Show the buildings, or show them no more; `done` once it is so. */
  async toggleBuildings(site: string, done: () => void): Promise<void> {
    if (!this.drawn.hasBuildings) return;
    this.built ??= await askBuildings(site);
    this.isBuilt = this.built !== null && !this.isBuilt;
    this.map.getCanvas().hidden = this.drawing === null && !this.isBuilt;
    this.recolour(this.palette);
    done();
  }

  end(): void {
    this.stop.abort();
    clearTimeout(this.resting);
    this.map.remove();
  }

  layers(layers: readonly Layer[]): void {
    this.shown = layers;
    this.hand();
  }

  /** Hand the layers over; while a slow map moves, without those that rest. */
  private hand(): void {
    const rests = this.isSlow && this.map.isMoving();
    this.isSimple = rests;
    this.overlay.setProps({
      // What lies under a pointer that drags the map is asked for by nobody, and costs a drawing.
      _pickable: !rests,
      layers: this.shown.map((one) =>
        rests && one.id !== BODIES ? one.clone({ visible: false }) : one,
      ),
    });
  }

  /** Note how long a frame of a movement took. One that is slow once may be a hiccup. */
  private timeFrame(): void {
    const now = performance.now();
    const isSlow = this.movedAt > 0 && now - this.movedAt > SLOW_MS;
    this.movedAt = now;
    this.slowFrames = isSlow ? this.slowFrames + 1 : 0;
    if (this.isSlow || this.slowFrames < SLOW_FRAMES) {
      if (this.isSlow && !this.isSimple) this.hand();
      return;
    }
    this.isSlow = true;
    this.hand();
  }

  private rest(): void {
    this.movedAt = 0;
    this.slowFrames = 0;
    if (this.isSimple) this.hand();
  }

  recolour(palette: Palette): void {
    this.palette = palette;
    const built = this.isBuilt ? this.built : null;
    const style = withBuildings(styleOf(this.drawing, palette), built, palette);
    this.map.setStyle(style, { diff: true });
  }

  /** Return from where it is looked at, to stand there again. */
  camera(): Camera {
    const { lng, lat } = this.map.getCenter();
    return {
      center: [lng, lat],
      zoom: this.map.getZoom(),
      bearing: this.map.getBearing(),
      pitch: this.map.getPitch(),
    };
  }

  stand(camera: Camera): void {
    this.go(camera, false);
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
    const view = cameraOf(this.drawn, this.drawn.corners, this.size(), this.isFlat);
    this.go(view, isFlown);
  }

  /** Fly to a zone, as near as it and what is beside it are seen. */
  flyTo(ring: readonly Position[]): void {
    const view = cameraOf(this.drawn, ring, this.size(), this.isFlat);
    this.go({ ...view, zoom: Math.min(view.zoom - 0.9, this.map.getZoom() + 2.2) }, true);
  }

  setTilt(isTilted: boolean): void {
    this.isFlat = !isTilted;
    this.go({ pitch: pitchOf(this.size(), this.isFlat) }, true);
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

  private pick(info: PickingInfo): boolean {
    const zone: unknown = (info.object as { zone?: { zone?: unknown } } | undefined)?.zone?.zone;
    this.told.picked(typeof zone === "string" ? zone : null);
    return true;
  }

  private go(
    to: { center?: [number, number]; zoom?: number; bearing?: number; pitch?: number },
    isFlown: boolean,
  ): void {
    if (!isFlown || isStill()) this.map.jumpTo(to);
    else this.map.flyTo({ ...to, duration: FLIGHT_MS, curve: 1.1, essential: true });
  }
}

/** Whether it is known from the start that a frame will be slow. */
function isByProcessor(canvas: HTMLCanvasElement): boolean {
  const gl = canvas.getContext("webgl2");
  const names = gl?.getExtension("WEBGL_debug_renderer_info") ?? null;
  if (gl === null || names === null) return false;
  return BY_PROCESSOR.test(String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)));
}

/** Whether whoever looks wants things to stand still. */
export function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
