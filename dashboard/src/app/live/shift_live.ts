// SPDX-License-Identifier: Apache-2.0
/**
 * The shift of one site, kept up to date: levels, alarms, measures, the log and the handover.
 *
 * What is open is asked for after each entry of the log that comes over the stream. A page that
 * nobody looks at asks now and then instead: a browser holds six lines to one centre, and pages in
 * the background must not take them all.
 */
import { ask, type Answered, type Failure } from "../../api/client";
import { followLog } from "../../api/shift";
import type { ShiftEntryView } from "../../api/types";
import { withEntry } from "../../model/shift";
import { EMPTY_SHIFT, type ShiftState } from "../state";

const SOON_MS = 80;
/** A proposal changes without an entry: its reasons, and what is expected. */
const LEVELS_EVERY_MS = 5_000;
const OUTLOOK_EVERY_MS = 600_000;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 5_000;
const LOG_MAX = 500;

export class ShiftLive {
  private readonly stop = new AbortController();
  private state: ShiftState = EMPTY_SHIFT;
  private lastId = 0;
  private soon: ReturnType<typeof setTimeout> | null = null;
  private levelsTimer: ReturnType<typeof setInterval> | null = null;
  private outlookAt = -OUTLOOK_EVERY_MS;
  private wake: (() => void) | null = null;
  private cut = new AbortController();

  constructor(
    private readonly site: string,
    /** Whether alarms and the log may be read, which are of the whole site. */
    private readonly isWhole: boolean,
    private readonly mayFollow: boolean,
    private readonly changed: (state: ShiftState) => void,
    private readonly ended: () => void,
  ) {}

  start(): void {
    this.levelsTimer = setInterval(() => void this.readLevels(), LEVELS_EVERY_MS);
    if (this.isWhole && this.mayFollow) {
      void this.run();
      return;
    }
    this.tell({ asking: { kind: "denied" } });
    void this.read();
  }

  end(): void {
    this.stop.abort();
    this.cut.abort();
    this.wake?.();
    if (this.levelsTimer !== null) clearInterval(this.levelsTimer);
    if (this.soon !== null) clearTimeout(this.soon);
  }

  /** Ask again at once: somebody looks again, or the browser has a line again. */
  retry(): void {
    if (document.hidden) this.cut.abort();
    this.wake?.();
  }

  /** Read all that is open anew, and what came into the log since. */
  async read(): Promise<Failure | null> {
    if (!this.isWhole || !this.mayFollow) {
      await Promise.all([this.readLevels(), this.mayFollow && this.readMeasures()]);
      return null;
    }
    const { site } = this;
    const [alarms, handover, measures, log] = await Promise.all([
      ask("/sites/{site}/alarms", { site }),
      ask("/sites/{site}/handover", { site }),
      ask("/sites/{site}/measures", { site }),
      ask("/sites/{site}/log", { site }),
      this.readLevels(),
    ]);
    const failed = [alarms, handover, measures, log].find((one) => !one.ok);
    if (failed !== undefined) return failureIn(failed);
    if (!alarms.ok || !handover.ok || !measures.ok || !log.ok) return null;
    const isFirst = this.state.asking !== "known";
    for (const entry of log.value.items.toReversed()) this.learn(entry);
    this.tell({
      asking: "known",
      alarms: alarms.value.alarms,
      handover: handover.value,
      measures: measures.value,
      log: this.state.log,
      older: isFirst ? log.value.next : this.state.older,
    });
    return null;
  }

  /** Read a page of the log that is older than what is shown. */
  async readOlder(): Promise<void> {
    const { site } = this;
    const { older } = this.state;
    if (older === null) return;
    const found = await ask("/sites/{site}/log", { site }, { before: older });
    if (!found.ok) return;
    const log = [...this.state.log, ...found.value.items];
    this.tell({ log, older: log.length < LOG_MAX ? found.value.next : null });
  }

  /** Read what the next days may bring, where that was not long ago. */
  async readOutlook(): Promise<void> {
    if (!this.isWhole || performance.now() - this.outlookAt < OUTLOOK_EVERY_MS) return;
    this.outlookAt = performance.now();
    const { site } = this;
    const found = await ask("/sites/{site}/outlook", { site });
    if (found.ok) this.tell({ outlook: found.value });
    else this.outlookAt = -OUTLOOK_EVERY_MS;
  }

  private async run(): Promise<void> {
    let wait = RETRY_MS;
    while (!this.stop.signal.aborted) {
      const failure = (await this.read()) ?? (await this.listen());
      if (this.stop.signal.aborted) return;
      if (this.state.isLive) wait = RETRY_MS;
      this.tell({ isLive: false });
      if (failure.kind === "unknown") {
        this.ended();
        return;
      }
      if (failure.kind === "denied" || failure.kind === "missing") this.tell({ asking: failure });
      await this.pause(failure.kind === "wait" ? failure.seconds * 1000 : wait);
      wait = Math.min(RETRY_MS_MAX, wait * 2);
    }
  }

  private async listen(): Promise<Failure> {
    if (document.hidden) return { kind: "wait", seconds: RETRY_MS_MAX / 1000 };
    this.cut = new AbortController();
    const stop = AbortSignal.any([this.stop.signal, this.cut.signal]);
    return followLog(
      this.site,
      this.lastId,
      (entry) => this.hear(entry),
      () => this.tell({ isLive: true }),
      stop,
    );
  }

  private hear(entry: ShiftEntryView): void {
    this.learn(entry);
    this.tell({});
    this.soon ??= setTimeout(() => {
      this.soon = null;
      void this.readOpen();
    }, SOON_MS);
  }

  private learn(entry: ShiftEntryView): void {
    this.lastId = Math.max(this.lastId, entry.id);
    this.state = { ...this.state, log: withEntry(this.state.log, entry, LOG_MAX) };
  }

  private async readOpen(): Promise<void> {
    const { site } = this;
    const [alarms, handover] = await Promise.all([
      ask("/sites/{site}/alarms", { site }),
      ask("/sites/{site}/handover", { site }),
      this.readMeasures(),
      this.readLevels(),
    ]);
    if (alarms.ok) this.tell({ alarms: alarms.value.alarms });
    if (handover.ok) this.tell({ handover: handover.value });
  }

  private async readLevels(): Promise<void> {
    const { site } = this;
    const found = await ask("/sites/{site}/levels", { site });
    if (found.ok) this.tell({ levels: found.value });
  }

  private async readMeasures(): Promise<void> {
    const { site } = this;
    const found = await ask("/sites/{site}/measures", { site });
    if (found.ok) this.tell({ measures: found.value });
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }

  private tell(change: Partial<ShiftState>): void {
    this.state = { ...this.state, ...change };
    if (!this.stop.signal.aborted) this.changed(this.state);
  }
}

function failureIn(answered: Answered<unknown>): Failure | null {
  return answered.ok ? null : answered.failure;
}
