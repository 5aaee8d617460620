// SPDX-License-Identifier: Apache-2.0
/** The page of one zone: its number, both levels, its day, what comes, and what was agreed. */
import { band } from "../../draw/band";
import { doubts, trendRate, trendSign, upToChip } from "../../draw/chips";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { mayFollow } from "../../model/shift";
import type { ZoneRow } from "../../model/zones";
import { instead } from "../parts/messages";
import { zoneName } from "../shift/alarm_words";
import { outlook } from "../shift/outlook";
import { basis, counted, interval, people } from "../zones";
import { counters } from "./counters";
import { declare } from "./declare";
import { history } from "./history";
import { levelPair, scales, why } from "./levels";
import { measures } from "./measures";
import { routes } from "./routes";
import { yesterday } from "./yesterday";

export function zone(look: Look, rows: readonly ZoneRow[]): readonly Child[] {
  const { route, site, shift, zone: state } = look.state;
  if (route.page !== "zone") return [];
  const row = rows.find((one) => one.zone === route.zone) ?? null;
  const isDrawn = site?.drawn?.zones.some((one) => one.zone === route.zone) === true;
  if (row === null && !isDrawn) return [instead(look, { kind: "missing" })];
  const decided = shift?.levels?.zones.find((one) => one.zone === route.zone) ?? null;
  const isFollowing = mayFollow(look.state.session);
  return [
    h(
      "article",
      { class: "zone-page", "data-key": route.zone, "aria-labelledby": "zone-title" },
      h(
        "div",
        { class: "zone-side" },
        h(
          "section",
          { class: `card zone-now at-${row?.level ?? "none"}`, "aria-labelledby": "zone-title" },
          h("h2", { id: "zone-title" }, zoneName(look, route.zone)),
          ...(row === null ? [h("p", { class: "quiet" }, look.say("zones.none"))] : now(look, row)),
          isFollowing && decided !== null && declare(look, decided),
        ),
        isFollowing && measures(look, route.zone),
      ),
      h(
        "div",
        { class: "zone-side" },
        history(look, row, state),
        yesterday(look, state, row),
        routes(look, route.zone),
        counters(look, row),
      ),
      outlook(look, route.zone),
    ),
  ];
}

function now(look: Look, row: ZoneRow): readonly Child[] {
  const reason = why(look, row);
  const service = scales(look, row);
  return [
    levelPair(look, row),
    h("p", { class: "badges" }, upToChip(look, row), ...doubts(look, row)),
    reason !== "" && h("p", { class: "why" }, reason),
    service !== "" && h("p", { class: "quiet" }, service),
    h("div", { class: "zone-people" }, people(look, row)),
    h("div", { class: "zone-band" }, band(look, row), h("p", {}, interval(look, row, "interval"))),
    h("p", { class: "zone-trend" }, trendSign(look, row), " ", trendRate(look, row)),
    h(
      "p",
      { class: "quiet" },
      look.say("column.age"),
      " ",
      counted(look, row),
      " · ",
      basis(look, row),
    ),
  ];
}
