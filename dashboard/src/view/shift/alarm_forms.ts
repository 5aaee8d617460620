// SPDX-License-Identifier: Apache-2.0
/** What can be done about an alarm: acknowledge, assign, put away until a moment, take it back. */
import type { AlarmView } from "../../api/types";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { isShelved, shelfMinutes } from "../../model/shift";
import { choice, form, line, opener } from "./form";
import { alarmTitle } from "./alarm_words";

const MINUTES_OF_HOUR = 60;

export function alarmSteps(look: Look, one: AlarmView): HTMLElement {
  const about = String(one.id);
  const title = alarmTitle(look, one);
  const open = (what: string): { what: string; about: string; version: number } => ({
    what,
    about,
    version: one.version,
  });
  return h(
    "p",
    { class: "deeds" },
    one.acknowledged === null && opener(look, "alarm.acknowledge", open("acknowledge"), title),
    opener(look, "alarm.assign", open("assign"), title),
    isShelved(one, look.centreTime)
      ? h(
          "button",
          {
            type: "button",
            class: "act",
            "data-key": "unshelve",
            "data-do": "unshelve",
            "data-value": `${about} ${one.version}`,
          },
          look.say("alarm.unshelve"),
          h("span", { class: "unseen" }, ` ${title}`),
        )
      : opener(look, "alarm.shelve", open("shelve"), title),
  );
}

export function alarmForms(look: Look, one: AlarmView): readonly Child[] {
  const about = String(one.id);
  const minutes = shelfMinutes(one).map((each): readonly [string, string] => [
    String(each),
    each < MINUTES_OF_HOUR
      ? look.say("minutes.only", { m: each })
      : look.say("hours.only", { h: each / MINUTES_OF_HOUR }),
  ]);
  return [
    form(
      look,
      "acknowledge",
      about,
      "alarm.acknowledge",
      line(look, "comment.optional", "comment", { first: true }),
    ),
    form(
      look,
      "assign",
      about,
      "alarm.assign",
      line(look, "organisation", "organisation", {
        first: true,
        required: true,
        maxlength: 100,
        list: "organisations",
      }),
      organisations(look),
      line(look, "person.optional", "person", { maxlength: 100 }),
      line(look, "comment.optional", "comment"),
    ),
    form(
      look,
      "shelve",
      about,
      "alarm.shelve",
      choice(look, "shelve.until", "minutes", minutes, true),
      line(look, "shelve.why", "comment", { required: true }),
    ),
  ];
}

/** Those that have agreed to something at this site, to choose from; another may be typed. */
function organisations(look: Look): HTMLElement {
  const agreed = look.state.shift?.measures?.agreed ?? [];
  const names = [...new Set(agreed.map((one) => one.organisation))];
  const options = names.map((value) => h("option", { value }));
  return h("datalist", { id: "organisations" }, ...options);
}
