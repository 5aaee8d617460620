// SPDX-License-Identifier: Apache-2.0
/** What happened in a zone, each with its moment, the first first. */
import type { ZoneDebriefView } from "../../api/types";
import type { Look } from "../../draw/look";
import { foreign } from "../../words/words";
import { actWords, alarmWords } from "./debrief";

export interface Happened {
  /** ms. */
  readonly at: number;
  readonly told: string;
}

export function happened(look: Look, zone: ZoneDebriefView): readonly Happened[] {
  const levels = [...zone.proposed, ...zone.declared].map((one) => ({
    at: Date.parse(one.act.at),
    told: `${actWords(look, one.act)}: ${look.say(`level.${one.level}`)}`,
  }));
  const raised = zone.alarms.map((one) => ({
    at: Date.parse(one.raised),
    told: [
      look.moment(Date.parse(one.raised)),
      `${look.say("debrief.alarm")}:`,
      alarmWords(look, one),
    ].join(" "),
  }));
  const handled = zone.alarms.flatMap((one) =>
    one.acts.map((act) => ({ at: Date.parse(act.at), told: actWords(look, act) })),
  );
  const measures = zone.measures.map((one) => ({
    at: Date.parse(one.act.at),
    told: `${actWords(look, one.act)}: ${foreign(one.text ?? one.measure)}`,
  }));
  return [...levels, ...raised, ...handled, ...measures].sort((one, other) => one.at - other.at);
}
