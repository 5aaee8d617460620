// SPDX-License-Identifier: Apache-2.0
/** What deck.gl draws: bodies, caps, patterns, flows, routes, counters. A function of the scene. */
import type { Layer, Material } from "@deck.gl/core";
import { LineLayer, PathLayer, ScatterplotLayer } from "@deck.gl/layers";
import { SolidPolygonLayer, TextLayer } from "@deck.gl/layers";
import type { Level } from "../../model/levels";
import type { Column } from "../scene/columns";
import type { Counter } from "../scene/counters";
import type { DrawnRoute } from "../scene/drawn";
import type { Flow } from "../scene/flows";
import { areaOf, arrowOf, dashes, hatch, type Position, type Ring } from "../scene/geometry";
import { levelColour, mixed, withAlpha, type Palette } from "./palette";

export interface Scene {
  readonly columns: readonly Column[];
  readonly flows: readonly Flow[];
  readonly routes: readonly DrawnRoute[];
  readonly counters: readonly Counter[];
  readonly selected: string | null;
  /** How high a column was a week before, metres; empty where that is not asked for. */
  readonly weekBefore: ReadonlyMap<string, number>;
  readonly palette: Palette;
  readonly extent: number;
  readonly isFlat: boolean;
  /** The letter of each level in the language of the page. */
  readonly letters: Readonly<Record<Level, string>>;
  /** Zones whose label stands beside them, and says the letter already. */
  readonly labelled: ReadonlySet<string>;
}

type Place3 = readonly [number, number, number];
type Line3 = readonly Place3[];
interface Stroke {
  readonly path: Line3;
  readonly colour: readonly [number, number, number, number];
  readonly width: number;
}

interface Segment {
  readonly from: [number, number, number];
  readonly to: [number, number, number];
  readonly colour: Stroke["colour"];
  readonly width: number;
}

const THIN_PX = 3;
const MATERIAL: Material = { ambient: 0.6, diffuse: 0.38, shininess: 1, specularColor: [0, 0, 0] };
const BODY_ALPHA = 255;
const FORECAST_ALPHA = 120;
const CAP_ALPHA = 96;
/** Of a zone nobody counts in, so much of its colour goes into the ground's. */
const FADED = 0.55;
/** Patterns: so many strokes go across a zone as it would be square, and which way they run. */
const STROKES = 8;
const TURNS = { stale: [45], conflict: [45, -45], uncounted: [0], unfamiliar: [90] } as const;
const FLOW_MIN = 1;
const FLOW_FULL = 120;

export function layersOf(scene: Scene): readonly Layer[] {
  const { palette } = scene;
  const edge = withAlpha(palette["map-stroke"], 255);
  const column = <T,>(read: (one: Column) => T) => read;
  const strokes = scene.columns.flatMap((one) => strokesOf(one, scene, edge));
  const keys = { getFillColor: [palette, scene.columns], getElevation: [scene.columns] };
  return [
    new SolidPolygonLayer<Column>({
      id: "bodies",
      data: scene.columns,
      getPolygon: column((one) => one.zone.ring as [number, number][]),
      getElevation: column((one) => one.top),
      getFillColor: column((one) => bodyColour(one, palette)),
      extruded: true,
      material: MATERIAL,
      pickable: true,
      updateTriggers: keys,
    }),
    // Lines without joints cost a fifth of paths; where one is thin, no joint is missed.
    new LineLayer<Segment>({
      id: "strokes",
      data: strokes.filter((one) => one.width <= THIN_PX).flatMap(segmentsOf),
      getSourcePosition: (one) => one.from,
      getTargetPosition: (one) => one.to,
      getColor: (one) => [...one.colour],
      getWidth: (one) => one.width,
      widthUnits: "pixels",
    }),
    new PathLayer<Stroke>({
      id: "borders",
      data: strokes.filter((one) => one.width > THIN_PX),
      getPath: (one) => one.path.map((at) => [...at] as [number, number, number]),
      getColor: (one) => [...one.colour],
      getWidth: (one) => one.width,
      widthUnits: "pixels",
    }),
    new PathLayer<Stroke>({
      id: "routes",
      data: scene.routes.flatMap((one) => routeStrokes(one, scene)),
      getPath: (one) => one.path.map((at) => [...at] as [number, number, number]),
      getColor: (one) => [...one.colour],
      getWidth: (one) => one.width,
      widthMinPixels: 2.5,
      // It stays in sight before what stands on it.
      parameters: { depthCompare: "always" },
    }),
    new SolidPolygonLayer<Flow>({
      id: "flows",
      data: scene.flows.filter((one) => one.along + one.against >= FLOW_MIN),
      getPolygon: (one) => flowArrow(one, scene.extent) as [number, number][],
      getFillColor: withAlpha(palette["map-flow"], 235),
      extruded: false,
      parameters: { depthCompare: "always" },
    }),
    ...counterLayers(scene),
    // Last of what has a body: what is behind a cap is to be seen through it.
    new SolidPolygonLayer<Column>({
      id: "caps",
      data: scene.columns.filter((one) => one.high > one.top),
      getPolygon: column((one) => raised(one.zone.ring, one.top) as [number, number, number][]),
      getElevation: column((one) => one.high - one.top),
      getFillColor: column((one) =>
        withAlpha(
          mixed(levelColour(palette, one.row?.level ?? null), [255, 255, 255], 0.35),
          CAP_ALPHA,
        ),
      ),
      extruded: true,
      material: false,
      parameters: { depthWriteEnabled: false },
      positionFormat: "XYZ",
      updateTriggers: { getPolygon: [scene.columns], ...keys },
    }),
    letters(scene),
  ];
}

