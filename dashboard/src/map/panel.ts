// SPDX-License-Identifier: Apache-2.0
/** What stands beside the map: all zones, the worst first, or the facts of the one looked at. */
import type { ZoneEstimateView } from "../api/types";
import type { ZoneRow } from "../model/zones";
import { band } from "../draw/band";
import { doubts, levelChip, trendRate, trendSign, upToChip } from "../draw/chips";
import { h, type Child } from "../draw/dom";
import type { Look } from "../draw/look";
import { doubtOf, type Scale, type Tense, type Week } from "./scene/columns";
import type { Counter } from "./scene/counters";
import type { Flow } from "./scene/flows";
import type { Level } from "../model/levels";
import { basis, counted, interval, people } from "../view/zones";
import { endsOf, number, peopleOf, stepOf } from "../words/format";
import { foreign } from "../words/words";
import { withSite } from "../app/route";
import type { Facts } from "./facts";
import { tell, type MapKey } from "./words/words";

export interface Shown {
  readonly look: Look;
  readonly rows: readonly ZoneRow[];
  readonly tense: Tense;
  readonly selected: string | null;
  readonly facts: Facts;
  readonly zones: readonly ZoneEstimateView[];
  /** The zones a week before; null until that is known. */
  readonly weekBefore: Week | null;
  readonly unfamiliar: ReadonlySet<string>;
  readonly counters: readonly Counter[];
  readonly flows: readonly Flow[];
  readonly scale: Scale;
  readonly isDrawn: boolean;
  readonly isWall: boolean;
}

/** On a wall nobody scrolls; at a desk the table has all of them. */
const WALL_ROWS = 6;
const DESK_ROWS = 60;
const SHARE_MIN = 0.005;
const WORST_WORDS: Readonly<Record<Tense, MapKey>> = {
  now: "worst",
  past: "worst.then",
  forecast: "worst.expected",
};

export function panel(shown: Shown): readonly Node[] {
  const { look, rows, selected } = shown;
  const row = rows.find((one) => one.zone === selected);
  if (row !== undefined) return [facts(shown, row)];
  const [first] = rows;
  const told = (key: MapKey): string => tell(look.state.language, key);
  if (first === undefined) return [h("p", { class: "map-nothing" }, told("zones.none"))];
  return [
    worst(shown, first),
    list(shown),
    !shown.isWall && about(shown),
  ].filter((one) => one !== false);
}

function worst(shown: Shown, row: ZoneRow): HTMLElement {
  const { look } = shown;
  return h(
    "section",
    { class: `map-worst at-${row.level ?? "none"}`, "aria-labelledby": "map-worst" },
    h(
      "h2",
      { id: "map-worst", class: "over" },
      tell(look.state.language, WORST_WORDS[shown.tense]),
    ),
    h("p", { class: "map-worst-level" }, levelChip(look, row.level), upToChip(look, row)),
    h("p", { class: "map-worst-zone" }, foreign(row.name)),
    h("p", { class: "map-worst-people" }, people(look, row)),
    band(look, row),
    h("p", { class: "quiet" }, interval(look, row, "interval")),
    week(shown, row),
    shown.tense !== "forecast" && h("p", {}, trendSign(look, row), " ", trendRate(look, row)),
    shown.tense === "now" && h("p", {}, look.say("column.age"), " ", counted(look, row)),
    h("p", { class: "badges" }, ...doubts(look, row)),
  );
}

/** What a zone's number was a week before, at the same hour. */
function week({ look, weekBefore }: Shown, row: ZoneRow): HTMLElement | false {
  const { language } = look.state;
  if (weekBefore === null) return false;
  const was = weekBefore.get(row.zone);
  if (was === undefined) return h("p", { class: "map-week quiet" }, tell(language, "week.nothing"));
  const { people: count, low_80: low, high_80: high } = was;
  const step = stepOf(high - low);
  const said = { people: peopleOf(language, count, step), ...endsOf(language, low, high, step) };
  return h("p", { class: "map-week" }, tell(language, "week", said));
}

