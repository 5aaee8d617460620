// SPDX-License-Identifier: Apache-2.0
/** What an alarm is called, and what is to be done about it. */
import type { ActView, AlarmView } from "../../api/types";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { foreign } from "../../words/words";

/** Return what people call a zone. */
export function zoneName(look: Look, zone: string): string {
  const drawn = look.state.site?.drawn?.zones.find((one) => one.zone === zone);
  return foreign(drawn?.name ?? zone);
}

/** Return what an alarm is about, as people call it; empty where it is about the whole site. */
export function alarmAbout(look: Look, alarm: AlarmView): string {
  if (alarm.zone !== "") return zoneName(look, alarm.zone);
  if (alarm.members.length > 0) return alarm.members.map(foreign).join(", ");
  const route = look.state.shift?.levels?.routes.find((one) => one.route === alarm.about);
  if (alarm.kind === "emergency route" && route !== undefined) return foreign(route.name);
  return alarm.about === "" ? "" : foreign(alarm.about);
}

export function alarmTitle(look: Look, alarm: AlarmView): string {
  const about = alarmAbout(look, alarm);
  const { kind } = alarm;
  if (kind === "level proposed" || kind === "level coming" || kind === "level declared") {
    return look.say(`alarm.title.${kind}`, { about, level: look.say(`level.${alarm.level}`) });
  }
  const told = look.word("alarm.kind", kind);
  return about === "" ? told : `${told}: ${about}`;
}

/** Say who did something, when, and what they said of it. */
export function act(look: Look, done: ActView): readonly Child[] {
  const who = done.by === null ? look.say("erased") : foreign(done.by);
  return [
    h("b", {}, who),
    ` (${foreign(done.organisation)}), ${look.moment(Date.parse(done.at))}`,
    done.comment !== "" && " ",
    done.comment !== "" &&
      h("q", {}, done.comment === null ? look.say("erased") : foreign(done.comment)),
  ];
}
