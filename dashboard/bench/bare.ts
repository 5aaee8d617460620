// SPDX-License-Identifier: Apache-2.0
/**
 * A bare deck.gl scene of a site's columns, to hold the map's frames against: the same columns from
 * the same place in the same size, and nothing else. development/bench/map serves it.
 */
import { Deck, MapView as DeckView } from "@deck.gl/core";
import { SolidPolygonLayer } from "@deck.gl/layers";
import type { MapView, SiteNowView } from "../src/api/types";
import { rowsOf } from "../src/model/zones";
import { cameraOf } from "../src/map/scene/camera";
import { columnsOf, scaleOf, type Column } from "../src/map/scene/columns";
import { drawnOf } from "../src/map/scene/drawn";

const TURN = 0.4;
const COLOURS = {
  green: [27, 115, 64, 255],
  yellow: [255, 216, 74, 255],
  orange: [255, 154, 61, 255],
  red: [191, 30, 46, 255],
} as const;

async function read<T>(name: string): Promise<T> {
  return (await (await fetch(name)).json()) as T;
}

const [map, latest] = await Promise.all([
  read<MapView>("map.json"),
  read<SiteNowView>("latest.json"),
]);
const asked = new URLSearchParams(location.search);
const size = { width: Number(asked.get("width")), height: Number(asked.get("height")) };
const drawn = drawnOf(map);
const rows = rowsOf(latest.zones, null);
const columns = columnsOf(drawn, rows, scaleOf(rows, drawn, null), {
  tense: "now",
  declared: new Map(),
  unfamiliar: new Set(),
});
const camera = cameraOf(drawn, drawn.corners, size, false);
const view = {
  longitude: camera.center[0],
  latitude: camera.center[1],
  zoom: camera.zoom,
  pitch: camera.pitch,
};
const place = document.getElementById("scene");
if (place === null) throw new Error("no place for the scene");
place.style.width = `${size.width}px`;
place.style.height = `${size.height}px`;
const deck = new Deck({
  parent: place as HTMLDivElement,
  views: [new DeckView({ id: "bare" })],
  viewState: { bare: { ...view, bearing: camera.bearing } },
  layers: [
    new SolidPolygonLayer<Column>({
      id: "bodies",
      data: columns,
      getPolygon: (one) => one.zone.ring as [number, number][],
      getElevation: (one) => one.top,
      getFillColor: (one) => [...COLOURS[one.row?.level ?? "green"]],
      extruded: true,
      pickable: true,
    }),
  ],
  onLoad: () => document.body.setAttribute("data-ready", "yes"),
});
let bearing = camera.bearing;
function turn(): void {
  bearing += TURN;
  deck.setProps({ viewState: { bare: { ...view, bearing } } });
  requestAnimationFrame(turn);
}
turn();
