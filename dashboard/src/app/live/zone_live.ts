// SPDX-License-Identifier: Apache-2.0
/** A zone's last day, read once and then kept up to date while its page is open. */
import { ask } from "../../api/client";
import { askSeries, askTable } from "../../api/series";
import { aheadOf } from "../../model/ahead";
import { merged, pointOf, type Point } from "../../model/history";
import type { ZoneState } from "../state";

const DAY_MS = 86_400_000;
const EVERY_MS = 15_000;
/** The first number is a moment away when a page opens. */
const RETRY_MS = 100;
/** A forecast is made each quarter of an hour. */
const AHEAD_EVERY_MS = 60_000;
/** What came late changes numbers of before: so much is read anew each time. */
const AGAIN_MS = 900_000;
/** Pages of a day: where windows are short it has more moments than one answer holds. */
const PAGES_MAX = 10;

export class ZoneLive {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private hasEnded = false;
  private hasAskedYesterday = false;
  private aheadAt = -AHEAD_EVERY_MS;
  private state: ZoneState;

  constructor(
    private readonly site: string,
    zone: string,
    /** Return when the zone's newest number is of, ms; null where it has none yet. */
    private readonly newest: () => number | null,
    private readonly changed: (state: ZoneState) => void,
  ) {
    this.state = { zone, asking: "asking", points: [], ahead: null, yesterday: null };
  }

  start(): void {
    this.changed(this.state);
    void this.read();
  }

  end(): void {
    this.hasEnded = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private async read(): Promise<void> {
    const newest = this.newest();
    // A day is many rows: what comes does not wait for them.
    const past = newest === null ? [] : [this.readUntil(newest + 1000), this.readYesterday(newest)];
    await Promise.all([...past, this.readAhead()]);
    if (this.hasEnded) return;
    this.timer = setTimeout(() => void this.read(), newest === null ? RETRY_MS : EVERY_MS);
  }

  private async readAhead(): Promise<void> {
    if (this.hasEnded || performance.now() - this.aheadAt < AHEAD_EVERY_MS) return;
    this.aheadAt = performance.now();
    const found = await ask("/sites/{site}/forecast", { site: this.site });
    if (this.hasEnded) return;
    if (found.ok) this.tell({ ahead: aheadOf(found.value, this.state.zone) });
    // One that is old is no longer what is expected.
    else if (found.failure.kind !== "down") this.tell({ ahead: null });
  }

  /** Read what was forecast a day before; once, since what was said then changes no more. */
  private async readYesterday(newest: number): Promise<void> {
    if (this.hasEnded || this.hasAskedYesterday) return;
    this.hasAskedYesterday = true;
    const made = String(Math.floor((newest - DAY_MS) / 1000));
    const found = await ask("/sites/{site}/forecast", { site: this.site }, { made });
    if (this.hasEnded || !found.ok) return;
    // Hours alone are compared: what was said in quarters of them is of the first hour.
    const hourly = { ...found.value, next_hour: null };
    this.tell({ yesterday: aheadOf(hourly, this.state.zone) });
  }

  private async readUntil(to: number): Promise<void> {
    const last = this.state.points.at(-1)?.at;
    const from = Math.max(to - DAY_MS, last === undefined ? 0 : last - AGAIN_MS);
    const found: Point[] = [];
    let part = await askSeries(this.site, this.state.zone, from, to);
    for (let page = 1; part.ok; page += 1) {
      found.push(...part.value.rows.map(pointOf).filter((one) => one !== null));
      if (part.value.next === null || page === PAGES_MAX || this.hasEnded) break;
      part = await askTable(part.value.next);
    }
    if (this.hasEnded) return;
    if (!part.ok) {
      this.tell(this.state.points.length > 0 ? {} : { asking: part.failure });
      return;
    }
    this.tell({ asking: "known", points: merged(this.state.points, found, to - DAY_MS) });
  }

  private tell(change: Partial<ZoneState>): void {
    this.state = { ...this.state, ...change };
    this.changed(this.state);
  }
}
