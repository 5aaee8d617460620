// SPDX-License-Identifier: Apache-2.0
/**
 * A day of a zone's numbers: the line, its 80 % band, and where levels begin. Places across are
 * shares of the width, so that words keep their size on every screen.
 */
import type { Step } from "../model/levels";
import { runsOf, type Point } from "../model/history";
import { hourOf, number } from "../words/format";
import { s } from "./dom";
import type { Look } from "./look";

const HEIGHT = 240;
/** Room for the hours below. */
const FOOT = 22;
const TOP = 20;
const UNITS = 1000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const LABEL_HOURS = 4;
const LINES = 4;

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly full: number;
}

export function chart(
  look: Look,
  points: readonly Point[],
  ahead: readonly Point[],
  undisturbed: readonly Point[],
  steps: readonly Step[],
  told: string,
): SVGElement {
  const now = points.at(-1)?.at ?? 0;
  const to = Math.max(now, ahead.at(-1)?.at ?? 0);
  const most = Math.max(
    1,
    ...[...points, ...ahead].map((one) => one.high),
    ...undisturbed.map((one) => one.people),
  );
  // A level that is far off would press the day flat: the next one above is shown, not all.
  const next = steps.find((one) => one.people > most)?.people ?? 0;
  const scale = { from: now - DAY_MS, to, full: roundUp(Math.max(most, Math.min(next, most * 2))) };
  const shown = steps.filter((one) => one.people <= scale.full);
  return s(
    "svg",
    { class: "chart", role: "img", "aria-label": told, height: HEIGHT + FOOT, width: "100%" },
    ...grid(look, scale),
    s(
      "svg",
      {
        x: 0,
        y: TOP,
        width: "100%",
        height: HEIGHT - TOP,
        viewBox: `0 0 ${UNITS} ${UNITS}`,
        preserveAspectRatio: "none",
      },
      ...shown.map((one) => mark(one, scale)),
      ...runsOf(points).flatMap((run) => drawn(run, scale)),
      ...(ahead.length === 0 ? [] : expected([...points.slice(-1), ...ahead], scale)),
      ...(undisturbed.length === 0 ? [] : [lineOf(undisturbed, scale, " is-undisturbed")]),
    ),
    ...shown.map((one) =>
      s(
        "text",
        { x: "100%", y: place(one.people, scale) - 4, class: "chart-level" },
        `${look.say(`level.${one.level}.letter`)} ${number(look.state.language, one.people)}`,
      ),
    ),
    ...hours(look, scale),
  );
}

/** Return how far across a moment lies, in units of the drawing. */
function across(at: number, scale: Scale): number {
  const share = (at - scale.from) / (scale.to - scale.from);
  return Math.round(Math.min(1, Math.max(0, share)) * UNITS * 10) / 10;
}

/** Return how far down a number lies, in units of the drawing. */
function down(people: number, scale: Scale): number {
  const share = Math.min(1, Math.max(0, people / scale.full));
  return Math.round((1 - share) * UNITS * 10) / 10;
}

/** Return how far down a number lies, in pixels. */
function place(people: number, scale: Scale): number {
  return TOP + (down(people, scale) / UNITS) * (HEIGHT - TOP);
}

function drawn(run: readonly Point[], scale: Scale): readonly SVGElement[] {
  const at = (one: Point, people: number): string =>
    `${across(one.at, scale)} ${down(people, scale)}`;
  const above = run.map((one) => at(one, one.high));
  const below = run.toReversed().map((one) => at(one, one.low));
  const kind = run.every((one) => one.isUncounted) ? " is-uncounted" : "";
  return [
    s("path", { class: `chart-band${kind}`, d: `M${[...above, ...below].join(" L")} Z` }),
    lineOf(run, scale, kind),
  ];
}

function lineOf(run: readonly Point[], scale: Scale, kind: string): SVGElement {
  const places = run.map((one) => `${across(one.at, scale)} ${down(one.people, scale)}`);
  return s("path", {
    class: `chart-line${kind}`,
    d: `M${places.join(" L")}`,
    "vector-effect": "non-scaling-stroke",
  });
}

/** What is expected begins where what was counted ends, at an upright line. */
function expected(run: readonly Point[], scale: Scale): readonly SVGElement[] {
  const x = across(run[0]?.at ?? 0, scale);
  const upright = s("line", {
    class: "chart-now",
    x1: x,
    x2: x,
    y1: 0,
    y2: UNITS,
    "vector-effect": "non-scaling-stroke",
  });
  const shapes = drawn(run, scale);
  for (const one of shapes) one.classList.add("is-expected");
  return [...shapes, upright];
}

function mark(step: Step, scale: Scale): SVGElement {
  const y = down(step.people, scale);
  return s("line", {
    class: `chart-mark chart-${step.level}`,
    x1: 0,
    x2: UNITS,
    y1: y,
    y2: y,
    "vector-effect": "non-scaling-stroke",
  });
}

function grid(look: Look, scale: Scale): readonly SVGElement[] {
  return Array.from({ length: LINES + 1 }, (_, index) => (scale.full * index) / LINES).flatMap(
    (people) => {
      const y = place(people, scale);
      return [
        s("line", { class: "chart-grid", x1: 0, x2: "100%", y1: y, y2: y }),
        s("text", { class: "chart-people", x: 0, y: y - 4 }, number(look.state.language, people)),
      ];
    },
  );
}

function hours(look: Look, scale: Scale): readonly SVGElement[] {
  const labels: SVGElement[] = [];
  const first = Math.ceil(scale.from / HOUR_MS) * HOUR_MS;
  for (let at = first; at <= scale.to; at += HOUR_MS) {
    const hour = hourOf(look.state.language, at, look.zone);
    if (Number(hour) % LABEL_HOURS !== 0) continue;
    const x = across(at, scale) / (UNITS / 100);
    // At the edges a label would be cut.
    if (x < 3 || x > 97) continue;
    labels.push(s("text", { class: "chart-hour", x: `${x}%`, y: HEIGHT + FOOT - 5 }, `${hour}:00`));
  }
  return labels;
}

/** Return a round number that is no smaller, so that the lines of the grid are round as well. */
function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  const found = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].find((one) => one * unit >= value) ?? 10;
  return Math.max(LINES, found * unit);
}
