// SPDX-License-Identifier: Apache-2.0
/** Forms of the shift: one is open at a time, and what became of it stands where it was. */
import { h, type Attributes, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { foreign, type Key } from "../../words/words";
import { entryWords } from "./entry_words";

const TEXT_MAX = 500;

/** Return the form that is open for something; null where it is not. */
export function isOpen(look: Look, what: string, about: string): boolean {
  const { form } = look.state;
  return form !== null && form.what === what && form.about === about;
}

/** Make a button that opens a form. `version`: what it is decided on. */
export function opener(
  look: Look,
  key: Key,
  on: { readonly what: string; readonly about: string; readonly version: number },
  beside: string = "",
): HTMLElement {
  return h(
    "button",
    {
      type: "button",
      class: "act",
      "data-key": `open ${on.what}`,
      "data-do": "open",
      "data-value": `${on.what} ${on.about} ${on.version}`,
      "aria-expanded": isOpen(look, on.what, on.about) ? "true" : "false",
    },
    look.say(key),
    beside !== "" && h("span", { class: "unseen" }, ` ${beside}`),
  );
}

/** Make the form that is open, and nothing where it is not. */
export function form(
  look: Look,
  what: string,
  about: string,
  send: Key,
  ...fields: Child[]
): HTMLElement | false {
  if (!isOpen(look, what, about)) return false;
  return h(
    "form",
    { class: "deed", "data-do": what, "data-key": `form ${what} ${about}` },
    ...fields,
    h(
      "p",
      { class: "deed-ends" },
      h("button", { disabled: look.state.form?.isBusy === true }, look.say(send)),
      h("button", { type: "button", class: "plain", "data-do": "close" }, look.say("form.close")),
    ),
  );
}

/** Make a line to type in. `first`: where the focus goes when the form opens. */
export function line(
  look: Look,
  key: Key,
  name: string,
  more: Attributes & { readonly first?: boolean } = {},
): HTMLElement {
  const { first = false, ...attributes } = more;
  const id = `deed-${name}`;
  return h(
    "p",
    { class: "field" },
    h("label", { for: id }, look.say(key)),
    h("input", {
      id,
      name,
      type: "text",
      maxlength: TEXT_MAX,
      autocomplete: "off",
      "data-first": first,
      ...attributes,
    }),
  );
}

/** Make a list to choose from: a value and its words each. */
export function choice(
  look: Look,
  key: Key,
  name: string,
  values: readonly (readonly [string, string])[],
  first = false,
): HTMLElement {
  const id = `deed-${name}`;
  return h(
    "p",
    { class: "field" },
    h("label", { for: id }, look.say(key)),
    h(
      "select",
      { id, name, "data-first": first },
      ...values.map(([value, told]) => h("option", { value }, told)),
    ),
  );
}

/** Say what became of what was done about something; nothing where nothing was. */
export function outcome(look: Look, about: string, ...whats: string[]): HTMLElement | false {
  const { outcome: found } = look.state;
  if (found === null || found.about !== about) return false;
  if (whats.length > 0 && !whats.includes(found.what)) return false;
  const { refusal, since } = found;
  if (refusal === null) {
    return h("p", { class: "done", role: "status", "data-key": "outcome" }, look.say("done"));
  }
  if (refusal.kind === "changed") {
    const told = since.length > 0 ? since.map((one) => entryWords(look, one)) : [];
    const others = since.length > 0 ? [] : refusal.told.map((one) => [foreign(one)]);
    return h(
      "div",
      { class: "note meanwhile", role: "alert", "data-key": "outcome" },
      h("p", {}, h("b", {}, look.say("meanwhile"))),
      h("ul", {}, ...[...told, ...others].map((one) => h("li", {}, ...one))),
      h("p", {}, look.say("meanwhile.text")),
    );
  }
  if (refusal.kind === "impossible") {
    return h(
      "p",
      { class: "note", role: "alert", "data-key": "outcome" },
      h("b", {}, look.say("impossible")),
      " ",
      look.say("impossible.wanted"),
      " ",
      h("q", { lang: "en" }, foreign(refusal.wanted)),
    );
  }
  const key: Key = refusal.kind === "denied" ? "refused" : "failed";
  return h("p", { class: "note", role: "alert", "data-key": "outcome" }, look.say(key));
}
