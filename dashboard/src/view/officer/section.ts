// SPDX-License-Identifier: Apache-2.0
/** A part of the officer's page, under the question that it answers. */
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";

export type Part = "may" | "sent" | "held" | "audit" | "kept" | "looked" | "fields";

export function section(look: Look, part: Part, ...children: Child[]): HTMLElement {
  const id = `officer-${part}`;
  return h(
    "section",
    { class: "card", id: `part-${part}`, "aria-labelledby": id },
    h("h3", { id }, look.say(`part.${part}`)),
    ...children,
  );
}
