// SPDX-License-Identifier: Apache-2.0
/** What is critical and nobody has seen: a banner on every page, and words for who listens. */
import type { AlarmView } from "../../api/types";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { CRITICAL, FLOOD, inOrder, unseen } from "../../model/shift";
import { withSite } from "../../app/route";
import { alarmTitle } from "./alarm_words";

const SHOWN_MAX = 3;

function waiting(look: Look): readonly AlarmView[] {
  const { shift } = look.state;
  if (shift === null) return [];
  return inOrder(unseen(shift.alarms, look.centreTime).filter((one) => one.severity >= CRITICAL));
}

/** Return what is told to who listens; empty where nothing is. */
export function criticalWords(look: Look): string {
  const found = waiting(look);
  if (found.length === 0) return "";
  const titles = found.slice(0, SHOWN_MAX).map((one) => alarmTitle(look, one));
  return look.say("critical.told", { count: found.length, alarms: titles.join(". ") });
}

export function critical(look: Look): HTMLElement | false {
  const found = waiting(look);
  if (found.length === 0) return false;
  const more = found.length - SHOWN_MAX;
  return h(
    "section",
    { class: "critical", "aria-label": look.say("critical") },
    h("strong", { class: "critical-word" }, look.say("critical")),
    h(
      "ul",
      {},
      ...found
        .slice(0, SHOWN_MAX)
        .map((one) =>
          h(
            "li",
            { "data-key": String(one.id) },
            h("b", {}, alarmTitle(look, one)),
            " ",
            h(
              "span",
              {},
              look.say("broken.since", { time: look.moment(Date.parse(one.raised_at)) }),
            ),
          ),
        ),
      more > 0 && h("li", {}, look.say("broken.more", { count: more })),
    ),
    look.state.route.page !== "alarms" &&
      h(
        "a",
        { href: withSite("/alarms", look.state.site?.name ?? null) },
        look.say("critical.open"),
      ),
  );
}

/** Say that more alarms come than anybody can act on. */
export function flood(look: Look): HTMLElement | false {
  const found = look.state.shift?.alarms.find((one) => one.kind === FLOOD);
  if (found === undefined) return false;
  const count = look.state.shift?.alarms.length ?? 0;
  return h(
    "section",
    { class: "flood", "aria-label": look.say("flood") },
    h("b", {}, look.say("flood")),
    " ",
    h("span", {}, look.say("flood.text", { count })),
  );
}
