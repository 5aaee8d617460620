// SPDX-License-Identifier: Apache-2.0
/** What is chosen, as numbers and words: whatever a mouse can do, this can. */
import { h, type Child } from "../../draw/dom";
import type { Position } from "../../map/scene/geometry";
import { foreign } from "../../words/words";
import { itemOf, leastOf, pointsOf, type Item, type Kind } from "../model/drawing";
import { areaM2, lengthM } from "../model/measures";
import { counters } from "./counters";
import { button, choice, field, nameOf, numberOf, part, type Desk } from "./parts";

/** People a usable m2 that a zone holds where its file does not say (site_file/build.py). */
const DENSITY = 3.57;
const WIDTHS: Readonly<Partial<Record<Kind, number>>> = { links: 5, emergency_routes: 3.5 };

/** Return the form of what is chosen; nothing where nothing is. */
export function form(desk: Desk): HTMLElement | false {
  const { state, say } = desk;
  const { chosen } = state;
  const item = chosen === null ? null : itemOf(state.steps.now.drawing, chosen.kind, chosen.id);
  if (chosen === null || item === null) return false;
  const { kind } = chosen;
  return part(
    "form",
    nameOf(say, kind, item.id),
    h("p", {}, button("leave", say("back"), { class: "plain" })),
    field("id", say("field.id"), item.id, { help: say("field.id.help"), maxlength: 32 }),
    (kind === "zones" || kind === "emergency_routes") &&
      field("name", say("field.name"), item.name, { placeholder: item.id }),
    ...own(desk, kind, item),
    ...points(desk, kind, item),
    ...(kind === "devices" ? counters(desk, item) : []),
    h("p", {}, button("delete", say("delete", { id: foreign(item.id) }), { class: "act danger" })),
  );
}

function own(desk: Desk, kind: Kind, item: Item): readonly Child[] {
  const { say, language } = desk;
  const number = (name: keyof Item & string, usual: number | null): HTMLElement => {
    const words = say(`field.${name}` as "field.capacity");
    const value = usual === null ? "" : numberOf(language, usual, usual % 1 === 0 ? 0 : 1);
    const help = usual === null || item[name] !== undefined ? "" : say("usual", { value });
    return field(name, words, item[name] as number | undefined, { type: "number", min: 0, help });
  };
  if (kind === "zones") {
    const area = areaM2(item.polygon ?? []);
    const usable = item.usable_m2 ?? area;
    return [
      h(
        "p",
        { class: "editor-area", "data-area": Math.round(area) },
        say("area", { area: numberOf(language, area) }),
      ),
      number("usable_m2", Math.round(area)),
      number("capacity", Math.max(1, Math.round(usable * DENSITY))),
      "thresholds" in item && h("p", { class: "quiet" }, say("kept.thresholds")),
    ];
  }
  if (kind === "devices") {
    const kinds = ["", "camera", "thermal", "radar", "beam"] as const;
    return [
      number("height_m", null),
      number("bearing_deg", null),
      choice(
        "technology",
        say("field.technology"),
        item.technology ?? "",
        kinds.map((one) => [one, say(`technology.${one}`)]),
      ),
    ];
  }
  const long = lengthM(pointsOf(item));
  return [
    ...(kind === "links" ? ends(desk, item) : []),
    long > 0 &&
      h("p", { class: "editor-area" }, say("length", { length: numberOf(language, long, 1) })),
    kind === "links" && number("length_m", long > 0 ? Math.round(long * 10) / 10 : null),
    number("width_m", WIDTHS[kind] ?? null),
  ];
}

function ends({ state, say }: Desk, item: Item): readonly HTMLElement[] {
  const zones = state.steps.now.drawing.zones.map(
    (one) => [one.id, foreign(one.name ?? one.id)] as const,
  );
  const all = [["", say("outside")] as const, ...zones];
  return [
    choice("from", say("field.from"), item.from ?? "", all),
    choice("to", say("field.to"), item.to ?? "", all),
  ];
}

function points(desk: Desk, kind: Kind, item: Item): readonly Child[] {
  const { say, state } = desk;
  const found = pointsOf(item);
  if (found.length === 0) {
    if (kind === "devices") return [h("p", {}, button("place", say("place.here")))];
    return [h("p", {}, say("path.straight"), " ", button("path", say("path.draw")))];
  }
  const canGo = found.length > leastOf(kind);
  const row = ([x, y]: Position, index: number): HTMLElement => {
    const number = index + 1;
    const coordinate = (axis: "lon" | "lat", value: number): HTMLElement =>
      h("input", {
        type: "number",
        step: "any",
        id: `edit-${axis}-${index}`,
        "data-field": `point ${index} ${axis}`,
        "aria-label": say(`point.${axis}`, { number }),
        value,
      });
    return h(
      "li",
      { "data-key": `point ${index}`, class: state.point === index ? "is-chosen" : null },
      h("span", { class: "editor-number", "aria-hidden": "true" }, String(number)),
      coordinate("lon", x),
      coordinate("lat", y),
      kind !== "devices" &&
        button("insert", "+", {
          value: index,
          "aria-label": say("point.insert", { number }),
          title: say("point.insert", { number }),
        }),
      kind !== "devices" &&
        button("drop", "−", {
          value: index,
          disabled: !canGo,
          "aria-label": say("point.delete", { number }),
          title: say("point.delete", { number }),
        }),
    );
  };
  return [
    h("h3", {}, say("points")),
    h("p", { class: "quiet" }, say("points.help")),
    h("ol", { class: "editor-points" }, ...found.map(row)),
    kind === "links" &&
      item.from !== undefined &&
      item.to !== undefined &&
      h("p", {}, button("straight", say("path.drop"), { class: "plain" })),
  ];
}
