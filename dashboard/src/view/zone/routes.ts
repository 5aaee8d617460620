// SPDX-License-Identifier: Apache-2.0
/** How free the emergency routes are, and where each is the most crowded. */
import type { RouteLevelView } from "../../api/types";
import { levelChip } from "../../draw/chips";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { foreign } from "../../words/words";
import { zoneName } from "../shift/alarm_words";

const SECOND_MS = 1000;

export function routes(look: Look, zone: string): HTMLElement | false {
  const found = look.state.shift?.levels?.routes ?? [];
  if (found.length === 0) return false;
  const ordered = found.toSorted((a, b) => Number(b.zone === zone) - Number(a.zone === zone));
  return h(
    "section",
    { class: "card routes", "aria-labelledby": "routes-title" },
    h("h2", { id: "routes-title" }, look.say("routes")),
    h("ul", { class: "checklist" }, ...ordered.map((one) => route(look, one, zone))),
  );
}

function route(look: Look, one: RouteLevelView, zone: string): HTMLElement {
  const low = look.age(one.clearance_s * SECOND_MS);
  const high = look.age(one.clearance_high_s * SECOND_MS);
  return h(
    "li",
    { "data-key": one.route, "data-route": one.route },
    h("p", {}, levelChip(look, one.level), " ", h("b", {}, foreign(one.name))),
    h("p", { class: "quiet" }, look.say("routes.clear", { low, high })),
    h(
      "p",
      { class: "quiet" },
      one.zone === zone
        ? look.say("routes.here")
        : look.say("routes.there", { zone: zoneName(look, one.zone) }),
    ),
  );
}
