// SPDX-License-Identifier: Apache-2.0
/** The debrief: what was known when, and what was declared when, a time line for each zone. */
import type { DebriefView, PastActView, PastAlarmView, ZoneDebriefView } from "../../api/types";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { peopleOf, stepOf } from "../../words/format";
import { foreign, type Key } from "../../words/words";
import { instead } from "../parts/messages";
import { zoneName } from "../shift/alarm_words";
import { controlEntry } from "./control";
import { happened, type Happened } from "./happened";
import { leads } from "./leads";
import { row, tableOf } from "./parts";
import { timeline } from "./timeline";

const HOURS = [4, 8, 12, 24] as const;
/** Moments of a table, besides those at which something happened. */
const ROWS = 24;

export function debrief(look: Look): readonly Child[] {
  const { debrief: state } = look.state;
  const found = state?.found ?? null;
  if (found === null) return [instead(look, state?.asking ?? "asking")];
  return [
    h(
      "div",
      { class: "debrief-page" },
      head(look, found),
      leads(look, found),
      alarms(look, found),
      ...found.zones.map((one) => zone(look, one)),
      entries(look, "debrief.notes", "notes", found.notes.map((one) => noteWords(look, one))),
      entries(
        look,
        "debrief.control",
        "control",
        found.control.map((one) => controlEntry(look, one)),
      ),
    ),
  ];
}

function head(look: Look, found: DebriefView): HTMLElement {
  const at = (time: string): string => look.date(Date.parse(time));
  const told = look.say("debrief.of", {
    from: at(found.begins),
    to: at(found.ends),
    step: found.step_s / 60,
    version: found.site_version,
  });
  return h(
    "section",
    { class: "card", "aria-labelledby": "debrief-title" },
    h("h2", { id: "debrief-title" }, look.say("debrief")),
    h("p", {}, look.say("debrief.text")),
    h("p", { class: "quiet" }, told),
    h("p", { class: "quiet" }, look.say(found.knows_truth ? "debrief.truth" : "debrief.truth.not")),
    !found.has_forecasts && h("p", { class: "quiet" }, look.say("debrief.forecast.not")),
    h("div", { class: "deeds" }, ...spans(look), ...papers(look, found)),
  );
}

function spans(look: Look): readonly Child[] {
  const { exercise, debrief: state } = look.state;
  if (exercise !== null) return [again(0, look.say("debrief.read"))];
  return [
    h("span", { class: "quiet" }, look.say("debrief.span")),
    ...HOURS.map((hours) =>
      again(hours, look.say("debrief.hours", { h: hours }), state?.hours === hours),
    ),
  ];
}

function again(hours: number, told: string, isChosen?: boolean): HTMLElement {
  return h(
    "button",
    {
      type: "button",
      class: isChosen === undefined ? "act" : "choice",
      "data-do": "debrief",
      "data-value": hours,
      "aria-pressed": isChosen === undefined ? null : String(isChosen),
    },
    told,
  );
}

function papers(look: Look, found: DebriefView): readonly HTMLElement[] {
  const span = `from=${encodeURIComponent(found.begins)}&to=${encodeURIComponent(found.ends)}`;
  const site = encodeURIComponent(found.site);
  const address = `/v1/sites/${site}/debrief?${span}&language=${look.state.language}`;
  const out = { target: "_blank", rel: "noopener" };
  return [
    h("a", { href: `${address}&format=html`, ...out }, look.say("debrief.html")),
    h("a", { href: `${address}&format=pdf`, ...out }, look.say("debrief.pdf")),
  ];
}

function alarms(look: Look, found: DebriefView): HTMLElement {
  const all = [...found.zones.flatMap((one) => one.alarms), ...found.alarms];
  const ordered = all.sort((one, other) => one.id - other.id);
  return h(
    "section",
    { class: "card", "aria-labelledby": "past-alarms-title" },
    h("h2", { id: "past-alarms-title" }, look.say("debrief.alarms")),
    ordered.length === 0
      ? h("p", { class: "quiet" }, look.say("debrief.alarms.none"))
      : tableOf(
          look,
          "debrief.alarms",
          [
            "debrief.alarm.raised",
            "debrief.alarm.what",
            "debrief.alarm.seen",
            "debrief.alarm.handled",
            "debrief.alarm.ended",
          ],
          ordered.map((one) => alarm(look, one)),
        ),
  );
}

function alarm(look: Look, one: PastAlarmView): HTMLElement {
  const seen = one.acts.find((act) => act.deed === "alarm acknowledged");
  const others = one.acts.filter((act) => act !== seen).map((act) => actWords(look, act));
  return row(
    String(one.id),
    look.moment(Date.parse(one.raised)),
    alarmWords(look, one),
    seen === undefined ? look.say("debrief.alarm.unseen") : actWords(look, seen, false),
    others.join("; "),
    one.ended === null
      ? look.say("debrief.alarm.open")
      : look.moment(Date.parse(one.ended)),
  );
}

export function alarmWords(look: Look, one: PastAlarmView): string {
  const kind = look.word("alarm.kind", one.kind);
  const level = one.level === "green" ? "" : ` (${look.say(`level.${one.level}`)})`;
  const isZone = look.state.site?.drawn?.zones.some((each) => each.zone === one.about) === true;
  const where = one.members.length > 0 ? one.members.map(foreign).join(", ") : foreign(one.about);
  const about = isZone ? zoneName(look, one.about) : where;
  return one.about === "" ? `${kind}${level}` : `${kind}${level}: ${about}`;
}

