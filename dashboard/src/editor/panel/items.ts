// SPDX-License-Identifier: Apache-2.0
/** All that is drawn, as lists; and the site itself. */
import { h } from "../../draw/dom";
import { foreign } from "../../words/words";
import { areaM2 } from "../model/measures";
import { KINDS, type Item, type Kind } from "../model/drawing";
import { button, field, numberOf, part, type Desk } from "./parts";

export function items(desk: Desk): readonly HTMLElement[] {
  return [site(desk), ...KINDS.map((kind) => list(desk, kind))];
}

function site({ state, say }: Desk): HTMLElement {
  const { drawing } = state.steps.now;
  const measures = state.measures > 0 && say("kept.measures", { count: state.measures });
  return part(
    "site",
    say("kind.site"),
    state.version === 0 &&
      field("site.id", say("field.site"), state.site, {
        help: say("field.site.help"),
        maxlength: 32,
      }),
    field("site.name", say("field.name"), drawing.name),
    field("site.time_zone", say("field.time_zone"), drawing.time_zone, {
      placeholder: "Europe/Amsterdam",
      maxlength: 64,
    }),
    field("site.country", say("field.country"), drawing.country, {
      placeholder: "NL",
      maxlength: 2,
    }),
    measures !== false && h("p", { class: "quiet" }, measures),
  );
}

function list(desk: Desk, kind: Kind): HTMLElement {
  const { state, say } = desk;
  const found = state.steps.now.drawing[kind];
  const wrong = new Set(
    (state.check?.mistakes ?? []).filter((one) => one.kind === kind).map((one) => one.id),
  );
  const row = (item: Item): HTMLElement =>
    h(
      "li",
      { "data-key": item.id },
      h(
        "button",
        {
          type: "button",
          class: "editor-item",
          "data-edit": "choose",
          "data-of": `${kind} ${item.id}`,
        },
        h("b", {}, foreign(item.name ?? item.id)),
        " ",
        h("span", { class: "quiet" }, beside(desk, kind, item)),
        wrong.has(item.id) && h("span", { class: "badge badge-doubt" }, say("has.mistake")),
      ),
    );
  return part(
    `list-${kind}`,
    `${say(`kind.${kind}`)} (${found.length})`,
    found.length === 0 ? h("p", { class: "quiet" }, say("none")) : h("ul", {}, ...found.map(row)),
    button("add", say(`add.${kind}`), { value: kind, title: say("add.note") }),
  );
}

function beside({ language, say }: Desk, kind: Kind, item: Item): string {
  if (kind === "zones" && (item.polygon?.length ?? 0) > 2) {
    return `${numberOf(language, areaM2(item.polygon ?? []))} m²`;
  }
  if (kind === "links") {
    return `${foreign(item.from ?? say("outside"))} → ${foreign(item.to ?? say("outside"))}`;
  }
  return item.name === undefined ? "" : foreign(item.id);
}