/** The letter on each column that has no label beside it: no level is told by its colour alone. */
function letters(scene: Scene): Layer {
  const bare = scene.columns.filter((one) => !scene.labelled.has(one.zone.zone));
  return new TextLayer<Column>({
    id: "letters",
    data: bare.filter((one) => one.row?.level != null),
    getPosition: (one) => [one.zone.centre[0], one.zone.centre[1], one.high],
    getText: (one) => (one.row?.level == null ? "" : scene.letters[one.row.level]),
    getColor: withAlpha(scene.palette.ink, 255),
    getSize: 15,
    fontFamily: "system-ui, sans-serif",
    fontWeight: 800,
    background: true,
    getBackgroundColor: withAlpha(scene.palette.card, 235),
    backgroundPadding: [4, 1, 4, 1],
    getPixelOffset: [0, -12],
    characterSet: [...new Set(Object.values(scene.letters).join(""))],
    parameters: { depthCompare: "always" },
  });
}

function bodyColour(one: Column, palette: Palette): [number, number, number, number] {
  const full = levelColour(palette, one.row?.level ?? null);
  const isFaded = one.doubt === "stale" || one.doubt === "uncounted";
  const colour = isFaded ? mixed(full, palette["map-land"], FADED) : full;
  return withAlpha(colour, one.tense === "forecast" ? FORECAST_ALPHA : BODY_ALPHA);
}

/** The lines on a column: its edges, its pattern, what was declared, whether it is looked at. */
function strokesOf(
  one: Column,
  scene: Scene,
  edge: readonly [number, number, number, number],
): readonly Stroke[] {
  const { palette } = scene;
  const { ring } = one.zone;
  const outline = (metres: number): Line3 => at([...ring, ...ring.slice(0, 1)], metres);
  const strokes: Stroke[] = [{ path: outline(one.top), colour: edge, width: 1.5 }];
  if (one.row === null) return [{ path: outline(0), colour: edge, width: 1 }];
  if (one.low > 0 && one.low < one.top) {
    const colour = withAlpha(palette["map-stroke"], 150);
    strokes.push({ path: outline(one.low), colour, width: 1 });
  }
  const week = scene.weekBefore.get(one.zone.zone);
  if (week !== undefined) {
    const colour = withAlpha(palette["map-place"], 255);
    strokes.push({ path: outline(week), colour, width: 3 });
    const posts = ring.map((corner) => [...at([corner], 0), ...at([corner], week)]);
    strokes.push(...posts.map((path) => ({ path, colour, width: 2 })));
  }
  if (one.tense === "forecast") {
    const posts = ring.map((corner) => [...at([corner], 0), ...at([corner], one.top)]);
    strokes.push(...posts.map((path) => ({ path, colour: edge, width: 1.5 })));
  }
  if (one.doubt !== null && one.doubt !== "least") {
    for (const turn of TURNS[one.doubt]) {
      for (const stroke of hatch(ring, Math.sqrt(areaOf(ring)) / STROKES, turn)) {
        strokes.push({ path: at(stroke, one.top + scene.extent * 0.0003), colour: edge, width: 2 });
      }
    }
  }
  // From straight above a border would hide what it is around; the label says it there.
  if (!scene.isFlat && one.declared !== null && one.declared !== (one.row.level ?? "green")) {
    const colour = withAlpha(levelColour(palette, one.declared), 255);
    strokes.push({ path: outline(0.5), colour: edge, width: 7 });
    strokes.push({ path: outline(0.7), colour, width: 4 });
  }
  if (scene.selected === one.zone.zone) {
    const colour = withAlpha(palette["map-select"], 255);
    strokes.push({ path: outline(0.9), colour, width: 4 });
    strokes.push({ path: outline(one.top + scene.extent * 0.0004), colour, width: 4 });
  }
  return strokes;
}

