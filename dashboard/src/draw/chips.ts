// SPDX-License-Identifier: Apache-2.0
/** Small signs: a level, a trend, a badge. None says anything by its colour alone. */
import { LEVELS, rankOf, type Level } from "../model/levels";
import type { Trend, ZoneRow } from "../model/zones";
import { number } from "../words/format";
import type { Key } from "../words/words";
import { h, s } from "./dom";
import type { Look } from "./look";

/** Bars that are filled as far as the level is bad: readable without colour and without words. */
function bars(level: Level | null): SVGElement {
  const rank = rankOf(level);
  const rects = LEVELS.map((_, index) =>
    s("rect", {
      x: index * 5,
      y: 12 - (index + 1) * 3,
      width: 4,
      height: (index + 1) * 3,
      class: index <= rank ? "bar-on" : "bar-off",
    }),
  );
  return s("svg", { class: "bars", viewBox: "0 0 19 12", "aria-hidden": "true" }, ...rects);
}

export function levelChip(look: Look, level: Level | null): HTMLElement {
  if (level === null) return h("span", { class: "level level-none" }, look.say("level.none"));
  return h(
    "span",
    { class: `level level-${level}` },
    bars(level),
    h("b", { class: "letter" }, look.say(`level.${level}.letter`)),
    h("span", { class: "word" }, look.say(`level.${level}`)),
  );
}

export function upToChip(look: Look, row: ZoneRow): HTMLElement | null {
  if (row.upTo === null) return null;
  const level = look.say(`level.${row.upTo}`);
  return h("span", { class: `upto upto-${row.upTo}` }, look.say("level.upto", { level }));
}

const ARROWS: Readonly<Record<Trend, string>> = {
  rising: "M2 10 L8 3 L14 10 M8 3 V14",
  steady: "M2 8 H14 M9 3 L14 8 L9 13",
  falling: "M2 6 L8 13 L14 6 M8 13 V2",
};

export function trendSign(look: Look, row: ZoneRow): HTMLElement {
  const word: Key = `trend.${row.trend}`;
  const arrow = s(
    "svg",
    { class: "arrow", viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("path", { d: ARROWS[row.trend] }),
  );
  return h("span", { class: `trend trend-${row.trend}` }, arrow, h("b", {}, look.say(word)));
}

export function trendRate(look: Look, row: ZoneRow): HTMLElement {
  const rate = Math.abs(row.numbers.trend);
  const digits = rate < 10 ? 1 : 0;
  const sign = rate < 0.05 ? "" : row.numbers.trend < 0 ? "−" : "+";
  const count = number(look.state.language, rate, digits);
  return h("span", { class: "rate" }, look.say("trend.rate", { sign, count }));
}

/** Say what keeps a number from being believed; nothing where nothing does. */
export function doubts(look: Look, row: ZoneRow): readonly HTMLElement[] {
  const badges: HTMLElement[] = [];
  if (look.lostSince !== null) badges.push(badge(look, "condition.notlive", "lost"));
  const { condition } = row.numbers;
  // Learning is no doubt about a number: it stands beside what the number stands on.
  if (condition !== "fine" && condition !== "learning") {
    badges.push(badge(look, `condition.${condition}`, "doubt"));
  }
  return badges;
}

function badge(look: Look, key: Key, kind: string): HTMLElement {
  return h("span", { class: `badge badge-${kind}` }, look.say(key));
}
