// SPDX-License-Identifier: Apache-2.0
/**
 * The site at other moments than now. One question at a time, the newest wanted first; so many
 * answers are kept, those that were looked at last.
 */
import { ask } from "../../api/client";
import type { ZoneEstimateView } from "../../api/types";

/** So many numbers are kept in sum: a week of eight zones, near three hours of five hundred. */
const KEPT_ZONES_MAX = 16_500;
const RETRY_MS = 3_000;

export type Answer = readonly ZoneEstimateView[] | "asking" | "failed";

export class Moments {
  private readonly kept = new Map<string, readonly ZoneEstimateView[]>();
  /** Which moment was not answered, and when it was asked for. */
  private failed: { readonly key: string; readonly at: number } | null = null;
  private wanted: readonly { at: number; isThen: boolean }[] = [];
  private isAsking = false;
  private hasEnded = false;

  constructor(
    private readonly site: string,
    private readonly changed: () => void,
  ) {}

  end(): void {
    this.hasEnded = true;
    this.wanted = [];
  }

  /** Return the zones at a moment, ms; asks where that is not had. isThen: as was known then. */
  at(at: number, isThen: boolean): Answer {
    const key = keyOf(at, isThen);
    const had = this.kept.get(key);
    if (had !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, had);
      return had;
    }
    const isFailed = this.failed?.key === key;
    if (isFailed && performance.now() - (this.failed?.at ?? 0) < RETRY_MS) return "failed";
    this.want([{ at, isThen }]);
    return isFailed ? "failed" : "asking";
  }

  /** Ask for a moment before it is looked at. */
  prepare(at: number, isThen: boolean): void {
    if (!this.kept.has(keyOf(at, isThen))) this.want([...this.wanted, { at, isThen }]);
  }

  /** Keep no longer what was known now of a moment. */
  forget(at: number): void {
    this.kept.delete(keyOf(at, false));
  }

  /** Drop what was not looked at for longest; what has just come stays. */
  private drop(): void {
    let zones = [...this.kept.values()].reduce((sum, one) => sum + Math.max(1, one.length), 0);
    for (const [oldest, answer] of this.kept) {
      if (zones <= KEPT_ZONES_MAX || this.kept.size === 1) break;
      this.kept.delete(oldest);
      zones -= Math.max(1, answer.length);
    }
  }

  private want(wanted: readonly { at: number; isThen: boolean }[]): void {
    this.wanted = wanted.slice(-2);
    if (!this.isAsking && !this.hasEnded) void this.run();
  }

  private async run(): Promise<void> {
    this.isAsking = true;
    for (let next = this.wanted[0]; next !== undefined; next = this.wanted[0]) {
      this.wanted = this.wanted.slice(1);
      const key = keyOf(next.at, next.isThen);
      if (this.kept.has(key)) continue;
      const at = String(Math.round(next.at / 1000));
      const query = next.isThen ? { at, knownBy: at } : { at };
      const asked = await ask("/sites/{site}/moment", { site: this.site }, query);
      if (this.hasEnded) break;
      if (asked.ok) {
        this.failed = null;
        this.kept.set(key, asked.value.zones);
        this.drop();
      } else {
        this.failed = { key, at: performance.now() };
        this.wanted = [];
      }
      this.changed();
    }
    this.isAsking = false;
  }
}

function keyOf(at: number, isThen: boolean): string {
  return `${at} ${isThen ? "then" : "now"}`;
}
