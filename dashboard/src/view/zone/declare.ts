// SPDX-License-Identifier: Apache-2.0
/** Declare a zone's level, with the reason; what each level would ask for stands beside it. */
import type { ZoneLevelView } from "../../api/types";
import { levelChip } from "../../draw/chips";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { LEVELS, type Level } from "../../model/levels";
import { mayDeclare } from "../../model/shift";
import { foreign } from "../../words/words";
import { act } from "../shift/alarm_words";
import { form, line, opener, outcome } from "../shift/form";

const ORDERED = LEVELS.toReversed();

export function declare(look: Look, found: ZoneLevelView): HTMLElement {
  const { zone, version, declaration } = found;
  const isAllowed = mayDeclare(look.state.session);
  return h(
    "div",
    { class: "declare", "data-about": zone, tabindex: -1, "data-key": "declare" },
    declaration !== null &&
      h("p", { class: "alarm-said" }, `${look.say("declare.by")} `, ...act(look, declaration)),
    outcome(look, zone, "declare"),
    isAllowed
      ? h(
          "p",
          { class: "deeds" },
          opener(look, "declare", { what: "declare", about: zone, version }),
        )
      : h("p", { class: "quiet" }, look.say("declare.who")),
    isAllowed &&
      form(
        look,
        "declare",
        zone,
        "declare",
        h(
          "fieldset",
          { class: "level-choice" },
          h("legend", {}, look.say("declare.level")),
          ...ORDERED.map((level) => choice(look, found, level)),
        ),
        line(look, "declare.reason", "reason", { required: true }),
      ),
  );
}

function choice(look: Look, found: ZoneLevelView, level: Level): HTMLElement {
  const id = `level-${level}`;
  const isNow = found.declared === level;
  const isProposed = found.proposed?.level === level;
  const isFirst = isProposed || (found.proposed === null && isNow);
  return h(
    "div",
    { class: "level-option", "data-key": level },
    h("input", {
      type: "radio",
      id,
      name: "level",
      value: level,
      required: true,
      checked: isFirst,
      "data-first": isFirst,
    }),
    h(
      "label",
      { for: id },
      levelChip(look, level),
      isNow && ` ${look.say("declare.now")}`,
      isProposed && ` ${look.say("declare.proposed")}`,
    ),
    ...agreed(look, found.zone, level),
  );
}

function agreed(look: Look, zone: string, level: Level): readonly Child[] {
  const all = look.state.shift?.measures?.agreed ?? [];
  const found = all.filter(
    (one) => one.level === level && (one.zones.length === 0 || one.zones.includes(zone)),
  );
  if (found.length === 0) return [];
  return [
    h(
      "ul",
      { class: "agreed" },
      ...found.map((one) =>
        h(
          "li",
          {},
          foreign(one.text),
          " ",
          h("span", { class: "quiet" }, foreign(one.organisation)),
        ),
      ),
    ),
  ];
}
