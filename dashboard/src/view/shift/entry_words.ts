// SPDX-License-Identifier: Apache-2.0
/** An entry of the log as a sentence: when, who, what, about what, and what they said of it. */
import type { ShiftEntryView } from "../../api/types";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { levelOf, textOf, wordOf } from "../../model/shift";
import { foreign } from "../../words/words";
import { zoneName } from "./alarm_words";

const CENTRE = "centre";

export function entryWords(look: Look, entry: ShiftEntryView): readonly Child[] {
  const said = textOf(entry, "comment");
  return [
    h(
      "time",
      { datetime: entry.at, title: look.date(Date.parse(entry.at)) },
      look.moment(Date.parse(entry.at)),
    ),
    " ",
    h("b", { class: "who" }, whoOf(look, entry)),
    " ",
    h("span", { class: "what" }, look.word("deed", entry.deed), aboutOf(look, entry)),
    said !== "" && " ",
    said !== "" && h("q", {}, said === null ? look.say("erased") : foreign(said)),
  ];
}

function whoOf(look: Look, entry: ShiftEntryView): string {
  if (entry.actor === CENTRE) return look.say("centre");
  const name = textOf(entry, "name");
  if (name === null) return look.say("erased");
  return name === "" ? foreign(entry.organisation) : foreign(name);
}

function aboutOf(look: Look, entry: ShiftEntryView): string {
  const parts: string[] = [];
  const kind = wordOf(entry, "kind");
  if (kind !== "") parts.push(look.word("alarm.kind", kind));
  if (entry.zone !== "") parts.push(zoneName(look, entry.zone));
  else if (kind !== "") {
    const about = wordOf(entry, "members") || wordOf(entry, "about");
    if (about !== "") parts.push(foreign(about));
  }
  const level = levelOf(entry, "level");
  const isLeveled = !entry.deed.startsWith("measure");
  if (level !== null && isLeveled) {
    const before = levelOf(entry, "before");
    const now = look.say(`level.${level}`);
    parts.push(before === null ? now : `${look.say(`level.${before}`)} → ${now}`);
  }
  const measure = measureOf(look, entry);
  if (measure !== "") parts.push(measure);
  const to = [textOf(entry, "to"), textOf(entry, "person")].filter((one) => one !== "");
  if (to.length > 0) {
    parts.push(to.map((one) => (one === null ? look.say("erased") : foreign(one))).join(", "));
  }
  const until = Number(wordOf(entry, "until_ms"));
  if (until > 0) parts.push(look.say("until", { time: look.moment(until) }));
  const alarm = entry.alarm === null ? null : alarmOf(look, entry.alarm);
  if (alarm !== null && kind === "") parts.unshift(alarm);
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

function measureOf(look: Look, entry: ShiftEntryView): string {
  const id = wordOf(entry, "measure");
  if (id === "") return "";
  const known = look.state.shift?.measures?.measures.find((one) => one.measure === id);
  return known === undefined ? "" : foreign(known.text);
}

/** Return what an alarm is that an entry names by its number: what raised it says so. */
function alarmOf(look: Look, id: number): string | null {
  const raised = look.state.shift?.log.find((one) => one.id === id);
  const open = look.state.shift?.alarms.find((one) => one.id === id);
  const kind = open?.kind ?? (raised === undefined ? "" : wordOf(raised, "kind"));
  return kind === "" ? null : look.word("alarm.kind", kind);
}
