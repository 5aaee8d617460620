// SPDX-License-Identifier: Apache-2.0
/** What buttons and keys of the map ask for. Pure. */
export type Do =
  | { readonly what: "select"; readonly zone: string | null }
  | { readonly what: "zoom" | "turn" | "next"; readonly by: number }
  | { readonly what: "pan"; readonly x: number; readonly y: number }
  | { readonly what: "tilt"; readonly isTilted: boolean | null }
  | { readonly what: "home" | "play" | "now" | "then" | "beside" | "buildings" | "nothing" };

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const KEYS: Readonly<Record<string, Do>> = {
  "+": { what: "zoom", by: 1 },
  "=": { what: "zoom", by: 1 },
  "-": { what: "zoom", by: -1 },
  ",": { what: "next", by: -1 },
  ".": { what: "next", by: 1 },
  "2": { what: "tilt", isTilted: false },
  "3": { what: "tilt", isTilted: true },
  b: { what: "buildings" },
  l: { what: "now" },
  w: { what: "beside" },
  Home: { what: "home" },
  Escape: { what: "select", zone: null },
};

/** Return what a key asks for; null where it is none of the map's. */
export function keyDo(event: KeyboardEvent): Do | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const arrow = ARROWS[event.key];
  if (arrow !== undefined) {
    const [x, y] = arrow;
    return event.shiftKey && x !== 0 ? { what: "turn", by: x } : { what: "pan", x, y };
  }
  return KEYS[event.key] ?? null;
}

/** Return what an element that was clicked asks for. */
export function doOf(element: HTMLElement): Do {
  const { map, zone, by } = element.dataset;
  if (map === "select") return { what: "select", zone: zone ?? null };
  if (map === "zoom" || map === "turn") return { what: map, by: Number(by) };
  if (map === "tilt") return { what: "tilt", isTilted: null };
  if (map === "home" || map === "play" || map === "now") return { what: map };
  if (map === "then" || map === "beside" || map === "buildings") return { what: map };
  return { what: "nothing" };
}
