// SPDX-License-Identifier: Apache-2.0
/** Exercise control: the script with what is to come, the pace, and what was done. */
import type { ControlEntryView, ExerciseView, ScriptLineView } from "../../api/types";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { clockOf, number } from "../../words/format";
import { foreign, type Key } from "../../words/words";
import { instead } from "../parts/messages";
import { zoneName } from "../shift/alarm_words";
import { form, isOpen, opener } from "../shift/form";
import { tableOf } from "./parts";

const DIRECT = "direct an exercise";
const MAY_DIRECT = ["admin", "break-glass"] as const;
const SPEEDS = [1, 5, 10, 30, 60] as const;

/** Say whether exercise control is of use here: an exercise is run, by whoever looks. */
export function mayDirect(look: Look): boolean {
  const { session, exercise } = look.state;
  return exercise !== null && session?.rights.includes(DIRECT) === true;
}

export function control(look: Look): readonly Child[] {
  const { session, control: state } = look.state;
  if (session?.rights.includes(DIRECT) !== true) {
    return [instead(look, { kind: "denied" }, MAY_DIRECT)];
  }
  const exercise = state?.exercise ?? null;
  if (exercise !== null) {
    return [
      h(
        "div",
        { class: "control-page" },
        h("div", { class: "shift-side" }, pace(look, exercise), log(look, exercise.log)),
        lines(look, exercise.lines),
      ),
    ];
  }
  const asking = state?.asking ?? "asking";
  if (typeof asking !== "string" && asking.kind === "missing") return [none(look)];
  return [instead(look, asking)];
}

function none(look: Look): HTMLElement {
  return h(
    "section",
    { class: "instead card" },
    h("h2", {}, look.say("control.none")),
    h("p", {}, look.say("control.none.text")),
  );
}

function pace(look: Look, one: ExerciseView): HTMLElement {
  const { language } = look.state;
  const at = (time: string): string => look.moment(Date.parse(time));
  const speed =
    one.speed === null
      ? look.say("control.speed.free")
      : look.say("control.speed", { speed: number(language, one.speed) });
  const next =
    one.next_line === null
      ? look.say("control.next.none")
      : look.say("control.next", { time: at(one.next_line) });
  return h(
    "section",
    { class: "card control-pace", "aria-labelledby": "control-title" },
    h("h2", { id: "control-title" }, look.say("control")),
    h("p", {}, h("b", {}, foreign(one.scenario))),
    one.text !== "" && h("p", {}, foreign(one.text)),
    h("p", { class: "quiet" }, look.say("control.players")),
    h(
      "p",
      { class: "control-now" },
      h("span", { class: "quiet" }, look.say("control.now"), " "),
      h("time", { class: "number" }, clockOf(language, Date.parse(one.now), look.zone)),
      " ",
      h("span", { class: "quiet" }, fromTo(look, one.begins, one.ends)),
    ),
    h("p", { role: "status" }, h("b", {}, look.say(`pace.${one.pace}`)), ", ", speed, ". ", next),
    refusal(look),
    one.pace !== "over" && deeds(look, one),
  );
}

function fromTo(look: Look, from: string, to: string): string {
  return look.say("control.from.to", {
    from: look.moment(Date.parse(from)),
    to: look.moment(Date.parse(to)),
  });
}

function refusal(look: Look): HTMLElement | false {
  const found = look.state.control?.refusal ?? null;
  if (found === null) return false;
  const key: Key = found.kind === "impossible" ? "impossible" : "failed";
  return h("p", { class: "note", role: "alert" }, look.say(key));
}

function deeds(look: Look, one: ExerciseView): HTMLElement {
  const isPaused = one.pace === "paused";
  return h(
    "div",
    { class: "deeds control-deeds", "data-about": "control", tabindex: -1 },
    press(look, isPaused ? "go" : "pause", "", isPaused ? "control.go" : "control.pause"),
    press(look, "jump", "", "control.jump"),
    h(
      "div",
      { class: "control-speeds", role: "group", "aria-label": look.say("control.speeds") },
      ...SPEEDS.filter((speed) => speed <= one.speed_max).map((speed) =>
        h(
          "button",
          {
            type: "button",
            class: "choice",
            "data-do": "control-speed",
            "data-value": speed,
            "aria-pressed": one.speed === speed ? "true" : "false",
          },
          look.say("control.times", { speed }),
        ),
      ),
    ),
    !isOpen(look, "control-end", "control") &&
      opener(look, "control.end", { what: "control-end", about: "control", version: 0 }),
    form(
      look,
      "control-end",
      "control",
      "control.end.yes",
      h("p", { "data-first": true, tabindex: -1 }, look.say("control.end.sure")),
    ),
  );
}

