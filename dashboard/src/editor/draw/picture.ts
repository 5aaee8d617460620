// SPDX-License-Identifier: Apache-2.0
/** A drawing as a picture: our own ground, and on it zones, ways, devices and what is chosen. */
import { s } from "../../draw/dom";
import { AREAS, drawingOf, type Drawing as Ground } from "../../map/draw/ground";
import { centreOf, type Plane, type Position } from "../../map/scene/geometry";
import { foreign } from "../../words/words";
import { itemOf, pointsOf, type Drawing, type Item } from "../model/drawing";
import type { EditorState } from "../model/state";
import { spotOf, type View } from "./view";

const HANDLE_PX = 7;
const BETWEEN_PX = 5;
const DEVICE_PX = 6;
const LETTERS_PX = 13;
/** From how many metres a pixel on names would lie over each other. */
const NAMED_SCALE_MAX = 2.5;

/** What of a site's ground never changes while it is drawn on. */
export function groundOf(points: readonly Position[], plane: Plane): readonly SVGElement[] {
  const ground = points.length === 0 ? null : drawingOf(points);
  return ground === null ? [] : [...areasOf(ground, plane), ...streetsOf(ground, plane)];
}

function areasOf({ ground }: Ground, plane: Plane): readonly SVGElement[] {
  return AREAS.flatMap(([kind, token]) =>
    ground.features
      .filter((one) => one.properties?.["kind"] === kind && one.geometry.type === "Polygon")
      .map(({ geometry }) => {
        const rings = geometry.type === "Polygon" ? geometry.coordinates : [];
        const d = rings.map((ring) => `M${textOf(ring as unknown as Position[], plane)}Z`).join("");
        return s("path", { class: `ground ground-${token}`, d });
      }),
  );
}

function streetsOf({ ground }: Ground, plane: Plane): readonly SVGElement[] {
  return ground.features.flatMap(({ geometry, properties }) =>
    geometry.type === "LineString" && ["street", "tram"].includes(String(properties?.["kind"]))
      ? [
          s("path", {
            class: "ground-street",
            d: `M${textOf(geometry.coordinates as unknown as Position[], plane)}`,
          }),
        ]
      : [],
  );
}

/** Return all that is drawn of a site, in the order in which it lies. */
export function pictureOf(state: EditorState, view: View): readonly SVGElement[] {
  const { drawing } = state.steps.now;
  const wrong = new Set(
    (state.check?.mistakes ?? []).map((one) => `${one.kind} ${one.id}`),
  );
  const classOf = (kind: string, item: Item): string => {
    const isChosen = state.chosen?.kind === kind && state.chosen.id === item.id;
    const isWrong = wrong.has(`${kind} ${item.id}`);
    return `${isChosen ? " is-chosen" : ""}${isWrong ? " is-wrong" : ""}`;
  };
  const { plane } = view;
  const of = (kind: string, item: Item): Record<string, string> => ({
    "data-kind": kind,
    "data-id": item.id,
    "data-key": `${kind} ${item.id}`,
  });
  return [
    ...drawing.zones.map((one) =>
      s("path", {
        ...of("zones", one),
        class: `drawn drawn-zone${classOf("zones", one)}`,
        d: pathOf(one.polygon ?? [], plane, true),
      }),
    ),
    ...drawing.emergency_routes.map((one) =>
      s("path", {
        ...of("emergency_routes", one),
        class: `drawn drawn-route${classOf("emergency_routes", one)}`,
        d: pathOf(one.path ?? [], plane, false),
      }),
    ),
    ...drawing.links.map((one) =>
      s("path", {
        ...of("links", one),
        class: `drawn drawn-link${classOf("links", one)}`,
        d: pathOf(wayOf(drawing, one), plane, false),
      }),
    ),
    ...drawing.devices.flatMap((one) => {
      if (one.position === undefined) return [];
      const [cx, cy] = spotOf(plane, one.position);
      const className = `drawn drawn-device${classOf("devices", one)}`;
      return [
        s("circle", { ...of("devices", one), class: className, cx, cy, r: DEVICE_PX * view.scale }),
      ];
    }),
    ...(view.scale > NAMED_SCALE_MAX ? [] : namesOf(drawing, view)),
    ...chosenOf(state, view),
    ...growingOf(state, view),
  ];
}

/** Return the way of a link: as it is drawn, or straight from zone to zone. */
export function wayOf(drawing: Drawing, link: Item): readonly Position[] {
  if (link.path !== undefined) return link.path;
  return [link.from, link.to].flatMap((id) => {
    const ring = id === undefined ? [] : (itemOf(drawing, "zones", id)?.polygon ?? []);
    return ring.length > 2 ? [centreOf(ring)] : [];
  });
}

function namesOf(drawing: Drawing, view: View): readonly SVGElement[] {
  return drawing.zones.flatMap((one) => {
    if ((one.polygon ?? []).length < 3) return [];
    const [x, y] = spotOf(view.plane, centreOf(one.polygon ?? []));
    const size = LETTERS_PX * view.scale;
    const attributes = { class: "drawn-name", x, y, "font-size": size.toFixed(3) };
    return [s("text", attributes, foreign(one.name ?? one.id))];
  });
}

/** Return the points of what is chosen, to be dragged, and between them where one can be put. */
function chosenOf(state: EditorState, view: View): readonly SVGElement[] {
  const { chosen } = state;
  const item = chosen === null ? null : itemOf(state.steps.now.drawing, chosen.kind, chosen.id);
  if (chosen === null || item === null || state.tool !== "choose") return [];
  const points = pointsOf(item);
  const isClosed = chosen.kind === "zones";
  const between = points.flatMap((one, index) => {
    const next = points[index + 1] ?? (isClosed ? points[0] : undefined);
    if (next === undefined || chosen.kind === "devices") return [];
    const [cx, cy] = spotOf(view.plane, [(one[0] + next[0]) / 2, (one[1] + next[1]) / 2]);
    const r = BETWEEN_PX * view.scale;
    return [s("circle", { class: "handle handle-between", "data-between": index, cx, cy, r })];
  });
  return [
    ...between,
    ...points.map((one, index) => {
      const [cx, cy] = spotOf(view.plane, one);
      const r = HANDLE_PX * view.scale;
      const className = index === state.point ? "handle is-chosen" : "handle";
      return s("circle", { class: className, "data-point": index, cx, cy, r });
    }),
  ];
}

function growingOf({ growing, cursor, tool }: EditorState, view: View): readonly SVGElement[] {
  if (tool === "choose") return [];
  const all = cursor === null ? growing : [...growing, cursor];
  const shown = [s("path", { class: "growing", d: pathOf(all, view.plane, false) })];
  growing.forEach((one, index) => {
    const [cx, cy] = spotOf(view.plane, one);
    const r = HANDLE_PX * view.scale;
    shown.push(s("circle", { class: "handle", "data-growing": index, cx, cy, r }));
  });
  if (cursor !== null) {
    const [x, y] = spotOf(view.plane, cursor);
    const arm = 2 * HANDLE_PX * view.scale;
    const d = `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;
    shown.push(s("path", { class: "cursor", d }));
  }
  return shown;
}

function pathOf(points: readonly Position[], plane: Plane, isClosed: boolean): string {
  return points.length === 0 ? "" : `M${textOf(points, plane)}${isClosed ? "Z" : ""}`;
}

function textOf(points: readonly Position[], plane: Plane): string {
  return points
    .map((one) => spotOf(plane, one).map((each) => each.toFixed(3)).join(" "))
    .join("L");
}
