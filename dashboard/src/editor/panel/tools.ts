// SPDX-License-Identifier: Apache-2.0
/** The tools above the ground, and what the one in hand does. */
import { h, type Child } from "../../draw/dom";
import { areaM2 } from "../model/measures";
import type { Tool } from "../model/state";
import { isChanged } from "../model/state";
import { button, numberOf, type Desk } from "./parts";

const TOOLS: readonly Tool[] = ["choose", "zones", "links", "emergency_routes", "devices"];

export function tools(desk: Desk): readonly HTMLElement[] {
  const { state, say } = desk;
  const { steps, tool } = state;
  return [
    h(
      "div",
      { class: "editor-row", role: "group", "aria-label": say("controls"), "data-key": "tools" },
      ...TOOLS.map((one) =>
        button("tool", say(`tool.${one}`), {
          value: one,
          "aria-pressed": one === tool ? "true" : "false",
        }),
      ),
      h("span", { class: "editor-gap" }),
      button("undo", say("undo"), { disabled: steps.before.length === 0 }),
      button("redo", say("redo"), { disabled: steps.after.length === 0 }),
    ),
  ];
}

/** Say what the tool in hand does, over the ground: nothing is moved by it while somebody draws. */
export function hint(desk: Desk): readonly HTMLElement[] {
  const { state, say } = desk;
  const { tool, growing } = state;
  const isDrawing = tool !== "choose";
  return [
    h(
      "div",
      { class: "editor-row", "data-key": "hint" },
      h("p", { role: "status" }, say(`hint.${tool}`), ...grown(desk)),
      isChanged(state) && h("span", { class: "badge badge-doubt" }, say("unsaved")),
      isDrawing &&
        tool !== "devices" &&
        button("finish", say("finish"), { disabled: growing.length < 2 }),
      isDrawing && button("cancel", say("cancel"), { class: "plain" }),
    ),
  ];
}

export function zoomButtons({ say }: Desk): readonly HTMLElement[] {
  return [
    button("zoom", "+", { value: 1, "aria-label": say("zoom.in"), title: say("zoom.in") }),
    button("zoom", "−", { value: -1, "aria-label": say("zoom.out"), title: say("zoom.out") }),
    button("home", "⌂", { "aria-label": say("home"), title: say("home") }),
  ];
}

function grown({ state, say, language }: Desk): readonly Child[] {
  const { growing, tool } = state;
  if (growing.length === 0) return [];
  const count = growing.length;
  if (tool !== "zones" || count < 3) return [" ", h("b", {}, say("growing", { count }))];
  const area = numberOf(language, areaM2(growing));
  return [" ", h("b", {}, say("growing.area", { count, area }))];
}
