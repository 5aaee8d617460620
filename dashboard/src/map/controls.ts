// SPDX-License-Identifier: Apache-2.0
/** The buttons over the map. */
import { h } from "../draw/dom";
import type { Look } from "../draw/look";
import { tell, type MapKey } from "./words/words";

/** What the buttons tell of. `buildings`: whether they are shown; null where there are none. */
interface Told {
  readonly isTilted: boolean;
  readonly buildings: boolean | null;
}

export function controls(look: Look, stage: Told | null): readonly HTMLElement[] {
  const { isTilted, buildings } = stage ?? { isTilted: true, buildings: null };
  const button = (what: string, key: MapKey, sign: string, by = 0): HTMLElement =>
    h(
      "button",
      {
        type: "button",
        class: "map-button",
        "data-map": what,
        "data-by": by,
        "aria-label": tell(look.state.language, key),
        title: tell(look.state.language, key),
      },
      sign,
    );
  return [
    button("zoom", "zoom.in", "+", 1),
    button("zoom", "zoom.out", "−", -1),
    button("turn", "turn.left", "↺", -1),
    button("turn", "turn.right", "↻", 1),
    button("home", "home", "⌂"),
    h(
      "button",
      { type: "button", class: "map-button map-tilt", "data-map": "tilt" },
      tell(look.state.language, isTilted ? "tilt.flat" : "tilt.tilted"),
    ),
    ...(buildings === null ? [] : [toggle(look, buildings)]),
  ];
}

function toggle(look: Look, isShown: boolean): HTMLElement {
  const attributes = { type: "button", class: "map-button map-tilt", "data-map": "buildings" };
  const pressed = { "aria-pressed": String(isShown) };
  return h("button", { ...attributes, ...pressed }, tell(look.state.language, "buildings"));
}
