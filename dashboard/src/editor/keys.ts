// SPDX-License-Identifier: Apache-2.0
/** What keys ask for: on the ground, in the numbers, and everywhere in the editor. Pure. */
import type { Tool } from "./model/state";

export interface Asked {
  readonly what: string;
  readonly of: string;
}

const STEP_M = 0.5;
const LONG_STEP_M = 5;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
const ON_THE_GROUND: Readonly<Record<string, Asked>> = {
  "+": { what: "zoom", of: "1" },
  "=": { what: "zoom", of: "1" },
  "-": { what: "zoom", of: "-1" },
  Home: { what: "home", of: "" },
  Delete: { what: "delete-point", of: "" },
  Backspace: { what: "delete-point", of: "" },
};

/** Return what a key asks for where it was pressed; null where it is none of the editor's. */
export function askedBy(event: KeyboardEvent, tool: Tool): Asked | null {
  const target = event.target instanceof HTMLElement ? event.target : null;
  const isText = target?.matches("input[type=text], select") === true;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !isText) {
    if (key === "z") return { what: event.shiftKey ? "redo" : "undo", of: "" };
    return key === "y" ? { what: "redo", of: "" } : null;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const axis = target?.dataset["field"]?.split(" ")[2];
  if (target instanceof HTMLInputElement && (axis === "lon" || axis === "lat")) {
    return inNumber(event, axis);
  }
  if (event.key === "Escape") return { what: tool === "choose" ? "leave" : "cancel", of: "" };
  if (event.target instanceof SVGElement) return onGround(event, tool);
  return null;
}

function inNumber(event: KeyboardEvent, axis: "lon" | "lat"): Asked | null {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return null;
  const step = (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? LONG_STEP_M : STEP_M);
  return { what: "nudge", of: axis === "lon" ? `${step} 0` : `0 ${step}` };
}

function onGround(event: KeyboardEvent, tool: Tool): Asked | null {
  const arrow = ARROWS[event.key];
  if (arrow !== undefined) {
    const step = event.shiftKey ? LONG_STEP_M : STEP_M;
    return { what: "nudge", of: `${arrow[0] * step} ${arrow[1] * step}` };
  }
  if (tool !== "choose" && event.key === " ") return { what: "put", of: "" };
  if (tool !== "choose" && event.key === "Enter") return { what: "finish", of: "" };
  return ON_THE_GROUND[event.key] ?? null;
}

/** Return metres east and north, as a nudge says them. */
export function stepOf(of: string): readonly [number, number] {
  const [east = "0", north = "0"] = of.split(" ");
  return [Number(east), Number(north)];
}
