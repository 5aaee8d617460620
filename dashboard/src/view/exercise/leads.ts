// SPDX-License-Identifier: Apache-2.0
/** When each level came in each zone, and how long before that it was proposed and declared. */
import type { DebriefView, ReachedView } from "../../api/types";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { foreign } from "../../words/words";
import { row, tableOf } from "./parts";

const MINUTE_S = 60;

export function leads(look: Look, found: DebriefView): HTMLElement {
  const rows = found.zones.flatMap((zone) =>
    zone.reached.map((one) =>
      row(
        `${zone.zone} ${one.level}`,
        foreign(zone.name),
        look.say(`level.${one.level}`),
        found.knows_truth ? time(look, one.true) : "?",
        time(look, one.shown),
        said(look, one.proposed, one.proposed_lead_s),
        said(look, one.declared, one.declared_lead_s),
      ),
    ),
  );
  return h(
    "section",
    { class: "card", "aria-labelledby": "leads-title" },
    h("h2", { id: "leads-title" }, look.say("debrief.leads")),
    rows.length === 0
      ? h("p", { class: "quiet" }, look.say("debrief.leads.none"))
      : tableOf(
          look,
          "debrief.leads",
          [
            "column.zone",
            "debrief.level",
            "debrief.true",
            "debrief.shown",
            "debrief.proposed",
            "debrief.declared",
          ],
          rows,
        ),
  );
}

function time(look: Look, at: ReachedView["shown"]): string {
  return at === null ? look.say("debrief.never") : look.moment(Date.parse(at));
}

function said(look: Look, at: string | null, lead: number | null): string {
  if (at === null || lead === null) return time(look, at);
  const min = Math.floor(Math.abs(lead) / MINUTE_S);
  const key = lead > 0 ? "debrief.before" : "debrief.after";
  const told = min === 0 ? look.say("debrief.same") : look.say(key, { min });
  return `${time(look, at)}, ${told}`;
}
