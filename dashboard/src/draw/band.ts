// SPDX-License-Identifier: Apache-2.0
/** The interval of a number as a band, on a scale from nobody to what the zone holds. */
import type { ZoneRow } from "../model/zones";
import { s } from "./dom";
import type { Look } from "./look";

/** Room after the high end, so that an end is seen to be one. */
const BEYOND = 1.04;

export function band(look: Look, row: ZoneRow): SVGElement {
  const { people, low_80, high_80, low_95, high_95 } = row.numbers;
  const last = row.steps.at(-1)?.people ?? 0;
  const full = Math.max(row.capacity ?? 0, last, high_95, 1) * BEYOND;
  const at = (value: number): number =>
    Math.round((Math.min(full, Math.max(0, value)) / full) * 1000) / 10;
  const span = (low: number, high: number, y: number, height: number, name: string): SVGElement =>
    s("rect", {
      x: `${at(low)}%`,
      width: `${Math.max(0.6, at(high) - at(low))}%`,
      y,
      height,
      rx: 3,
      class: name,
    });
  const marks = row.steps.flatMap((step) => [
    s("line", {
      x1: `${at(step.people)}%`,
      x2: `${at(step.people)}%`,
      y1: 2,
      y2: 18,
      class: `mark mark-${step.level}`,
    }),
    s(
      "text",
      { x: `${at(step.people)}%`, y: 28, class: "mark-letter" },
      look.say(`level.${step.level}.letter`),
    ),
  ]);
  return s(
    "svg",
    { class: "band", "aria-hidden": "true", height: 30 },
    s("rect", { x: 0, y: 7, width: "100%", height: 6, rx: 3, class: "track" }),
    span(low_95, high_95, 5, 10, "band-95"),
    span(low_80, high_80, 4, 12, "band-80"),
    ...marks,
    s("line", { x1: `${at(people)}%`, x2: `${at(people)}%`, y1: 1, y2: 19, class: "middle" }),
  );
}