/** Say when who did what, and what they said of it; what was erased says so. */
export function actWords(look: Look, act: PastActView, withDeed = true): string {
  const who = act.who === null ? look.say("erased") : foreign(act.who);
  const said = act.comment === null ? look.say("erased") : foreign(act.comment);
  return [
    look.moment(Date.parse(act.at)),
    act.who === "centre" ? look.say("centre") : who,
    withDeed && look.word("deed", act.deed),
    act.comment !== "" && `“${said}”`,
  ]
    .filter((part) => part !== false)
    .join(" ");
}

function zone(look: Look, one: ZoneDebriefView): HTMLElement {
  const id = `past-${one.zone}`;
  const told = summary(look, one);
  return h(
    "section",
    { class: "card", "aria-labelledby": id, "data-key": one.zone },
    h("h2", { id }, foreign(one.name)),
    h("p", {}, told),
    timeline(look, one, told),
    h("p", { class: "quiet legend" }, look.say("debrief.legend")),
    ...forecasts(look, one),
    h("details", {}, h("summary", {}, look.say("debrief.table")), table(look, one)),
  );
}

function summary(look: Look, one: ZoneDebriefView): string {
  const name = foreign(one.name);
  const shown = one.moments.filter((each) => each.shown !== null);
  const [first] = shown;
  if (first === undefined) return look.say("debrief.told.none", { zone: name });
  const most = shown.reduce((best, each) =>
    (each.shown?.people ?? 0) > (best.shown?.people ?? 0) ? each : best,
  );
  return look.say("debrief.told", {
    zone: name,
    people: peopleWords(look, most.shown),
    time: look.moment(Date.parse(most.at)),
  });
}

function forecasts(look: Look, one: ZoneDebriefView): readonly Child[] {
  if (one.forecasts.length === 0) return [];
  const number = (people: number, width: number): string =>
    peopleOf(look.state.language, people, stepOf(width));
  return [
    h("h3", {}, look.say("debrief.forecasts")),
    h(
      "ul",
      {},
      ...one.forecasts.map((each) => {
        const width = each.high - each.low;
        const time = look.moment(Date.parse(each.moment));
        const of =
          each.level === null
            ? look.say("debrief.forecast.peak", { time })
            : look.say("debrief.forecast.level", { level: look.say(`level.${each.level}`), time });
        return h(
          "li",
          {},
          look.say("debrief.forecast", {
            of,
            made: look.moment(Date.parse(each.made)),
            h: each.ahead_s / 3600,
            middle: number(each.middle, width),
            low: number(each.low, width),
            high: number(each.high, width),
          }),
        );
      }),
    ),
  ];
}

type Shown = ZoneDebriefView["moments"][number]["shown"];

function peopleWords(look: Look, shown: Shown): string {
  if (shown === null) return look.say("unknown");
  return peopleOf(look.state.language, shown.people, stepOf(shown.high_80 - shown.low_80));
}

function table(look: Look, one: ZoneDebriefView): HTMLElement {
  const { language } = look.state;
  const events = happened(look, one);
  const every = Math.max(1, Math.floor(one.moments.length / ROWS));
  const rows: HTMLElement[] = [];
  let from = -Infinity;
  one.moments.forEach((each, at) => {
    const to = Date.parse(each.at);
    const here = events.filter((event: Happened) => event.at > from && event.at <= to);
    from = to;
    if (here.length === 0 && at % every !== 0 && at !== one.moments.length - 1) return;
    const { shown } = each;
    const interval =
      shown === null
        ? look.say("unknown")
        : [
            peopleWords(look, shown),
            `(${peopleOf(language, shown.low_80, 1)}–${peopleOf(language, shown.high_80, 1)})`,
            !shown.is_counted && look.say("history.uncounted"),
          ]
            .filter((part) => part !== false)
            .join(" ");
    rows.push(
      row(
        each.at,
        look.moment(to),
        each.truth === null ? "?" : peopleOf(language, each.truth, 1),
        interval,
        look.say(`level.${each.proposed}`),
        look.say(`level.${each.declared}`),
        here.map((event) => event.told).join("; "),
      ),
    );
  });
  const heads: readonly Key[] = [
    "debrief.time",
    "debrief.true",
    "debrief.shown.80",
    "debrief.proposed",
    "debrief.declared",
    "debrief.happened",
  ];
  return tableOf(look, "debrief.table", heads, rows);
}

function noteWords(look: Look, act: PastActView): readonly Child[] {
  return [
    actWords(look, act),
    act.zone !== "" && h("span", { class: "quiet" }, ` ${zoneName(look, act.zone)}`),
  ];
}

function entries(
  look: Look,
  key: Key,
  id: string,
  all: readonly (readonly Child[])[],
): HTMLElement | false {
  if (all.length === 0) return false;
  return h(
    "section",
    { class: "card log", "aria-labelledby": `past-${id}-title` },
    h("h2", { id: `past-${id}-title` }, look.say(key)),
    h("ol", { class: "entries" }, ...all.map((one) => h("li", { class: "entry" }, ...one))),
  );
}
