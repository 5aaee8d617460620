// SPDX-License-Identifier: Apache-2.0
/** What a box may send: its rule, what one person spends, the most bits, and every field. */
import type { FieldView, MetaView, OfficerBoxView } from "../../api/types";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { number } from "../../words/format";
import { foreign } from "../../words/words";
import { pair } from "../person/account";
import { section } from "./section";

const THOUSAND = 1_000;

export function maySend(look: Look, box: OfficerBoxView): HTMLElement {
  const { meta } = box;
  return section(
    look,
    "may",
    h("p", {}, look.say("may.text")),
    meta === null ? h("p", {}, look.say("may.unheard")) : rule(look, meta),
    h("p", {}, h("a", { href: "#part-fields" }, look.say("may.see"))),
  );
}

/** Every field that may leave the box, with its meaning; it stands at the end, for it is long. */
export function everyField(look: Look, box: OfficerBoxView): HTMLElement {
  return section(
    look,
    "fields",
    h("h4", {}, look.say("may.fields")),
    h("p", { class: "quiet" }, look.say("may.fields.text")),
    fields(look, "report", box.fields),
    h("h4", {}, look.say("may.meta")),
    h("p", { class: "quiet" }, look.say("may.meta.text")),
    fields(look, "meta", onlyInMeta(box.fields)),
    h("h4", {}, look.say("may.others")),
    h(
      "ul",
      {},
      ...(["checkpoint", "purged", "state"] as const).map((one) =>
        h("li", {}, look.word("may.other", one)),
      ),
    ),
  );
}

/** Write a privacy loss of thousandths. */
export function epsilon(look: Look, permille: number | null): string {
  if (permille === null) return look.say("may.no.epsilon");
  return look.say("box.epsilon", { value: number(look.state.language, permille / THOUSAND, 1) });
}

function rule(look: Look, meta: MetaView): HTMLElement {
  const bits = (millibits: number): string =>
    look.say("may.bits", { bits: number(look.state.language, millibits / THOUSAND, 1) });
  const seconds = meta.passage_s;
  const capacity = meta.records_millibits + meta.health_millibits;
  return h(
    "dl",
    {},
    ...pair(
      look.say("officer.rule"),
      look.word("rule", meta.rule),
      meta.rule_parameters.length > 0 && `, ${parameters(look, meta)}`,
    ),
    ...pair(
      look.say("officer.passage"),
      epsilon(look, meta.passage_loss_permille),
      seconds !== null && `, ${look.say("may.within", { age: look.age(seconds * THOUSAND) })}`,
    ),
    ...pair(look.say("may.eight"), epsilon(look, meta.eight_hours_loss_permille)),
    ...pair(look.say("box.window.length"), look.age(meta.length_s * THOUSAND)),
    ...pair(look.say("may.capacity"), bits(capacity)),
    ...pair(
      look.say("may.cap"),
      meta.cap_millibits === null ? look.say("unknown") : bits(meta.cap_millibits),
    ),
    ...pair(look.say("may.lines"), names(look, meta.lines)),
    ...pair(look.say("may.zones"), names(look, meta.zones)),
  );
}

function parameters(look: Look, meta: MetaView): string {
  const { rule: name, rule_parameters: given } = meta;
  const { language } = look.state;
  const value =
    name === "discrete_laplace"
      ? number(language, (given[0] ?? 0) / THOUSAND, 1)
      : given.map((one) => number(language, one)).join(", ");
  return look.word("may.parameter", name).replace("{value}", value);
}

function names(look: Look, of: readonly { id: string; count_max: number }[]): string {
  if (of.length === 0) return look.say("may.nothing");
  const count = (value: number): string => number(look.state.language, value);
  return of
    .map((one) => look.say("may.most", { name: foreign(one.id), most: count(one.count_max) }))
    .join(", ");
}

function onlyInMeta(fields: readonly FieldView[]): readonly FieldView[] {
  const known = new Set(fields.filter((one) => one.carrier === "report").map((one) => one.path));
  return fields.filter((one) => one.carrier === "meta" && !known.has(one.path));
}

function fields(
  look: Look,
  carrier: FieldView["carrier"],
  of: readonly FieldView[],
): HTMLElement {
  const heads = ["may.field", "may.meaning", "may.form"] as const;
  return h(
    "table",
    { class: "small fields", "data-carrier": carrier },
    h("thead", {}, h("tr", {}, ...heads.map((key) => h("th", { scope: "col" }, look.say(key))))),
    h(
      "tbody",
      {},
      ...of
        .filter((one) => one.carrier === carrier)
        .map((one) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, h("code", {}, one.path)),
            h("td", {}, look.word("field", one.path)),
            h("td", {}, ...form(look, one)),
          ),
        ),
    ),
  );
}

function form(look: Look, field: FieldView): readonly Child[] {
  const { language } = look.state;
  const text =
    field.form === "whole number"
      ? look.say("form.number", {
          low: number(language, field.low ?? 0),
          high: number(language, field.high ?? 0),
        })
      : field.form === "one of these words"
        ? look.say("form.choice", { words: field.words.join(", ") })
        : look.say("form.name");
  return [
    text,
    field.withheld && `; ${look.say("form.withheld")}`,
    field.of_list !== null && `; ${look.say("form.list", { count: field.of_list })}`,
  ];
}
