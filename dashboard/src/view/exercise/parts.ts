// SPDX-License-Identifier: Apache-2.0
/** Tables of the pages of an exercise: they move within their frame, and a key moves them. */
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import type { Key } from "../../words/words";

/** Make a table of rows under their headings. */
export function tableOf(
  look: Look,
  told: Key,
  heads: readonly Key[],
  rows: readonly HTMLElement[],
): HTMLElement {
  return h(
    "div",
    { class: "wide", tabindex: 0, role: "group", "aria-label": look.say(told) },
    h(
      "table",
      { class: "small" },
      h("thead", {}, h("tr", {}, ...heads.map((key) => h("th", { scope: "col" }, look.say(key))))),
      h("tbody", {}, ...rows),
    ),
  );
}

/** Make a row; its first cell is its heading. */
export function row(key: string, first: string, ...cells: readonly string[]): HTMLElement {
  return h(
    "tr",
    { "data-key": key },
    h("th", { scope: "row" }, first),
    ...cells.map((one) => h("td", {}, one)),
  );
}
