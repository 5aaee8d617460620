// SPDX-License-Identifier: Apache-2.0
/** The handover: what is open, who hands it over, and who takes it over. */
import type { HandoverView } from "../../api/types";
import { levelChip } from "../../draw/chips";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { isLevel } from "../../model/levels";
import { mayHandle } from "../../model/shift";
import { zonePath } from "../../app/route";
import { number } from "../../words/format";
import { pair } from "../person/account";
import { act, zoneName } from "./alarm_words";
import { form, line, opener, outcome } from "./form";

export function handover(look: Look): HTMLElement {
  const { shift } = look.state;
  const found = shift?.handover ?? null;
  return h(
    "section",
    {
      class: "card handover",
      "aria-labelledby": "handover-title",
      "data-about": "handover",
      tabindex: -1,
    },
    h("h2", { id: "handover-title" }, look.say("handover")),
    found !== null && standing(look, found),
    found !== null && h("p", {}, ...last(look, found)),
    outcome(look, "handover"),
    found !== null && mayHandle(look.state.session) && steps(look, found),
  );
}

function standing(look: Look, found: HandoverView): HTMLElement {
  const count = (value: number): string => number(look.state.language, value);
  const site = look.state.site?.name ?? null;
  const raised = found.levels.filter((one) => one.value !== "green");
  return h(
    "dl",
    {},
    ...pair(look.say("handover.open"), count(found.open_alarms)),
    ...pair(look.say("handover.unseen"), count(found.unacknowledged)),
    ...pair(look.say("handover.shelved"), count(found.shelved)),
    ...pair(look.say("handover.measures"), count(found.measures_open)),
    ...pair(
      look.say("handover.levels"),
      raised.length === 0 && look.say("handover.levels.none"),
      h(
        "ul",
        { class: "levels" },
        ...raised.map((one) =>
          h(
            "li",
            {},
            h("a", { href: zonePath(one.name, site) }, zoneName(look, one.name)),
            " ",
            levelChip(look, isLevel(one.value) ? one.value : null),
          ),
        ),
      ),
    ),
  );
}

function last(look: Look, found: HandoverView): readonly Child[] {
  const { handed_over: handed, taken_over: taken } = found;
  if (handed === null) return [look.say("handover.never")];
  return [
    `${look.say("handover.by")} `,
    ...act(look, handed),
    ". ",
    taken === null
      ? h("b", { class: "is-waiting" }, look.say("handover.waits"))
      : `${look.say("handover.taken")} `,
    ...(taken === null ? [] : act(look, taken)),
  ];
}

function steps(look: Look, found: HandoverView): HTMLElement {
  const { handed_over: handed, taken_over: taken } = found;
  const waits = handed !== null && taken === null;
  const isOwn = waits && handed.by === look.state.session?.name;
  return h(
    "div",
    { class: "deeds" },
    waits && isOwn && h("p", { class: "quiet" }, look.say("handover.other")),
    waits &&
      !isOwn &&
      opener(look, "handover.accept", {
        what: "take-over",
        about: "handover",
        version: handed.entry,
      }),
    opener(look, "handover.give", { what: "hand-over", about: "handover", version: found.version }),
    form(
      look,
      "take-over",
      "handover",
      "handover.accept",
      line(look, "comment.optional", "comment", { first: true }),
    ),
    form(
      look,
      "hand-over",
      "handover",
      "handover.give",
      line(look, "handover.note", "comment", { first: true }),
    ),
  );
}
