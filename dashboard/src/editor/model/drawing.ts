// SPDX-License-Identifier: Apache-2.0
/**
 * What is drawn of a site, as its file has it, and how it is changed. Pure: a change returns
 * another drawing. Keys that are not edited here stay in their tables, and go back as they came.
 */
import type { Position } from "../../map/scene/geometry";

export type Kind = "zones" | "links" | "emergency_routes" | "devices";
export const KINDS: readonly Kind[] = ["zones", "links", "emergency_routes", "devices"];

export interface Counter {
  readonly line?: string;
  readonly zone?: string;
  readonly at_zone?: string;
  readonly at_link?: string;
  readonly in_toward?: string;
  readonly share?: number;
}

/** A table of the file, whichever kind it is of. */
export interface Item {
  readonly id: string;
  readonly name?: string;
  readonly polygon?: readonly Position[];
  readonly path?: readonly Position[];
  readonly position?: Position;
  readonly usable_m2?: number;
  readonly capacity?: number;
  readonly from?: string;
  readonly to?: string;
  readonly length_m?: number;
  readonly width_m?: number;
  readonly height_m?: number;
  readonly bearing_deg?: number;
  readonly technology?: string;
  readonly counters?: readonly Counter[];
}

export interface Drawing {
  readonly name?: string;
  readonly time_zone?: string;
  readonly country?: string;
  readonly zones: readonly Item[];
  readonly links: readonly Item[];
  readonly emergency_routes: readonly Item[];
  readonly devices: readonly Item[];
}

/** Of each kind: what something is called now, by what it was called in the version before. */
export type Renames = Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>>;

export interface Draft {
  readonly drawing: Drawing;
  readonly renames: Renames;
}

export const EMPTY: Drawing = { zones: [], links: [], emergency_routes: [], devices: [] };

/** Return a drawing of which every kind is there, as the file need not have them all. */
export function wholeOf(found: Partial<Drawing>): Draft {
  return { drawing: { ...EMPTY, ...found }, renames: {} };
}

export function itemOf(drawing: Drawing, kind: Kind, id: string): Item | null {
  return drawing[kind].find((one) => one.id === id) ?? null;
}

/** Return the points of a table: corners, a way's points, or the one where a device stands. */
export function pointsOf(item: Item): readonly Position[] {
  return item.polygon ?? item.path ?? (item.position === undefined ? [] : [item.position]);
}

/** Return how few points a kind can have. */
export function leastOf(kind: Kind): number {
  return kind === "zones" ? 3 : kind === "devices" ? 1 : 2;
}

export function withPoints(kind: Kind, item: Item, points: readonly Position[]): Item {
  if (kind === "zones") return { ...item, polygon: points };
  if (kind !== "devices") return { ...item, path: points };
  const [position] = points;
  return position === undefined ? item : { ...item, position };
}

/** Put another table in the place of one. */
export function replaced(draft: Draft, kind: Kind, id: string, item: Item): Draft {
  const items = draft.drawing[kind].map((one) => (one.id === id ? item : one));
  return { ...draft, drawing: { ...draft.drawing, [kind]: items } };
}

export function added(draft: Draft, kind: Kind, item: Item): Draft {
  const items = [...draft.drawing[kind], item];
  return { ...draft, drawing: { ...draft.drawing, [kind]: items } };
}

/** Take something out; what names it is told by the check, and not changed behind one's back. */
export function removed(draft: Draft, kind: Kind, id: string): Draft {
  const items = draft.drawing[kind].filter((one) => one.id !== id);
  return { ...draft, drawing: { ...draft.drawing, [kind]: items } };
}

/** Give something another id, wherever it is named. */
export function renamed(draft: Draft, kind: Kind, id: string, now: string): Draft {
  if (id === now || itemOf(draft.drawing, kind, now) !== null) return draft;
  const item = itemOf(draft.drawing, kind, id);
  if (item === null) return draft;
  const known = { ...draft.renames[kind] };
  const before = Object.keys(known).find((one) => known[one] === id) ?? id;
  known[before] = now;
  if (before === now) delete known[before];
  const moved = replaced(draft, kind, id, { ...item, id: now });
  return {
    drawing: named(moved.drawing, kind, id, now),
    renames: { ...draft.renames, [kind]: known },
  };
}

function named(drawing: Drawing, kind: Kind, id: string, now: string): Drawing {
  if (kind !== "zones" && kind !== "links") return drawing;
  const ends = ["from", "to"] as const;
  const at = kind === "zones" ? (["at_zone", "in_toward"] as const) : (["at_link"] as const);
  const told = <T extends object>(table: T, keys: readonly (keyof T)[]): T => {
    const found = keys.filter((key) => table[key] === id).map((key) => [key, now] as const);
    return found.length === 0 ? table : { ...table, ...Object.fromEntries(found) };
  };
  return {
    ...drawing,
    links: kind === "zones" ? drawing.links.map((one) => told(one, ends)) : drawing.links,
    devices: drawing.devices.map((one) =>
      one.counters === undefined
        ? one
        : { ...one, counters: one.counters.map((counter) => told(counter, at)) },
    ),
  };
}

/** Return a table without the keys that are empty: in a file, what is not said is left out. */
export function without(item: Item, key: keyof Item): Item {
  const { [key]: _, ...rest } = item;
  return rest as Item;
}

/** Return an id that nothing of a kind has, such as zone-3. */
export function freeId(drawing: Drawing, kind: Kind): string {
  const stem = { zones: "zone", links: "link", emergency_routes: "route", devices: "box" }[kind];
  const ids = new Set(drawing[kind].map((one) => one.id));
  let number = drawing[kind].length + 1;
  while (ids.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

/** All positions of a drawing. */
export function allPoints(drawing: Drawing): readonly Position[] {
  return KINDS.flatMap((kind) => drawing[kind].flatMap(pointsOf));
}