function segmentsOf({ path, colour, width }: Stroke): readonly Segment[] {
  return path.slice(1).map((to, index) => {
    const [x, y, z] = path[index] ?? to;
    return { from: [x, y, z], to: [...to], colour, width };
  });
}

function routeStrokes(route: DrawnRoute, scene: Scene): readonly Stroke[] {
  const size = scene.extent;
  const colour = withAlpha(scene.palette["map-route"], 255);
  return dashes(route.way, size * 0.009, size * 0.006).map((part) => ({
    path: at(part, 0.4),
    colour,
    width: route.width_m,
  }));
}

function counterLayers(scene: Scene): readonly Layer[] {
  const { palette, extent } = scene;
  const counters = scene.counters.filter((one) => one.at.position !== null);
  const colour = (one: Counter): [number, number, number, number] => {
    if (one.isBroken) return withAlpha(palette["map-broken"], 255);
    return withAlpha(palette[one.isDoubtful ? "map-doubt" : "map-fine"], 255);
  };
  const crosses = counters
    .filter((one) => one.isBroken)
    .flatMap((one) => crossOf(placeOf(one), extent * 0.006, palette));
  return [
    new ScatterplotLayer<Counter>({
      id: "counters",
      data: counters,
      getPosition: (one) => [...placeOf(one), 1],
      getRadius: extent * 0.0032,
      radiusMinPixels: 4,
      radiusMaxPixels: 9,
      getFillColor: colour,
      getLineColor: withAlpha(palette.card, 255),
      stroked: true,
      lineWidthUnits: "pixels",
      getLineWidth: 1.5,
      parameters: { depthCompare: "always" },
      updateTriggers: { getFillColor: [palette, counters] },
    }),
    new PathLayer<Stroke>({
      id: "broken",
      data: crosses,
      getPath: (one) => one.path.map((each) => [...each] as [number, number, number]),
      getColor: (one) => [...one.colour],
      getWidth: (one) => one.width,
      widthUnits: "pixels",
      parameters: { depthCompare: "always" },
    }),
  ];
}

function placeOf(one: Counter): Position {
  return one.at.position ?? [0, 0];
}

function crossOf([x, y]: Position, metres: number, palette: Palette): readonly Stroke[] {
  const [dy, dx] = [metres / 111_320, metres / (111_320 * Math.cos((y * Math.PI) / 180))];
  type Ink = "card" | "map-broken";
  const stroke = (a: Position, b: Position, token: Ink, width: number): Stroke => ({
    path: at([a, b], 1.5),
    colour: withAlpha(palette[token], 255),
    width,
  });
  const ends: readonly (readonly [Position, Position])[] = [
    [[x - dx, y - dy], [x + dx, y + dy]],
    [[x - dx, y + dy], [x + dx, y - dy]],
  ];
  return [
    ...ends.map(([a, b]) => stroke(a, b, "card", 7)),
    ...ends.map(([a, b]) => stroke(a, b, "map-broken", 4)),
  ];
}

/** An arrow whose width is how many walk each minute, and whose point is where more of them go. */
function flowArrow(flow: Flow, extent: number): Ring {
  const most = Math.max(flow.along, flow.against);
  const share = Math.sqrt(Math.min(1, most / FLOW_FULL));
  const way = flow.along >= flow.against ? flow.link.way : [...flow.link.way].reverse();
  return arrowOf(way, extent * 0.034, extent * (0.0025 + 0.006 * share));
}

function at(ring: Ring, metres: number): Line3 {
  return ring.map(([x, y]) => [x, y, metres]);
}

function raised(ring: Ring, metres: number): Line3 {
  return at(ring, metres);
}
