// SPDX-License-Identifier: Apache-2.0
/** The screen on a wall: read from across a room, touched by nobody. */
import type { Broken } from "../../model/broken";
import type { ZoneRow } from "../../model/zones";
import { foreign } from "../../words/words";
import { band } from "../../draw/band";
import { broken } from "../parts/broken";
import { doubts, trendSign, upToChip } from "../../draw/chips";
import { h } from "../../draw/dom";
import { banners, clock, link, lost, siteName } from "../frame";
import type { Look } from "../../draw/look";
import { mapPage } from "./map";
import { instead } from "../parts/messages";
import { critical } from "../shift/critical";
import { levelPair, whyShort } from "../zone/levels";
import { counted, interval, people } from "../zones";

/** As many as are read from across a room; the others are no worse, and are counted. */
const ROWS_MAX = 8;
const LOOKS_ONLY = "wall-screen";

export function wall(
  look: Look,
  rows: readonly ZoneRow[],
  found: readonly Broken[],
): readonly HTMLElement[] {
  const { site } = look.state;
  const asking = site?.asking ?? "asking";
  const more = rows.length - ROWS_MAX;
  return [
    ...banners(look),
    wallTop(look, "/"),
    h(
      "main",
      { id: "main", class: "wall" },
      lost(look),
      critical(look),
      asking === "known"
        ? h(
            "ol",
            { class: "wall-zones", "aria-label": look.say("zones") },
            ...rows.slice(0, ROWS_MAX).map((row) => zone(look, row)),
          )
        : instead(look, asking),
      asking === "known" && rows.length === 0 && h("p", {}, look.say("zones.none")),
      more > 0 && h("p", { class: "wall-more" }, look.say("zones.more", { count: more })),
      broken(look, found),
    ),
  ];
}

/** The map for a screen on a wall: nothing to click, the worst zones beside it. */
export function wallMap(look: Look, rows: readonly ZoneRow[]): readonly HTMLElement[] {
  const asking = look.state.site?.asking ?? "asking";
  const inside = asking === "known" ? mapPage(look, rows) : [instead(look, asking)];
  return [
    ...banners(look),
    wallTop(look, "/wall"),
    h("main", { id: "main", class: "wall wall-map" }, lost(look), ...inside),
  ];
}

function wallTop(look: Look, back: string): HTMLElement {
  const { session } = look.state;
  const isWall = session?.role === LOOKS_ONLY;
  return h(
    "header",
    { class: "wall-top" },
    h("h1", {}, siteName(look)),
    link(look),
    clock(look),
    (!isWall || back !== "/") && h("a", { class: "leave", href: back }, look.say("back")),
  );
}

function zone(look: Look, row: ZoneRow): HTMLElement {
  const reason = whyShort(look, row);
  return h(
    "li",
    { class: `wall-zone at-${row.level ?? "none"}`, "data-key": row.zone, "data-zone": row.zone },
    levelPair(look, row),
    h(
      "div",
      { class: "wall-name" },
      h("h2", {}, foreign(row.name)),
      h("p", {}, upToChip(look, row), ...doubts(look, row)),
      reason !== "" && h("p", { class: "why" }, reason),
    ),
    h("div", { class: "wall-people" }, people(look, row)),
    h("div", { class: "wall-band" }, band(look, row), interval(look, row, "interval.short")),
    h("div", { class: "wall-trend" }, trendSign(look, row)),
    h("div", { class: "wall-age" }, counted(look, row)),
  );
}
