// SPDX-License-Identifier: Apache-2.0
/** The log of the shift, live, and a note for it. */
import type { ShiftEntryView } from "../../api/types";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { mayHandle } from "../../model/shift";
import { foreign } from "../../words/words";
import { entryWords } from "./entry_words";
import { choice, form, line, opener, outcome } from "./form";

export function log(look: Look): HTMLElement {
  const { shift, session } = look.state;
  const entries = shift?.log ?? [];
  return h(
    "section",
    { class: "card log", "aria-labelledby": "log-title" },
    h("h2", { id: "log-title" }, look.say("log")),
    mayHandle(session) &&
      h("div", { class: "deeds", "data-about": "log", tabindex: -1 }, ...note(look)),
    entries.length === 0 && h("p", { class: "quiet" }, look.say("log.none")),
    h(
      "ol",
      { class: "entries", "aria-label": look.say("log") },
      ...entries.map((one) => entry(look, one)),
    ),
    shift?.older != null &&
      h("button", { type: "button", class: "plain", "data-do": "older" }, look.say("log.older")),
  );
}

function note(look: Look): readonly Child[] {
  const zones = look.state.site?.drawn?.zones ?? [];
  const places = zones.map((one): readonly [string, string] => [one.zone, foreign(one.name)]);
  return [
    opener(look, "note.write", { what: "note", about: "log", version: 0 }),
    outcome(look, "log"),
    form(
      look,
      "note",
      "log",
      "note.write",
      line(look, "note.text", "text", { first: true, required: true }),
      choice(look, "note.zone", "zone", [["", look.say("note.zone.none")], ...places]),
    ),
  ];
}

function entry(look: Look, one: ShiftEntryView): HTMLElement {
  const kind = one.actor === "centre" ? "entry is-centre" : "entry";
  return h("li", { class: kind, "data-key": String(one.id) }, ...entryWords(look, one));
}
