// SPDX-License-Identifier: Apache-2.0
/**
 * Which moment is looked at, what is known of it, and what was a week before it. A moment that is
 * not known yet leaves the last one standing.
 */
import type { ZoneEstimateView } from "../../api/types";
import type { Look } from "../../draw/look";
import type { Week } from "../scene/columns";
import { aheadOf, expectedAt, type Forecast } from "../scene/forecast";
import { Moments } from "./moments";
import { BACK_MINUTES, momentOf, NOW, STEP_MINUTES, type When } from "./timebar";

const PLAY_MS = 400;
/** From the end there is nothing to play: it begins so long before now. */
const REPLAYED_MINUTES = 180;
const WEEK_MS = 7 * 24 * 3_600_000;

export interface Known {
  readonly zones: readonly ZoneEstimateView[];
  readonly answer: "known" | "asking" | "failed";
  readonly at: number | null;
}

export class Times {
  when: When = NOW;
  private readonly moments: Moments;
  private playing: ReturnType<typeof setInterval> | null = null;
  private shown: readonly ZoneEstimateView[] = [];
  private week: { readonly at: number; readonly zones: Week } | null = null;

  /** look, forecast: what is known of now and of later when it is asked for. */
  constructor(
    site: string,
    private readonly look: () => Look | null,
    private readonly forecast: () => Forecast | null,
    private readonly changed: () => void,
  ) {
    this.moments = new Moments(site, changed);
  }

  end(): void {
    this.moments.end();
    this.play(false);
  }

  /** Return the zones at the moment that is looked at, and whether they are known. */
  known(look: Look): Known {
    const { site } = look.state;
    const at = momentOf(look.now, this.when);
    const forecast = this.forecast();
    if (this.when.minutes > 0 && at !== null && forecast !== null) {
      return { zones: expectedAt(forecast, site?.drawn ?? null, at), answer: "known", at };
    }
    if (this.when.minutes >= 0 || at === null) {
      return { zones: [...(site?.zones.values() ?? [])], answer: "known", at };
    }
    const answer = this.moments.at(at, this.when.isThen);
    if (typeof answer === "string") return { zones: this.shown, answer, at };
    this.shown = answer;
    return { zones: answer, answer: "known", at };
  }

  /** Return the zones a week before the moment that is looked at; null until that is known. */
  weekBefore(look: Look): Week | null {
    const at = momentOf(look.now, this.when);
    const { isPlaying, isBeside } = this.when;
    // What plays asks for twice as much only where both are looked at.
    if (at === null || (isPlaying && !isBeside)) return null;
    if (this.known(look).answer !== "known") return null;
    const then = at - WEEK_MS;
    if (this.week?.at === then) return this.week.zones;
    const answer = this.moments.at(then, false);
    if (typeof answer === "string") return null;
    // A map that is open all day needs one of them, and of that three numbers a zone.
    this.moments.forget(then);
    const zones = answer.map(({ zone, people, low_80, high_80 }) => {
      return [zone, { people, low_80, high_80 }] as const;
    });
    this.week = { at: then, zones: new Map(zones) };
    return this.week.zones;
  }

  /** Return how far it is forecast, in whole steps; minutes. */
  ahead(): number {
    const minutes = aheadOf(this.forecast(), this.look()?.now ?? null);
    return Math.floor(minutes / STEP_MINUTES) * STEP_MINUTES;
  }

  turnTo(minutes: number): void {
    if (minutes === 0 && this.when.minutes !== -STEP_MINUTES) this.play(false);
    if (minutes > this.ahead()) this.play(false);
    this.when = { ...this.when, minutes: Math.max(-BACK_MINUTES, Math.min(this.ahead(), minutes)) };
    this.changed();
  }

  turn(what: "then" | "beside"): void {
    const { isThen, isBeside } = this.when;
    const turned = what === "then" ? { isThen: !isThen } : { isBeside: !isBeside };
    this.when = { ...this.when, ...turned };
  }

  play(isPlaying: boolean): void {
    if (this.playing !== null) clearInterval(this.playing);
    this.playing = null;
    this.when = { ...this.when, isPlaying };
    if (!isPlaying) return;
    if (this.when.minutes >= this.ahead()) {
      this.when = { ...this.when, minutes: -REPLAYED_MINUTES };
    }
    this.playing = setInterval(() => this.playOn(), PLAY_MS);
  }

  private playOn(): void {
    const look = this.look();
    if (look === null || this.known(look).answer === "asking") return;
    this.turnTo(this.when.minutes + STEP_MINUTES);
    const following = { ...this.when, minutes: this.when.minutes + STEP_MINUTES };
    const at = momentOf(look.now, following);
    if (at !== null && following.minutes < 0) this.moments.prepare(at, this.when.isThen);
  }
}
