// SPDX-License-Identifier: Apache-2.0
/** The bar of time: from a week back to as far as is forecast; what is not known is not there. */
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import type { Tense } from "../scene/columns";
import { tell, type MapKey } from "../words/words";

export const STEP_MINUTES = 5;
export const BACK_MINUTES = 7 * 24 * 60;
const MINUTE_MS = 60_000;

/** What is looked at: minutes from now, 0 for now itself. */
export interface When {
  readonly minutes: number;
  readonly isThen: boolean;
  /** Whether what was a week before stands beside it. */
  readonly isBeside: boolean;
  readonly isPlaying: boolean;
}

export const NOW: When = { minutes: 0, isThen: false, isBeside: false, isPlaying: false };

export interface Bar {
  readonly look: Look;
  readonly when: When;
  readonly at: number | null;
  /** How far it is forecast, minutes; 0 where it is not. */
  readonly ahead: number;
  readonly answer: "known" | "asking" | "failed";
}

export function tenseOf(when: When): Tense {
  if (when.minutes === 0) return "now";
  return when.minutes < 0 ? "past" : "forecast";
}

/** Return the moment that is looked at, on whole steps, so that it is asked for once. */
export function momentOf(now: number | null, when: When): number | null {
  if (now === null) return null;
  const step = STEP_MINUTES * MINUTE_MS;
  return Math.floor((now + when.minutes * MINUTE_MS) / step) * step;
}

export function timebar({ look, when, at, ahead, answer }: Bar): readonly HTMLElement[] {
  const { language } = look.state;
  const told = (key: MapKey): string => tell(language, key);
  const tense = tenseOf(when);
  const words: Readonly<Record<Tense, MapKey>> = {
    now: "time.live",
    past: "time.past",
    forecast: "time.forecast",
  };
  const moment = tense === "now" || at === null ? "" : written(look, at);
  const said = moment === "" ? told(words[tense]) : `${told(words[tense])}: ${moment}`;
  return [
    h(
      "div",
      { class: "map-time-row" },
      h(
        "button",
        {
          type: "button",
          class: "map-button",
          "data-map": "play",
          "aria-label": told(when.isPlaying ? "time.pause" : "time.play"),
        },
        when.isPlaying ? "❚❚" : "▶",
      ),
      h("input", {
        type: "range",
        class: "map-when",
        id: "map-when",
        min: -BACK_MINUTES,
        max: ahead,
        step: STEP_MINUTES,
        "aria-label": told("time.slider"),
        "aria-valuetext": said,
        "data-map": "when",
      }),
      h(
        "button",
        {
          type: "button",
          class: "map-button map-now",
          "data-map": "now",
          "aria-pressed": tense === "now" ? "true" : "false",
        },
        told("time.now"),
      ),
    ),
    h(
      "div",
      { class: "map-time-row map-time-words" },
      h("b", { class: `map-tense is-${tense}` }, told(words[tense])),
      h("span", { class: "map-moment" }, moment),
      answer !== "known" &&
        h("span", { class: "quiet" }, told(answer === "asking" ? "time.asking" : "time.failed")),
      ahead === 0 && h("span", { class: "quiet map-absent" }, told("time.noforecast")),
      h(
        "button",
        {
          type: "button",
          class: "map-button map-then",
          "data-map": "beside",
          "aria-pressed": when.isBeside ? "true" : "false",
        },
        told("time.beside"),
      ),
      tense === "past" &&
        h(
          "button",
          {
            type: "button",
            class: "map-button map-then",
            "data-map": "then",
            "aria-pressed": when.isThen ? "true" : "false",
          },
          told("time.then"),
        ),
    ),
  ];
}

/** Write a moment in the site's time zone, with its day and its offset. */
function written(look: Look, at: number): string {
  const format = new Intl.DateTimeFormat(look.state.language === "nl" ? "nl-NL" : "en-GB", {
    timeZone: look.zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "shortOffset",
  });
  return format.format(at);
}
