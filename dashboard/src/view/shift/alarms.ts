// SPDX-License-Identifier: Apache-2.0
/** The alarms that are open: what each is about, since when, who sees to it, and what to do. */
import type { AlarmView } from "../../api/types";
import { levelChip } from "../../draw/chips";
import { h, s, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { CRITICAL, inOrder, isShelved, mayHandle } from "../../model/shift";
import { zonePath } from "../../app/route";
import { foreign } from "../../words/words";
import { instead } from "../parts/messages";
import { act, alarmTitle, zoneName } from "./alarm_words";
import { alarmForms, alarmSteps } from "./alarm_forms";
import { flood } from "./critical";
import { outcome } from "./form";

export function alarms(look: Look): readonly Child[] {
  const { shift } = look.state;
  if (shift === null || shift.asking !== "known") return [instead(look, shift?.asking ?? "asking")];
  const ordered = inOrder(shift.alarms);
  const open = ordered.filter((one) => !isShelved(one, look.centreTime));
  const away = ordered.filter((one) => isShelved(one, look.centreTime));
  return [
    flood(look),
    h(
      "section",
      { class: "card alarms", "aria-labelledby": "alarms-title" },
      h(
        "div",
        { class: "alarms-head" },
        h("h2", { id: "alarms-title" }, look.say("alarms")),
        h("p", { class: "quiet" }, look.say("alarms.count", counts(open, away))),
      ),
      look.state.outcome !== null &&
        isGone(look, shift.alarms) &&
        outcome(look, look.state.outcome.about),
      open.length === 0 && h("p", { class: "fine", "data-key": "none" }, look.say("alarms.none")),
      h("ol", { class: "alarm-list" }, ...open.map((one) => alarm(look, one))),
    ),
    away.length > 0 &&
      h(
        "section",
        { class: "card alarms", "aria-labelledby": "shelved-title" },
        h("h2", { id: "shelved-title" }, look.say("alarms.shelved")),
        h("ol", { class: "alarm-list" }, ...away.map((one) => alarm(look, one))),
      ),
  ];
}

function counts(
  open: readonly AlarmView[],
  away: readonly AlarmView[],
): Readonly<Record<string, number>> {
  return {
    open: open.length,
    unseen: open.filter((one) => one.acknowledged === null).length,
    shelved: away.length,
  };
}

/** Whether what was done was done about an alarm that has ended since. */
function isGone(look: Look, shown: readonly AlarmView[]): boolean {
  return shown.every((one) => String(one.id) !== look.state.outcome?.about);
}

function alarm(look: Look, one: AlarmView): HTMLElement {
  const id = String(one.id);
  const titled = `alarm-${id}`;
  const isNew = one.acknowledged === null;
  const raised = Date.parse(one.raised_at);
  const isWorse = one.changed_at !== one.raised_at && isNew && one.assigned === null;
  return h(
    "li",
    {
      class: `alarm severity-${one.severity}${isNew ? " is-new" : ""}`,
      "data-key": id,
      "data-about": id,
      "data-kind": one.kind,
      tabindex: -1,
      "aria-labelledby": titled,
    },
    h(
      "div",
      { class: "alarm-head" },
      severity(look, one),
      h("h3", { id: titled }, alarmTitle(look, one)),
      one.kind.startsWith("level") && levelChip(look, one.level),
      h("span", { class: isNew ? "badge badge-lost" : "badge badge-mild" }, state(look, one)),
    ),
    h(
      "p",
      { class: "alarm-since" },
      look.say("broken.since", { time: look.moment(raised) }),
      " · ",
      look.ageSince(raised),
      isWorse &&
        ` · ${look.say("alarm.changed", { time: look.moment(Date.parse(one.changed_at)) })}`,
    ),
    h("p", { class: "alarm-do" }, h("b", {}, `${look.say("alarm.do")} `), toDo(look, one)),
    ...known(look, one),
    outcome(look, id),
    mayHandle(look.state.session) && alarmSteps(look, one),
    ...alarmForms(look, one),
  );
}

/** A sign for how soon somebody must look: three shapes and words, told apart without colour. */
function severity(look: Look, one: AlarmView): HTMLElement {
  const shape =
    one.severity >= CRITICAL
      ? "M8 1 L15 8 L8 15 L1 8 Z M8 4.5 V9 M8 11 V12"
      : one.severity === 2
        ? "M8 2 L15 14 H1 Z M8 6.5 V10 M8 11.5 V12.5"
        : "M8 2 A6 6 0 1 0 8.01 2 M8 7.5 V12 M8 4.5 V5.5";
  const sign = s(
    "svg",
    { class: "sign", viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("path", { d: shape }),
  );
  const word = look.word("severity", Math.min(CRITICAL, one.severity));
  return h("span", { class: "severity" }, sign, word);
}

function state(look: Look, one: AlarmView): string {
  if (one.shelved_until !== null && isShelved(one, look.centreTime)) {
    return look.say("alarm.until", { time: look.moment(Date.parse(one.shelved_until)) });
  }
  return look.say(one.acknowledged === null ? "alarm.new" : "alarm.seen");
}

function toDo(look: Look, one: AlarmView): HTMLElement {
  const told = look.word("alarm.do", one.kind);
  const isKnown = told !== foreign(one.kind);
  return h(
    "span",
    {},
    isKnown ? told : look.say("alarm.do.other"),
    one.zone !== "" && " ",
    one.zone !== "" &&
      h(
        "a",
        { href: zonePath(one.zone, look.state.site?.name ?? null) },
        look.say("alarm.zone", { zone: zoneName(look, one.zone) }),
      ),
  );
}

/** Say who has seen an alarm, who sees to it, and why it was put away. */
function known(look: Look, one: AlarmView): readonly HTMLElement[] {
  const told: HTMLElement[] = [];
  const { acknowledged, assigned, shelved } = one;
  if (acknowledged !== null) {
    told.push(
      h("p", { class: "alarm-said" }, `${look.say("alarm.seen.by")} `, ...act(look, acknowledged)),
    );
  }
  if (assigned !== null) {
    const to = [one.assigned_to, one.assigned_person]
      .filter((name) => name !== "")
      .map((name) => (name === null ? look.say("erased") : foreign(name)));
    told.push(
      h(
        "p",
        { class: "alarm-said" },
        `${look.say("alarm.assigned")} `,
        h("b", {}, to.join(", ")),
        ` ${look.say("alarm.by")} `,
        ...act(look, assigned),
      ),
    );
  }
  if (shelved !== null && isShelved(one, look.centreTime)) {
    told.push(
      h("p", { class: "alarm-said" }, `${look.say("alarm.shelved.by")} `, ...act(look, shelved)),
    );
  }
  return told;
}
