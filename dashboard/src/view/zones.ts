// SPDX-License-Identifier: Apache-2.0
/** The table: each zone a row, the worst first; and the worst of all, large. */
import type { ZoneRow } from "../model/zones";
import { endsOf, number, peopleOf, stepOf } from "../words/format";
import { foreign, type Key } from "../words/words";
import { band } from "../draw/band";
import { doubts, trendRate, trendSign, upToChip } from "../draw/chips";
import { h } from "../draw/dom";
import type { Look } from "../draw/look";
import { zonePath } from "../app/route";
import { levelPair, scales, why } from "./zone/levels";

/** Older than three windows of the usual length: something is late. */
const OLD_MS = 180_000;
const COLUMNS: readonly Key[] = [
  "column.levels",
  "column.zone",
  "column.people",
  "column.interval",
  "column.trend",
  "column.age",
];

/** Show the number of a zone, its unit, and that it is a least one where it is. */
export function people(look: Look, row: ZoneRow): HTMLElement {
  const { numbers } = row;
  const step = stepOf(numbers.high_80 - numbers.low_80);
  const isLeast = numbers.condition === "lower bound";
  return h(
    "span",
    { class: "people" },
    isLeast && h("span", { class: "atleast" }, `${look.say("people.atleast")} `),
    h("b", { class: "number" }, peopleOf(look.state.language, numbers.people, step)),
    h("span", { class: "unit" }, ` ${look.say("people.unit")}`),
  );
}

export function interval(look: Look, row: ZoneRow, key: Key): HTMLElement {
  const { low_80, high_80 } = row.numbers;
  const ends = endsOf(look.state.language, low_80, high_80, stepOf(high_80 - low_80));
  return h("span", { class: "ends" }, look.say(key, ends));
}

/** Show how old the newest count in a number is. */
export function counted(look: Look, row: ZoneRow): HTMLElement {
  if (row.countedAt === null) return h("span", { class: "age" }, look.say("age.never"));
  const isOld = look.now !== null && look.now - row.countedAt > OLD_MS;
  return h(
    "span",
    { class: isOld ? "counted is-old" : "counted" },
    ...look.ago(row.countedAt),
    isOld && " ",
    isOld && h("span", { class: "badge badge-doubt" }, look.say("age.old")),
  );
}

export function basis(look: Look, row: ZoneRow): string {
  const { density } = row.numbers;
  const stands = look.word("basis", row.numbers.basis);
  const filled = stands.replace("{count}", String(row.counters));
  const dense = number(look.state.language, density, 2);
  const parts = [filled, look.say("density", { density: dense })];
  if (row.numbers.condition === "learning") parts.push(look.say("condition.learning"));
  return parts.join(" · ");
}

export function worst(look: Look, row: ZoneRow): HTMLElement {
  return h(
    "section",
    { class: rowClass("worst card", row), "aria-labelledby": "worst-title" },
    h("h2", { id: "worst-title", class: "over" }, look.say("worst")),
    h("p", { class: "worst-zone" }, zoneLink(look, row)),
    h("div", { class: "worst-level" }, levelPair(look, row), upToChip(look, row)),
    h("div", { class: "worst-people" }, people(look, row)),
    h("div", { class: "worst-band" }, band(look, row), h("p", {}, interval(look, row, "interval"))),
    h("p", { class: "worst-trend" }, trendSign(look, row), " ", trendRate(look, row)),
    h(
      "p",
      { class: "worst-age" },
      look.say("column.age"),
      " ",
      counted(look, row),
      " · ",
      basis(look, row),
    ),
    h("p", { class: "worst-why" }, joined(why(look, row), scales(look, row))),
    h("p", { class: "badges" }, ...doubts(look, row)),
  );
}

function joined(...parts: string[]): string {
  return parts.filter((one) => one !== "").join(" · ");
}

function zoneLink(look: Look, row: ZoneRow): HTMLElement {
  const href = zonePath(row.zone, look.state.site?.name ?? null);
  return h("a", { class: "zone-link", href }, foreign(row.name));
}

export function table(look: Look, rows: readonly ZoneRow[]): HTMLElement {
  const isLost = look.lostSince !== null;
  return h(
    "section",
    { class: isLost ? "card listed is-lost" : "card listed", "aria-labelledby": "zones-title" },
    h(
      "div",
      { class: "listed-head" },
      h("h2", { id: "zones-title" }, look.say("zones")),
      rows.length > 1 &&
        h("p", { class: "quiet" }, look.say("zones.count", { count: rows.length })),
    ),
    h(
      "table",
      { class: "zones", role: "table", "aria-labelledby": "zones-title" },
      h(
        "thead",
        { role: "rowgroup" },
        h(
          "tr",
          { role: "row" },
          ...COLUMNS.map((key) => h("th", { scope: "col", role: "columnheader" }, look.say(key))),
        ),
      ),
      h("tbody", { role: "rowgroup" }, ...rows.map((row) => zoneRow(look, row))),
    ),
    h("p", { class: "quiet legend" }, look.say("interval.picture")),
  );
}

function zoneRow(look: Look, row: ZoneRow): HTMLElement {
  const cell = (name: string, ...children: (Node | string | null)[]): HTMLElement =>
    h("td", { class: name, role: "cell" }, ...children);
  const reason = why(look, row);
  return h(
    "tr",
    { class: rowClass("zone", row), role: "row", "data-key": row.zone, "data-zone": row.zone },
    cell("c-level", levelPair(look, row), upToChip(look, row)),
    h(
      "th",
      { class: "c-zone", scope: "row", role: "rowheader" },
      h("span", { class: "name" }, zoneLink(look, row)),
      reason !== "" && h("span", { class: "why" }, reason),
      h("span", { class: "basis" }, joined(basis(look, row), scales(look, row))),
      h("span", { class: "badges" }, ...doubts(look, row)),
    ),
    cell("c-people", people(look, row)),
    cell("c-interval", band(look, row), interval(look, row, "interval.short")),
    cell("c-trend", trendSign(look, row), trendRate(look, row)),
    cell("c-age", counted(look, row)),
  );
}

function rowClass(name: string, row: ZoneRow): string {
  const isWeak = row.numbers.condition === "stale" || row.numbers.basis === "usual";
  return `${name} at-${row.level ?? "none"}${isWeak ? " is-weak" : ""}`;
}
