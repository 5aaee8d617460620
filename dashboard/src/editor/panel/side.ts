// SPDX-License-Identifier: Apache-2.0
/** The side of the editor: what is chosen or all that is drawn, the check, saving, versions. */
import { h, type Child } from "../../draw/dom";
import { foreign } from "../../words/words";
import { checkPart } from "./check";
import { form } from "./form";
import { items } from "./items";
import { button, field, part, refusalWords, type Desk } from "./parts";
import { savePart, versionsPart } from "./saving";

export function side(desk: Desk, reason: string, zone: string): readonly HTMLElement[] {
  const { state } = desk;
  if (state.asking === "new") return [beginning(desk)];
  if (state.asking !== "known") return [waiting(desk)];
  const chosen = form(desk);
  return [
    ...(chosen === false ? items(desk) : [chosen]),
    checkPart(desk),
    savePart(desk, reason),
    versionsPart(desk, zone),
    chosen === false && more(desk),
  ].filter((one) => one !== false);
}

function waiting({ state, say }: Desk): HTMLElement {
  const { asking } = state;
  const isRefused = typeof asking === "object";
  const inside: readonly Child[] = isRefused
    ? [
        h("p", { class: "note", role: "alert" }, refusalWords(say, asking.kind)),
        asking.kind === "wrong" && h("q", { lang: "en" }, foreign(asking.told)),
        button("again", say("again")),
      ]
    : [h("p", { role: "status" }, say("loading"))];
  return part("waiting", say("title"), ...inside);
}

function beginning({ say }: Desk): HTMLElement {
  const number = { type: "number" };
  return part(
    "new",
    say("title.new"),
    h("p", {}, say("new.text")),
    field("new.site", say("field.site"), "", { help: say("field.site.help"), maxlength: 32 }),
    field("new.name", say("field.name"), ""),
    field("new.time_zone", say("field.time_zone"), "Europe/Amsterdam", { maxlength: 64 }),
    field("new.country", say("field.country"), "NL", { maxlength: 2 }),
    field("new.lon", say("field.lon"), "", number),
    field("new.lat", say("field.lat"), "", number),
    button("begin", say("new.begin")),
  );
}

function more({ say }: Desk): HTMLElement {
  return part(
    "another",
    say("new"),
    h("p", {}, h("a", { href: "/editor?new" }, say("title.new"))),
  );
}
