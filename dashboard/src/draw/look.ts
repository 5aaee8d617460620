// SPDX-License-Identifier: Apache-2.0
/** What every view is a function of, and how it says things. */
import type { State } from "../app/state";
import { ageOf, dateOf, momentOf } from "../words/format";
import { say, sayWord, type Key } from "../words/words";
import { h } from "./dom";

const UTC = "UTC";

export class Look {
  constructor(
    readonly state: State,
    /** The centre's time, ms; null where it is not known yet. */
    readonly now: number | null,
  ) {}

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
