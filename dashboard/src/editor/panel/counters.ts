// SPDX-License-Identifier: Apache-2.0
/** What the lines and zones of a box look at. */
import { h } from "../../draw/dom";
import { foreign } from "../../words/words";
import type { Counter, Item } from "../model/drawing";
import { button, choice, field, type Desk } from "./parts";

export function counters(desk: Desk, item: Item): readonly HTMLElement[] {
  const { say } = desk;
  return [
    h("h3", {}, say("field.counters")),
    ...(item.counters ?? []).map((one, index) => counter(desk, one, index)),
    h("p", {}, button("counter", say("counter.add"))),
  ];
}

function counter({ state, say }: Desk, one: Counter, index: number): HTMLElement {
  const { zones, links } = state.steps.now.drawing;
  const number = index + 1;
  const isLine = one.zone === undefined;
  const at = one.at_link === undefined ? `zone ${one.at_zone ?? ""}` : `link ${one.at_link}`;
  const name = (what: string): string => `counter ${index} ${what}`;
  const link = links.find((each) => each.id === one.at_link);
  const ends = [link?.from, link?.to].filter((each) => each !== undefined);
  const places: readonly (readonly [string, string])[] = [
    ...zones.map(
      (each) => [`zone ${each.id}`, say("counter.at.zone", { id: foreign(each.id) })] as const,
    ),
    ...(isLine
      ? links.map(
          (each) => [`link ${each.id}`, say("counter.at.link", { id: foreign(each.id) })] as const,
        )
      : []),
  ];
  return h(
    "fieldset",
    { class: "editor-counter", "data-key": `counter ${index}` },
    h("legend", {}, say("counter", { number })),
    choice(name("kind"), say("counter.kind"), isLine ? "line" : "zone", [
      ["line", say("counter.line")],
      ["zone", say("counter.zone")],
    ]),
    field(name("name"), say("counter.name"), one.line ?? one.zone, { maxlength: 32 }),
    choice(name("at"), say("counter.at"), at, places),
    isLine
      ? choice(name("in"), say("counter.in"), one.in_toward ?? "", [
          ["", say("counter.in.none")],
          ...ends.map((each) => [each, foreign(each)] as const),
        ])
      : field(name("share"), say("counter.share"), one.share, { type: "number", min: 0, max: 1 }),
    button("uncount", say("counter.delete", { number }), { value: index, class: "plain" }),
  );
}
