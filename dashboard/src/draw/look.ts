// SPDX-License-Identifier: Apache-2.0
/** What every view is a function of, and how it says things. */
import type { State } from "../app/state";
import { siteTime } from "../model/zones";
import { ageOf, dateOf, momentOf } from "../words/format";
import { say, sayWord, type Key } from "../words/words";
import { h } from "./dom";

const UTC = "UTC";
/** A line that is back within this time was no more than a hiccup. */
const LOST_SHOWN_MS = 2_000;

export class Look {
  /** The time by which ages are told, ms; null where it is not known yet. */
  readonly now: number | null;

  constructor(
    readonly state: State,
    /** The centre's time, ms; null where it is not known yet. */
    readonly centreTime: number | null,
  ) {
    this.now = timeOf(state, centreTime);
  }

  /** Whether a file is played again, whose time this is. */
  get isReplay(): boolean {
    return this.now !== this.centreTime;
  }

  /** Since when nothing has come over the line, ms; null while it holds, or hiccups. */
  get lostSince(): number | null {
    const { site } = this.state;
    if (site === null || site.asking !== "known" || site.link.isLive) return null;
    const { heardAt } = site.link;
    if (heardAt === null || this.centreTime === null) return null;
    return this.centreTime - heardAt >= LOST_SHOWN_MS ? heardAt : null;
  }

  say(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
    return say(this.state.language, key, values);
  }

  /** Say a word of the API. */
  word(group: string, word: string | number): string {
    return sayWord(this.state.language, group, word);
  }

  /** Times are told by the site's own time zone. */
  get zone(): string {
    return this.state.site?.drawn?.time_zone ?? UTC;
  }

  moment(ms: number): string {
    return momentOf(this.state.language, ms, this.zone, this.now);
  }

  date(ms: number): string {
    return dateOf(this.state.language, ms, this.zone);
  }

  age(ms: number): string {
    return ageOf(this.state.language, ms);
  }

  /** Say that something was so long ago. */
  ago(since: number): readonly (HTMLElement | string)[] {
    const [before = "", after = ""] = this.say("age.ago").split("{age}");
    return [before, this.ageSince(since), after];
  }

  /** Show how long ago something was; counted on by the page's ticker between two renderings. */
  ageSince(since: number, className = "age"): HTMLElement {
    return h(
      "time",
      {
        class: className,
        "data-age": since,
        datetime: new Date(since).toISOString(),
        title: this.date(since),
      },
      this.now === null ? "…" : this.age(this.now - since),
    );
  }
}

/** What is told there is of the centre's own time, also where a file is played again. */
const OF_THE_CENTRE: ReadonlySet<State["route"]["page"]> = new Set([
  "box",
  "alarms",
  "shift",
  "officer",
  "officerbox",
  "fleet",
  "exercise",
  "debrief",
]);

/** Return by which time a page tells ages: of messages, alarms and the log by the centre's. */
export function timeOf(state: State, centreTime: number | null): number | null {
  if (OF_THE_CENTRE.has(state.route.page)) return centreTime;
  return siteTime(state.site?.zones.values() ?? [], centreTime);
}
