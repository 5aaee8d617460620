// SPDX-License-Identifier: Apache-2.0
/** The words of the page. Nothing is shown that is not one of them, or a text of others. */
import { en } from "./en";
import { nl } from "./nl";

export type Key = keyof typeof en;
export type Words = Readonly<Record<Key, string>>;
export type Language = "nl" | "en";

export const DICTIONARIES: Readonly<Record<Language, Words>> = { nl, en };
/** A date as the language writes it: both with day before month, and 24 hours. */
export const LOCALES: Readonly<Record<Language, string>> = { nl: "nl-NL", en: "en-GB" };

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";
const SHOWN_MAX = 120;
/** Characters that turn a text around or cannot be seen: those of others have none of them. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** Make a text of others one that can stand among ours: of one direction, seen, and of a length. */
export function foreign(text: string): string {
  return foreignUpTo(SHOWN_MAX, text);
}

/** The same, of a length that is named. */
export function foreignUpTo(most: number, text: string): string {
  const seen = text.replace(UNSEEN, "\ufffd");
  const cut = [...seen].length > most ? `${[...seen].slice(0, most).join("")}…` : seen;
  return FIRST_STRONG_ISOLATE + cut + POP_ISOLATE;
}

/** Say a key in a language, its {names} filled in. */
export function say(
  language: Language,
  key: Key,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return DICTIONARIES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}

/** Say a word that the API knows, as "condition.stale"; a word of a later API as it is. */
export function sayWord(language: Language, group: string, word: string | number): string {
  const key = `${group}.${word}`;
  return key in en ? say(language, key as Key) : foreign(String(word));
}

/** Return which language a browser asks for. */
export function languageOf(asked: readonly string[]): Language {
  const first = asked.map((one) => one.slice(0, 2)).find((one) => one === "nl" || one === "en");
  return first === "en" ? "en" : "nl";
}
