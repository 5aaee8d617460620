// SPDX-License-Identifier: Apache-2.0
/** The editor's own words: they come with it, and not with the table's first load. */
import type { Language } from "../../words/words";
import { en } from "./en";
import { nl } from "./nl";

export type EditorKey = keyof typeof en;
export type EditorWords = Readonly<Record<EditorKey, string>>;
export type Say = (
  key: EditorKey,
  values?: Readonly<Record<string, string | number>>,
) => string;

const DICTIONARIES: Readonly<Record<Language, EditorWords>> = { nl, en };

/** Return what says a key in a language, its {names} filled in. */
export function sayingIn(language: Language): Say {
  return (key, values = {}) =>
    DICTIONARIES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : String(value);
    });
}

/** Whether there is a word for something that the centre says. */
export function isKey(key: string): key is EditorKey {
  return key in en;
}