function list(shown: Shown): HTMLElement {
  const { look, rows, isWall } = shown;
  const told = isWall ? rows.slice(1, WALL_ROWS) : rows.slice(0, DESK_ROWS);
  const more = rows.length - DESK_ROWS;
  return h(
    "section",
    { class: "map-list", "aria-labelledby": "map-list" },
    h("h2", { id: "map-list", class: "over" }, tell(look.state.language, "zones")),
    h("ol", {}, ...told.map((row) => h("li", { "data-key": row.zone }, entry(shown, row)))),
    !isWall && more > 0 && h("p", { class: "quiet" }, look.say("zones.more", { count: more })),
  );
}

function entry(shown: Shown, row: ZoneRow): HTMLElement {
  const { look, facts: known, isWall } = shown;
  const { language } = look.state;
  const doubt = doubtOf(row, shown.unfamiliar);
  const declared = known.declared?.get(row.zone) ?? null;
  const isOther = declared !== null && declared !== (row.level ?? "green");
  const inside: readonly Child[] = [
    levelChip(look, row.level),
    h("span", { class: "map-entry-name" }, foreign(row.name)),
    people(look, row),
    doubt !== null && h("span", { class: "badge badge-doubt" }, tell(language, `doubt.${doubt}`)),
    isOther && declaredChip(look, declared),
  ];
  if (isWall) return h("div", { class: "map-entry", "data-zone": row.zone }, ...inside);
  return h(
    "button",
    { type: "button", class: "map-entry", "data-map": "select", "data-zone": row.zone },
    ...inside,
  );
}

function declaredChip(look: Look, level: Level): HTMLElement {
  const said = tell(look.state.language, "declared.short", { level: look.say(`level.${level}`) });
  return h("span", { class: "upto" }, said);
}

function facts(shown: Shown, row: ZoneRow): HTMLElement {
  const { look, facts: known, tense } = shown;
  const { language, site } = look.state;
  const told = (key: MapKey): string => tell(language, key);
  const declared = known.declared?.get(row.zone);
  const doubt = doubtOf(row, shown.unfamiliar);
  return h(
    "section",
    { class: "map-facts", "aria-labelledby": "map-zone", "data-zone": row.zone },
    h(
      "button",
      { type: "button", class: "plain", "data-map": "select", "data-zone": "" },
      `← ${told("back")}`,
    ),
    h("h2", { id: "map-zone" }, foreign(row.name)),
    h(
      "dl",
      { class: "map-levels" },
      h("div", {}, h("dt", {}, told("proposed")), h("dd", {}, levelChip(look, row.level))),
      h(
        "div",
        {},
        h("dt", {}, told("declared")),
        h(
          "dd",
          {},
          declared === undefined
            ? h("span", { class: "quiet" }, told("declared.unknown"))
            : levelChip(look, declared),
        ),
      ),
    ),
    h("p", {}, upToChip(look, row)),
    h("p", { class: "map-worst-people" }, people(look, row)),
    band(look, row),
    h("p", {}, interval(look, row, "interval")),
    week(shown, row),
    tense !== "forecast" && h("p", {}, trendSign(look, row), " ", trendRate(look, row)),
    tense === "now" && h("p", {}, look.say("column.age"), " ", counted(look, row)),
    tense !== "forecast" && h("p", { class: "quiet" }, basis(look, row)),
    h(
      "p",
      { class: "badges" },
      ...doubts(look, row),
      doubt === "unfamiliar" && h("span", { class: "badge badge-doubt" }, told("doubt.unfamiliar")),
    ),
    h(
      "p",
      {},
      h(
        "a",
        { href: withSite(`/zones/${encodeURIComponent(row.zone)}`, site?.name ?? null) },
        told("page"),
      ),
    ),
    ...(tense === "forecast" ? [] : whoCounts(shown, row)),
    ...whoWalks(shown, row),
  );
}

