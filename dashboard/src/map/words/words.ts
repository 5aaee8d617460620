// SPDX-License-Identifier: Apache-2.0
/** The map's own words: they come with it, and not with the table's first load. */
import type { Language } from "../../words/words";
import { en } from "./en";
import { nl } from "./nl";

export type MapKey = keyof typeof en;
export type MapWords = Readonly<Record<MapKey, string>>;

const DICTIONARIES: Readonly<Record<Language, MapWords>> = { nl, en };

/** Say a key in a language, its {names} filled in. */
export function tell(
  language: Language,
  key: MapKey,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return DICTIONARIES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}

/** Say the word of a place that a drawing names; nothing where we have none. */
export function tellPlace(language: Language, word: string): string {
  return word in en ? tell(language, word as MapKey) : "";
}
