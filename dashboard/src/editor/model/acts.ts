// SPDX-License-Identifier: Apache-2.0
/** What is drawn, put, moved and taken out. Pure: each returns the state after it. */
import { Plane, type Position } from "../../map/scene/geometry";
import {
  added,
  freeId,
  itemOf,
  leastOf,
  pointsOf,
  removed,
  replaced,
  withPoints,
  without,
  type Draft,
  type Item,
  type Kind,
} from "./drawing";
import { stepped } from "./history";
import type { EditorState } from "./state";
import { nudged, rounded } from "./snapping";

const NEW_SIDE_M = 20;

/** What is chosen, and its table. */
interface Found {
  readonly kind: Kind;
  readonly item: Item;
}

function chosenOf({ chosen, steps }: EditorState): Found | null {
  const item = chosen === null ? null : itemOf(steps.now.drawing, chosen.kind, chosen.id);
  return chosen === null || item === null ? null : { kind: chosen.kind, item };
}

/** Have another table in the place of the one that is chosen. */
function withItem(state: EditorState, { kind, item }: Found, next: Item, what = ""): EditorState {
  return withDraft(state, replaced(state.steps.now, kind, item.id, next), what);
}

/** Put another draft in the place of the one now; a later step of the same name goes on with it. */
export function withDraft(state: EditorState, draft: Draft, what = ""): EditorState {
  return { ...state, steps: stepped(state.steps, draft, what), refusal: null };
}

/** Put something new: of points that were clicked, or of its usual form around a middle. */
export function withNew(state: EditorState, kind: Kind, points: readonly Position[]): EditorState {
  const { drawing } = state.steps.now;
  const id = freeId(drawing, kind);
  const item: Item =
    kind === "links" ? linkOf(drawing.zones, id, points) : withPoints(kind, { id }, points);
  const made = withDraft(state, added(state.steps.now, kind, item));
  return { ...made, chosen: { kind, id }, point: null, tool: "choose", growing: [], cursor: null };
}

/** Return the usual form of something new around a middle. */
export function usualForm(kind: Kind, middle: Position): readonly Position[] {
  const half = NEW_SIDE_M / 2;
  const at = (east: number, north: number): Position => nudged(middle, east, north);
  if (kind === "zones") return [at(-half, -half), at(half, -half), at(half, half), at(-half, half)];
  return kind === "devices" ? [rounded(middle)] : [at(-half, 0), at(half, 0)];
}

/** A link leads from the zone in which its way begins to the one in which it ends. */
function linkOf(zones: readonly Item[], id: string, points: readonly Position[]): Item {
  const at = (point: Position | undefined): string | undefined =>
    point === undefined
      ? undefined
      : zones.find((one) => isInside(one.polygon ?? [], point))?.id;
  const [from, to] = [at(points[0]), at(points.at(-1))];
  return {
    id,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined || to === from ? {} : { to }),
    path: points,
  };
}

/** Say whether a position lies inside a ring, its border included as far as a metre. */
export function isInside(ring: readonly Position[], at: Position): boolean {
  const plane = new Plane(at);
  const found = ring.map((one) => plane.metres(one));
  let isIn = false;
  found.forEach(([ax, ay], index) => {
    const [bx, by] = found[(index + 1) % found.length] ?? [ax, ay];
    if (ay > 0 !== by > 0 && ax - (ay / (by - ay)) * (bx - ax) > 0) isIn = !isIn;
  });
  return isIn;
}

/** Move a point of what is chosen. */
export function withPointAt(
  state: EditorState,
  index: number,
  at: Position,
  what: string,
): EditorState {
  const found = chosenOf(state);
  if (found === null) return state;
  const points = pointsOf(found.item).map((one, each) => (each === index ? at : one));
  const next = withPoints(found.kind, found.item, points);
  return { ...withItem(state, found, next, what), point: index };
}

/** Put a point after another one of what is chosen. */
export function withPointAfter(
  state: EditorState,
  index: number,
  at: Position | null,
): EditorState {
  const found = chosenOf(state);
  if (found === null || found.kind === "devices") return state;
  const points = pointsOf(found.item);
  const last = found.kind === "zones" ? points[0] : points[index];
  const [one, next] = [points[index], points[index + 1] ?? last];
  if (one === undefined || next === undefined) return state;
  const put = at ?? rounded([(one[0] + next[0]) / 2, (one[1] + next[1]) / 2]);
  const all = [...points.slice(0, index + 1), put, ...points.slice(index + 1)];
  const item = withPoints(found.kind, found.item, all);
  return { ...withItem(state, found, item), point: index + 1 };
}

/** Take a point out of what is chosen, where enough of them are left. */
export function withoutPoint(state: EditorState, index: number): EditorState {
  const found = chosenOf(state);
  if (found === null) return state;
  const points = pointsOf(found.item);
  if (points.length <= leastOf(found.kind)) return state;
  const left = points.filter((_, each) => each !== index);
  const item = withPoints(found.kind, found.item, left);
  return { ...withItem(state, found, item), point: null };
}

/** Move a point of what is chosen, or all of it, so many metres. */
export function withNudge(state: EditorState, east: number, north: number): EditorState {
  const found = chosenOf(state);
  if (found === null) return state;
  const { point } = state;
  const { kind, item } = found;
  const points = pointsOf(item).map((one, index) =>
    point === null || index === point ? nudged(one, east, north) : one,
  );
  if (points.length === 0) return state;
  const next = withPoints(kind, item, points);
  return withItem(state, found, next, `nudge ${kind} ${item.id} ${point ?? ""}`);
}

/** Take what is chosen out. */
export function withoutChosen(state: EditorState): EditorState {
  const { chosen } = state;
  if (chosen === null) return state;
  const draft = removed(state.steps.now, chosen.kind, chosen.id);
  return { ...withDraft(state, draft), chosen: null, point: null };
}

/** Have a link go straight from zone to zone. */
export function straightened(state: EditorState): EditorState {
  const found = chosenOf(state);
  if (found === null) return state;
  return withItem(state, found, without(found.item, "path"));
}

/** Give what is chosen a counter more, or take one away. */
export function withCounters(state: EditorState, but: number | null): EditorState {
  const found = chosenOf(state);
  if (found === null) return state;
  const had = found.item.counters ?? [];
  const zone = state.steps.now.drawing.zones[0]?.id ?? "";
  const counters =
    but === null
      ? [...had, { zone: `zone-${had.length + 1}`, at_zone: zone }]
      : had.filter((_, index) => index !== but);
  return withItem(state, found, { ...found.item, counters });
}
