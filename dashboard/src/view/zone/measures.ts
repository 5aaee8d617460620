// SPDX-License-Identifier: Apache-2.0
/** What was agreed for a zone's declared level, as a checklist: done by whom, and when. */
import type { MeasureView } from "../../api/types";
import { levelChip } from "../../draw/chips";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { mayHandle } from "../../model/shift";
import { foreign } from "../../words/words";
import { act } from "../shift/alarm_words";
import { outcome } from "../shift/form";

export function measures(look: Look, zone: string): HTMLElement {
  const all = look.state.shift?.measures?.measures ?? [];
  const found = all.filter((one) => one.zone === zone);
  const done = found.filter((one) => one.is_done).length;
  return h(
    "section",
    { class: "card measures", "aria-labelledby": "measures-title" },
    h(
      "h2",
      { id: "measures-title" },
      look.say("measures"),
      found.length > 0 &&
        h("span", { class: "of" }, ` ${look.say("measures.done", { done, count: found.length })}`),
    ),
    outcome(look, zone, "tick"),
    found.length === 0 && h("p", { class: "quiet" }, look.say("measures.none")),
    h("ul", { class: "checklist" }, ...found.map((one) => measure(look, one))),
  );
}

function measure(look: Look, one: MeasureView): HTMLElement {
  const isTicked = one.is_done ? "true" : "false";
  const wanted = one.is_done ? "undone" : "done";
  const told = [
    h("span", { class: "box-mark", "aria-hidden": "true" }),
    h("span", { class: "measure-text" }, foreign(one.text)),
  ];
  return h(
    "li",
    { "data-key": one.measure, "data-measure": one.measure },
    mayHandle(look.state.session)
      ? h(
          "button",
          {
            type: "button",
            class: "tick",
            role: "checkbox",
            "aria-checked": isTicked,
            "data-do": "tick",
            "data-value": `${one.zone} ${one.version} ${one.measure} ${wanted}`,
          },
          ...told,
        )
      : h("p", { class: "tick", "data-checked": isTicked }, ...told),
    h(
      "p",
      { class: "measure-by" },
      levelChip(look, one.level),
      " ",
      foreign(one.organisation),
      one.said !== null && " · ",
      one.said !== null && look.say(one.is_done ? "measures.by" : "measures.back"),
      one.said !== null && " ",
      ...(one.said === null ? [] : act(look, one.said)),
    ),
  );
}