function whoCounts(shown: Shown, row: ZoneRow): readonly HTMLElement[] {
  const { look, counters } = shown;
  const { language, site } = look.state;
  const here = shown.zones.find((one) => one.zone === row.zone)?.contributions ?? [];
  // What has no share in a number and nothing wrong with it would only make the list long.
  const contributions = here
    .filter((one) => one.weight >= SHARE_MIN || one.condition !== "fine")
    .toSorted((a, b) => b.weight - a.weight);
  const told = (key: MapKey, values: Record<string, string | number> = {}): string =>
    tell(language, key, values);
  const known = new Map(counters.map((one) => [one.at.device, one]));
  const rows = contributions.map((one) => {
    const [name = "", counter = ""] = one.sensor.split("/");
    const device = known.get(name)?.device ?? null;
    const seen = device?.last_window?.zones.find((each) => each.zone === counter);
    const { mean_low: low, mean_high: high, mean } = seen ?? {};
    const share = number(language, one.weight * 100);
    const parts: Child[] = [look.word("broken", one.condition)];
    if (mean != null && low != null && high != null) {
      const step = stepOf(high - low);
      const ends = endsOf(language, low, high, step);
      parts.push(told("counter.observed", { count: peopleOf(language, mean, step), ...ends }));
    }
    parts.push(told("counter.share", { share }));
    if (one.age_s !== null) parts.push(look.say("age.ago", { age: look.age(one.age_s * 1000) }));
    if (device?.level != null) {
      parts.push(told("counter.level", { level: look.word("confinement", device.level) }));
    }
    if (device?.ledger != null) {
      const [state = ""] = look.word("ledger", device.ledger.state).split(":");
      parts.push(told("counter.ledger", { state }));
    }
    const path = `/boxes/${encodeURIComponent(site?.name ?? "")}/${encodeURIComponent(name)}`;
    const title = foreign(one.sensor);
    return h(
      "li",
      { class: `is-${one.condition.replaceAll(" ", "-")}`, "data-key": one.sensor },
      shown.facts.mayBoxes ? h("a", { href: path }, title) : h("b", {}, title),
      h("span", { class: "quiet" }, ` ${parts.join(" · ")}`),
    );
  });
  return [
    h("h3", {}, told("counters")),
    rows.length === 0
      ? h("p", { class: "quiet" }, told("counters.none"))
      : h("ul", { class: "map-counters" }, ...rows),
  ];
}

function whoWalks(shown: Shown, row: ZoneRow): readonly HTMLElement[] {
  const { look, flows, rows } = shown;
  const { language } = look.state;
  const names = new Map(rows.map((one) => [one.zone, foreign(one.name)]));
  const name = (zone: string | null): string =>
    zone === null ? tell(language, "outside") : (names.get(zone) ?? foreign(zone));
  const here = flows.filter(({ link }) => link.from_zone === row.zone || link.to_zone === row.zone);
  if (here.length === 0) return [];
  const said = here.map(({ link, along, against }) =>
    h(
      "li",
      { "data-key": link.link },
      tell(language, "flow", {
        from: name(link.from_zone),
        to: name(link.to_zone),
        along: number(language, along),
        against: number(language, against),
      }),
    ),
  );
  return [h("h3", {}, tell(language, "flows")), h("ul", { class: "map-flows" }, ...said)];
}

/** How the map is read, and what is known of emergency routes. */
function about(shown: Shown): HTMLElement {
  const { look, facts: known, scale } = shown;
  const { language } = look.state;
  const told = (key: MapKey, values: Record<string, string | number> = {}): string =>
    tell(language, key, values);
  const routes = known.routes.map((one) =>
    h(
      "li",
      { "data-key": one.route },
      h("b", {}, foreign(one.name)),
      ` ${told("route.level", {
        level: look.say(`level.${one.level}`),
        seconds: number(language, one.seconds),
      })}`,
    ),
  );
  const lines: readonly (MapKey | false)[] = [
    "legend.cap",
    known.mayBoxes ? "legend.flow" : "legend.noflow",
    "legend.route",
    "legend.counter",
    "legend.doubt",
    "legend.declared",
    "legend.beside",
    shown.isDrawn && "legend.drawing",
  ];
  return h(
    "section",
    { class: "map-about" },
    ...(routes.length === 0
      ? []
      : [h("h3", {}, told("routes")), h("ul", { class: "map-routes" }, ...routes)]),
    h("p", {}, h("a", { href: withSite("/", look.state.site?.name ?? null) }, told("table"))),
    h(
      "details",
      {},
      h("summary", {}, told("legend")),
      h(
        "ul",
        {},
        h("li", {}, told("legend.height", { count: number(language, scale.people) })),
        ...lines.map((key) => key !== false && h("li", {}, told(key))),
      ),
    ),
  );
}
