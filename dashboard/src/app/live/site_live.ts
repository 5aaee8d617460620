// SPDX-License-Identifier: Apache-2.0
/**
 * One site, kept up to date: its newest numbers, then whatever becomes known, and again after each
 * cut of the line, from the last event that came.
 */
import { ask, type Failure } from "../../api/client";
import { follow, type StreamEvent, type ZoneNumbers } from "../../api/stream";
import type { SiteNowView, ZoneEstimateView } from "../../api/types";
import type { CentreClock } from "../../model/clock";
import type { LinkState, SiteState } from "../state";

const RETRY_MS = 500;
const RETRY_MS_MAX = 5_000;
/** Who counted, and how each fares, is asked for soon after an event, and not at every one. */
const DETAIL_MS = 100;
const DETAIL_EVERY_MS = 1_000;
/** A site is drawn anew seldom, and then somebody waits to see it. */
const DRAWN_EVERY_MS = 60_000;

export class SiteLive {
  private readonly stop = new AbortController();
  private readonly zones = new Map<string, ZoneEstimateView>();
  private state: SiteState;
  private lastId: number | null = null;
  private detailAt = 0;
  private drawnAt = 0;
  private detailTimer: ReturnType<typeof setTimeout> | null = null;
  private wake: (() => void) | null = null;
  /** Numbers came that nobody was told yet. */
  private hasNews = true;

  constructor(
    private readonly site: string,
    isWhole: boolean,
    private readonly clock: CentreClock,
    private readonly changed: (state: SiteState) => void,
    private readonly ended: () => void,
    private readonly exercised: (exercise: string | null) => void,
  ) {
    this.state = {
      name: site,
      isWhole,
      asking: "asking",
      drawn: null,
      zones: this.zones,
      link: { isLive: false, heardAt: null },
    };
  }

  start(): void {
    this.tell({});
    void this.run();
  }

  end(): void {
    this.stop.abort();
    this.wake?.();
    if (this.detailTimer !== null) clearTimeout(this.detailTimer);
  }

  /** Try again at once: the browser says that it has a line again, or was woken. */
  retry(): void {
    this.wake?.();
  }

  private async run(): Promise<void> {
    let wait = RETRY_MS;
    while (!this.stop.signal.aborted) {
      const failure = await this.followSite();
      if (this.stop.signal.aborted) return;
      if (this.state.link.isLive) wait = RETRY_MS;
      this.tell({ link: { ...this.state.link, isLive: false } });
      if (failure.kind === "unknown") {
        this.ended();
        return;
      }
      if (failure.kind === "denied" || failure.kind === "missing") this.tell({ asking: failure });
      else if (this.zones.size === 0) this.tell({ asking: failure });
      await this.pause(failure.kind === "wait" ? failure.seconds * 1000 : wait);
      wait = Math.min(RETRY_MS_MAX, wait * 2);
    }
  }

  private async followSite(): Promise<Failure> {
    const { site } = this;
    const [drawn, latest] = await Promise.all([
      ask("/sites/{site}", { site }),
      ask("/sites/{site}/latest", { site }),
    ]);
    if (!drawn.ok) return drawn.failure;
    if (!latest.ok) return latest.failure;
    this.exercised(latest.exercise);
    this.learn(latest.value);
    this.drawnAt = performance.now();
    this.tell({ asking: "known", drawn: drawn.value, link: this.linkNow(false) });
    return follow(site, this.lastId, (event) => this.hear(event), this.stop.signal);
  }

  private hear(event: StreamEvent): void {
    if (event.name === "clock") {
      this.clock.hear(event.now);
    } else {
      // An exercise may run faster than time: what became known then is not after now.
      if ((this.clock.now() ?? event.id) < event.id) this.clock.hear(event.id);
      this.lastId = event.id;
      for (const zone of event.zones) this.merge(zone);
      this.askDetails();
    }
    this.tell({ link: this.linkNow(true) });
  }

  private linkNow(isLive: boolean): LinkState {
    return { isLive, heardAt: this.clock.now() };
  }

  /** Take new numbers in. Who counted stays as it was known, until that is asked for. */
  private merge(numbers: ZoneNumbers): void {
    const had = this.zones.get(numbers.zone);
    if (had !== undefined && Date.parse(had.at) > Date.parse(numbers.at)) return;
    const gone = had === undefined ? 0 : (Date.parse(numbers.at) - Date.parse(had.at)) / 1000;
    const contributions = (had?.contributions ?? []).map((one) => ({
      ...one,
      age_s: one.age_s === null ? null : one.age_s + gone,
    }));
    this.zones.set(numbers.zone, { ...numbers, contributions });
    this.hasNews = true;
  }

  private learn(latest: SiteNowView): void {
    this.zones.clear();
    for (const zone of latest.zones) this.zones.set(zone.zone, zone);
    this.hasNews = true;
    if (latest.known_at === null) return;
    this.lastId = Date.parse(latest.known_at);
    // Until the stream tells the time: it is no earlier than what is known already.
    if (this.clock.now() === null) this.clock.hear(this.lastId);
  }

  private askDetails(): void {
    if (this.detailTimer !== null) return;
    const due = Math.max(DETAIL_MS, this.detailAt + DETAIL_EVERY_MS - performance.now());
    this.detailTimer = setTimeout(() => void this.readDetails(), due);
  }

  private async readDetails(): Promise<void> {
    const latest = await ask("/sites/{site}/latest", { site: this.site });
    this.detailTimer = null;
    this.detailAt = performance.now();
    if (this.stop.signal.aborted || !latest.ok) return;
    for (const zone of latest.value.zones) {
      const had = this.zones.get(zone.zone);
      if (had === undefined || Date.parse(zone.at) >= Date.parse(had.at)) {
        this.zones.set(zone.zone, zone);
      }
    }
    this.hasNews = true;
    this.tell({});
    if (performance.now() - this.drawnAt < DRAWN_EVERY_MS) return;
    this.drawnAt = performance.now();
    const drawn = await ask("/sites/{site}", { site: this.site });
    if (drawn.ok) this.tell({ drawn: drawn.value });
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms + Math.random() * RETRY_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }

  private tell(change: Partial<SiteState>): void {
    // Most that comes is the time alone: what is the same is told by being the same.
    const zones = this.hasNews ? new Map(this.zones) : this.state.zones;
    this.hasNews = false;
    this.state = { ...this.state, ...change, zones };
    if (!this.stop.signal.aborted) this.changed(this.state);
  }
}