function press(look: Look, deed: string, value: string, key: Key, beside = ""): HTMLElement {
  return h(
    "button",
    {
      type: "button",
      class: "act",
      "data-key": `${deed} ${value}`,
      "data-do": `control-${deed}`,
      "data-value": value,
    },
    look.say(key),
    beside !== "" && h("span", { class: "unseen" }, ` ${beside}`),
  );
}

function lines(look: Look, all: readonly ScriptLineView[]): HTMLElement {
  const heads: readonly Key[] = [
    "control.line.at",
    "control.line.what",
    "control.line.state",
    "control.line.do",
  ];
  const ordered = [...all].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return h(
    "section",
    { class: "card control-lines", "aria-labelledby": "lines-title" },
    h("h2", { id: "lines-title" }, look.say("control.lines")),
    all.length === 0
      ? h("p", { class: "quiet" }, look.say("control.lines.none"))
      : tableOf(look, "control.lines", heads, ordered.map((one) => line(look, one))),
  );
}

function line(look: Look, one: ScriptLineView): HTMLElement {
  const at = look.moment(Date.parse(one.at));
  const until = one.until === null ? null : look.moment(Date.parse(one.until));
  const when = until === null ? at : look.say("control.line.until", { from: at, until });
  const what = look.word("inject", one.kind);
  return h(
    "tr",
    { class: `is-${one.state.replace(" ", "-")}`, "data-key": String(one.line) },
    h("td", {}, when),
    h("th", { scope: "row" }, what, h("span", { class: "quiet" }, about(look, one))),
    h(
      "td",
      {},
      look.word("line", one.state),
      one.by_hand && h("span", { class: "quiet" }, ` (${look.say("control.line.hand")})`),
    ),
    h("td", {}, h("div", { class: "deeds" }, ...steps(look, one, what))),
  );
}

/** Return what a line is about: where, how much, and what somebody says. */
function about(look: Look, one: ScriptLineView): string {
  const { language } = look.state;
  const parts = [
    ...one.zones.map((zone) => zoneName(look, zone)),
    ...[...one.links, ...one.devices].map(foreign),
    one.people > 0 && look.say("control.people", { people: number(language, one.people) }),
    one.factor !== 1 && look.say("control.factor", { factor: number(language, one.factor, 1) }),
    one.text !== "" && foreign(one.text),
  ].filter((part) => part !== false);
  return parts.length === 0 ? "" : ` ${parts.join(", ")}`;
}

function steps(look: Look, one: ScriptLineView, what: string): readonly HTMLElement[] {
  if (look.state.control?.exercise?.pace === "over") return [];
  const value = String(one.line);
  if (one.state === "under way") return [press(look, "line-end", value, "control.stop", what)];
  if (one.state !== "to come") return [press(look, "line-begin", value, "control.again", what)];
  return [
    press(look, "line-begin", value, "control.begin", what),
    press(look, "line-leave-out", value, "control.leave.out", what),
  ];
}

function log(look: Look, entries: readonly ControlEntryView[]): HTMLElement {
  return h(
    "section",
    { class: "card log", "aria-labelledby": "control-log-title" },
    h("h2", { id: "control-log-title" }, look.say("control.log")),
    entries.length === 0 && h("p", { class: "quiet" }, look.say("control.log.none")),
    h(
      "ol",
      { class: "entries", "aria-label": look.say("control.log") },
      ...entries.map((one) => h("li", { class: "entry" }, ...controlEntry(look, one))),
    ),
  );
}

/** Say what exercise control did, or the script by itself. */
export function controlEntry(look: Look, one: ControlEntryView): readonly Child[] {
  const who = one.actor === "script" ? look.say("control.script") : foreign(one.organisation);
  return [
    h("time", { datetime: one.at }, look.moment(Date.parse(one.at))),
    " ",
    h("b", { class: "who" }, who),
    " ",
    h("span", {}, look.word("control.deed", one.deed)),
    one.detail !== "" && h("span", { class: "quiet" }, ` ${detail(look, one)}`),
  ];
}

function detail(look: Look, one: ControlEntryView): string {
  if (one.deed === "jumped") return look.moment(Number(one.detail) * 1000);
  if (one.deed === "speed set") return look.say("control.times", { speed: one.detail });
  const [line = "", kind = "", ...rest] = one.detail.split(" ");
  return `${line}: ${look.word("inject", kind)} ${foreign(rest.join(" "))}`;
}
