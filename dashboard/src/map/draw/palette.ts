// SPDX-License-Identifier: Apache-2.0
/** The colours of the map, of the style sheet: by day, by night, and with more contrast. */
import type { Level } from "../../model/levels";

export type Rgb = readonly [number, number, number];
export type Rgba = readonly [number, number, number, number];

const TOKENS = [
  "map-land",
  "map-sea",
  "map-beach",
  "map-boulevard",
  "map-dune",
  "map-park",
  "map-block",
  "map-street",
  "map-mole",
  "map-edge",
  "map-place",
  "map-stroke",
  "map-flow",
  "map-route",
  "map-fine",
  "map-broken",
  "map-doubt",
  "map-select",
  "green",
  "yellow",
  "orange",
  "red",
  "none",
  "ink",
  "card",
] as const;
export type Token = (typeof TOKENS)[number];
export type Palette = Readonly<Record<Token, Rgb>>;

/** Read the colours as they hold where an element stands. */
export function paletteOf(place: HTMLElement): Palette {
  const probe = document.createElement("i");
  place.append(probe);
  // A colour in a style sheet may be two, by day and by night: a browser says which it took.
  const read = (token: Token): Rgb => {
    probe.className = `probe probe-${token}`;
    const parts = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [];
    return [Number(parts[0] ?? 0), Number(parts[1] ?? 0), Number(parts[2] ?? 0)];
  };
  const found = Object.fromEntries(TOKENS.map((token) => [token, read(token)]));
  probe.remove();
  return found as unknown as Palette;
}

export function levelColour(palette: Palette, level: Level | null): Rgb {
  return palette[level ?? "none"];
}

/** Mix two colours; share: how much of the second. */
export function mixed(one: Rgb, other: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2): number =>
    Math.round(one[index] + (other[index] - one[index]) * share);
  return [at(0), at(1), at(2)];
}

export function withAlpha([r, g, b]: Rgb, alpha: number): [number, number, number, number] {
  return [r, g, b, alpha];
}

export function cssOf([r, g, b]: Rgb): string {
  return `rgb(${r}, ${g}, ${b})`;
}
