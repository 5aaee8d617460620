// SPDX-License-Identifier: Apache-2.0
/** What every part of the editor's side is made of. */
import { h, type Attributes, type Child } from "../../draw/dom";
import type { Language } from "../../words/words";
import { foreign, LOCALES } from "../../words/words";
import type { Chosen, EditorState } from "../model/state";
import { isKey, type EditorKey, type Say } from "../words/words";

export interface Desk {
  readonly state: EditorState;
  readonly say: Say;
  readonly language: Language;
  readonly token: string | null;
}

/** Make a button that asks for something; `value`: of what. */
export function button(
  what: string,
  words: string,
  more: Attributes & { readonly value?: string | number } = {},
): HTMLElement {
  const { value = "", ...attributes } = more;
  return h(
    "button",
    {
      type: "button",
      "data-edit": what,
      "data-of": value,
      "data-key": `${what} ${value}`,
      ...attributes,
    },
    words,
  );
}

/** Make a field to type in; a change of it is told under its name. */
export function field(
  name: string,
  words: string,
  value: string | number | undefined,
  more: Attributes & { readonly help?: string } = {},
): HTMLElement {
  const { help = "", ...attributes } = more;
  const id = `edit-${name}`;
  const isNumber = attributes["type"] === "number";
  return h(
    "p",
    { class: "field", "data-key": `field ${name}` },
    h("label", { for: id }, words),
    h("input", {
      id,
      type: "text",
      "data-field": name,
      value: value ?? "",
      maxlength: isNumber ? null : 100,
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      step: isNumber ? "any" : null,
      "aria-describedby": help === "" ? null : `${id}-help`,
      ...attributes,
    }),
    help !== "" && h("span", { class: "quiet help", id: `${id}-help` }, help),
  );
}

/** Make a list to choose from: a value and its words each. */
export function choice(
  name: string,
  words: string,
  value: string,
  values: readonly (readonly [string, string])[],
): HTMLElement {
  const id = `edit-${name}`;
  const isKnown = values.some(([one]) => one === value);
  const known = isKnown ? values : [...values, [value, value] as const];
  return h(
    "p",
    { class: "field", "data-key": `field ${name}` },
    h("label", { for: id }, words),
    h(
      "select",
      { id, "data-field": name, "data-value": value },
      ...known.map(([one, told]) => h("option", { value: one, selected: one === value }, told)),
    ),
  );
}

/** Make a part of the side with its heading. */
export function part(key: string, words: string, ...children: Child[]): HTMLElement {
  const id = `editor-${key}`;
  return h(
    "section",
    { class: "editor-part", "aria-labelledby": id, "data-key": key, "data-part": key },
    h("h2", { id }, words),
    ...children,
  );
}

/** Say what something is: its kind, and its id. */
export function nameOf(say: Say, kind: string, id: string): string {
  const key = `one.${kind}`;
  return isKey(key) ? say(key, { id: foreign(id) }) : foreign(`${kind} ${id}`);
}

/** Say a key of the file, such as "Capacity, people". */
export function keyName(say: Say, key: string): string {
  const found = `field.${key}`;
  return isKey(found) ? say(found) : foreign(key);
}

export function numberOf(language: Language, value: number, digits = 0): string {
  return value.toLocaleString(LOCALES[language], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export function isChosen(chosen: Chosen | null, kind: string, id: string): boolean {
  return chosen?.kind === kind && chosen.id === id;
}

/** Say why something was refused. */
export function refusalWords(say: Say, kind: string): string {
  const key: string = `failed.${kind}`;
  return isKey(key) ? say(key) : say("failed.down");
}

export type { EditorKey };
