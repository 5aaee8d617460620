// SPDX-License-Identifier: Apache-2.0
/**
 * A zone's time line as a drawing: what was shown with its band, what was true, the levels below,
 * and alarms. Places across are shares of the width, so that words keep their size.
 */
import type { PastMomentView, ZoneDebriefView } from "../../api/types";
import { s } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { hourOf, number } from "../../words/format";

const HEIGHT = 180;
const TOP = 16;
const STRIP = 18;
const FOOT = 20;
const UNITS = 1000;
const HOUR_MS = 3_600_000;
const LABELS_MAX = 12;
const LETTER_SHARE = 3;

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly full: number;
}

type Drawn = Pick<ZoneDebriefView, "moments" | "thresholds" | "alarms">;

/** Draw it. `isBare`: without levels and alarms below. */
export function timeline(look: Look, zone: Drawn, told: string, isBare = false): SVGElement {
  const times = zone.moments.map((one) => Date.parse(one.at));
  const most = Math.max(
    1,
    ...zone.moments.flatMap((one) => [one.truth ?? 0, one.shown?.high_80 ?? 0]),
  );
  const scale = { from: times[0] ?? 0, to: times.at(-1) ?? 1, full: most * 1.08 };
  const marks = zone.thresholds.filter((one) => one.people <= scale.full);
  const below = HEIGHT + 4;
  const strips = isBare ? 0 : 3 * STRIP;
  return s(
    "svg",
    {
      class: "chart timeline",
      role: "img",
      "aria-label": told,
      height: below + strips + FOOT,
      width: "100%",
    },
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
      ...marks.map((one) => across(`chart-mark chart-${one.level}`, one.people, scale)),
      ...bands(zone.moments, scale),
      line("chart-line", zone.moments, scale, (one) => one.shown?.people ?? null),
      line("chart-line is-true", zone.moments, scale, (one) => one.truth),
    ),
    ...marks.map((one) =>
      s(
        "text",
        { x: "100%", y: down(one.people, scale) - 4, class: "chart-level" },
        `${look.say(`level.${one.level}.letter`)} ${number(look.state.language, one.people)}`,
      ),
    ),
    ...(isBare ? [] : levels(look, zone, scale, below)),
    ...hours(look, scale, below + strips + FOOT - 5),
  );
}

function levels(look: Look, zone: Drawn, scale: Scale, y: number): readonly SVGElement[] {
  return [
    ...alarms(zone, scale, y),
    ...strip(look, zone.moments, scale, y + STRIP, (one) => one.proposed),
    ...strip(look, zone.moments, scale, y + 2 * STRIP, (one) => one.declared),
  ];
}

function share(at: number, scale: Scale): number {
  const found = (at - scale.from) / Math.max(1, scale.to - scale.from);
  return Math.round(Math.min(1, Math.max(0, found)) * 10_000) / 100;
}

function units(people: number, scale: Scale): number {
  return Math.round((1 - Math.min(1, Math.max(0, people / scale.full))) * UNITS);
}

function down(people: number, scale: Scale): number {
  return TOP + (units(people, scale) / UNITS) * (HEIGHT - TOP);
}

function across(kind: string, people: number, scale: Scale): SVGElement {
  const y = units(people, scale);
  const ends = { x1: 0, x2: UNITS, y1: y, y2: y };
  return s("line", { class: kind, ...ends, "vector-effect": "non-scaling-stroke" });
}

function place(one: PastMomentView, people: number, scale: Scale): string {
  return `${share(Date.parse(one.at), scale) * 10} ${units(people, scale)}`;
}

/** Draw the band in runs: apart where nothing was shown between. */
function bands(moments: readonly PastMomentView[], scale: Scale): readonly SVGElement[] {
  return runs(moments, (one) => one.shown?.people ?? null).map((run) => {
    const above = run.map((one) => place(one, one.shown?.high_80 ?? 0, scale));
    const under = run.toReversed().map((one) => place(one, one.shown?.low_80 ?? 0, scale));
    return s("path", { class: "chart-band", d: `M${[...above, ...under].join(" L")} Z` });
  });
}

type Read = (one: PastMomentView) => number | null;

function line(
  kind: string,
  moments: readonly PastMomentView[],
  scale: Scale,
  pick: Read,
): SVGElement {
  const parts = runs(moments, pick).map(
    (run) => `M${run.map((one) => place(one, pick(one) ?? 0, scale)).join(" L")}`,
  );
  return s("path", { class: kind, d: parts.join(" "), "vector-effect": "non-scaling-stroke" });
}

function runs(
  moments: readonly PastMomentView[],
  pick: Read,
): readonly (readonly PastMomentView[])[] {
  const found: PastMomentView[][] = [];
  let run: PastMomentView[] | null = null;
  for (const one of moments) {
    if (pick(one) === null) run = null;
    else if (run === null) found.push((run = [one]));
    else run.push(one);
  }
  return found;
}

/** Draw a level as it stood: bars with their letters, and nothing while it was green. */
function strip(
  look: Look,
  moments: readonly PastMomentView[],
  scale: Scale,
  y: number,
  pick: (one: PastMomentView) => string,
): readonly SVGElement[] {
  const shapes: SVGElement[] = [
    s("rect", { class: "strip-ground", x: 0, y, width: "100%", height: STRIP - 3 }),
  ];
  let first = 0;
  for (let at = 1; at <= moments.length; at += 1) {
    const level = pick(moments[first] as PastMomentView);
    const next = moments[at];
    if (next !== undefined && pick(next) === level) continue;
    const from = share(Date.parse((moments[first] as PastMomentView).at), scale);
    const to = next === undefined ? 100 : share(Date.parse(next.at), scale);
    first = at;
    if (level === "green" || to <= from) continue;
    const size = { x: `${from}%`, y, width: `${to - from}%`, height: STRIP - 3 };
    shapes.push(s("rect", { class: `strip-level at-${level}`, ...size }));
    if (to - from < LETTER_SHARE) continue;
    const letter = look.say(`level.${level as "yellow"}.letter`);
    const middle = { x: `${(from + to) / 2}%`, y: y + STRIP - 7 };
    shapes.push(s("text", { class: `strip-letter at-${level}`, ...middle }, letter));
  }
  return shapes;
}

function alarms(zone: Drawn, scale: Scale, y: number): readonly SVGElement[] {
  return zone.alarms.map((one) =>
    s(
      "svg",
      { x: `${share(Date.parse(one.raised), scale)}%`, y, overflow: "visible" },
      s("path", { class: "timeline-alarm", d: "M0 1 L6 13 L-6 13 Z" }),
    ),
  );
}

function hours(look: Look, scale: Scale, y: number): readonly SVGElement[] {
  const labels: SVGElement[] = [];
  const count = (scale.to - scale.from) / HOUR_MS;
  const every = Math.max(1, Math.ceil(count / LABELS_MAX)) * HOUR_MS;
  for (let at = Math.ceil(scale.from / HOUR_MS) * HOUR_MS; at <= scale.to; at += every) {
    const x = share(at, scale);
    // At the edges a label would be cut.
    if (x < 3 || x > 97) continue;
    const hour = hourOf(look.state.language, at, look.zone);
    labels.push(s("text", { class: "chart-hour", x: `${x}%`, y }, `${hour}:00`));
  }
  return labels;
}
