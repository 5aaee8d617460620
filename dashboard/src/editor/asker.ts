// SPDX-License-Identifier: Apache-2.0
/** What the editor asks of the centre, and what it then is. One check runs at a time. */
import { askChanges, askCheck, askDrawing, askVersions, save, type Sent } from "./api";
import { wholeOf } from "./model/drawing";
import { begun, stepped } from "./model/history";
import type { EditorState } from "./model/state";

const AGAIN_MS = 1_500;

export class Asker {
  private isChecking = false;
  private isDue = false;

  constructor(
    private readonly state: () => EditorState,
    private readonly update: (state: EditorState) => void,
    private readonly token: () => string | null,
    private readonly stop: AbortSignal,
  ) {}

  /** Do what has to be asked for; true once something was saved. */
  async act(what: string, of: string, reason: string): Promise<boolean> {
    const { site, version } = this.state();
    if (what === "check") await this.check();
    if (what === "save") return this.save(reason);
    if (what === "again" || what === "theirs") await this.load(site, null);
    if (what === "mine") await this.goOn();
    if (what === "versions") await this.readVersions();
    if (what === "take") await this.takeOlder(Number(of));
    if (what === "compare") {
      const to = Number(of);
      const got = await askChanges(site, to - 1, to);
      if (got.ok) this.set({ compared: { from: to - 1, to, changes: got.value } });
    }
    return version < 0;
  }

  /** Begin with a version of a site; null for the one in force. */
  async load(site: string, version: number | null): Promise<void> {
    const got = await askDrawing(site, version);
    if (this.stop.aborted || site !== this.state().site) return;
    if (!got.ok) {
      this.set({ asking: got.refusal });
      return;
    }
    const loaded = wholeOf(got.value.drawing);
    this.set({
      version: got.value.version,
      asking: "known",
      steps: begun(loaded),
      loaded,
      measures: got.value.measures,
      chosen: null,
      point: null,
      growing: [],
      cursor: null,
      meanwhile: null,
      refusal: null,
    });
    await this.check();
  }

  /** Have what is drawn now checked; whatever is drawn meanwhile is checked after it. */
  async check(): Promise<void> {
    if (this.isChecking) {
      this.isDue = true;
      return;
    }
    const { site, version, steps } = this.state();
    if (site === "") return;
    this.isChecking = true;
    this.set({ checking: "asking" });
    const got = await askCheck(site, version, this.sent(), this.token());
    this.isChecking = false;
    if (this.stop.aborted || this.state().site !== site) return;
    if (got.ok) this.set({ check: got.value, checking: "resting", checked: steps.now });
    else this.set({ checking: got.refusal });
    const waits = !got.ok && got.refusal.kind === "wait";
    if (!this.isDue && !waits) return;
    this.isDue = false;
    if (waits) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    if (!this.stop.aborted) await this.check();
  }

  private async save(reason: string): Promise<boolean> {
    const { site, version, steps, isSaving } = this.state();
    if (isSaving) return false;
    this.set({ isSaving: true, refusal: null, saved: null });
    const got = await save(site, version, this.sent(), reason, this.token());
    if (got.ok) {
      // What was drawn while it was saved is drawn on the new version.
      const now = { ...steps.now, renames: {} };
      const later = this.state().steps;
      const kept = later.now === steps.now ? begun(now) : { ...later, before: [now] };
      this.set({
        isSaving: false,
        version: got.value.version,
        saved: got.value.version,
        loaded: now,
        steps: kept,
        meanwhile: null,
        versions: null,
        compared: null,
      });
      await this.check();
      return true;
    }
    this.set({ isSaving: false, refusal: got.refusal });
    if (got.refusal.kind === "changed") await this.readMeanwhile();
    if (got.refusal.kind === "wrong") await this.check();
    return false;
  }

  private async readMeanwhile(): Promise<void> {
    const { site, version } = this.state();
    const newest = await askDrawing(site, null);
    if (!newest.ok) return;
    const got =
      version === 0 ? null : await askChanges(site, version, newest.value.version);
    this.set({ meanwhile: got?.ok === true ? got.value : [] });
  }

  /** Go on with one's own drawing over what somebody else saved. */
  private async goOn(): Promise<void> {
    const { site } = this.state();
    const newest = await askDrawing(site, null);
    if (!newest.ok) return;
    const loaded = wholeOf(newest.value.drawing);
    this.set({ version: newest.value.version, loaded, meanwhile: null, refusal: null });
    await this.check();
  }

  private async readVersions(): Promise<void> {
    const got = await askVersions(this.state().site);
    if (got.ok) this.set({ versions: got.value.items });
  }

  /** Draw what an older version had, over the one in force. */
  private async takeOlder(version: number): Promise<void> {
    const got = await askDrawing(this.state().site, version);
    if (!got.ok) return;
    const { steps } = this.state();
    const taken = wholeOf(got.value.drawing);
    this.set({ steps: stepped(steps, taken), chosen: null, point: null });
  }

  private sent(): Sent {
    const { drawing, renames } = this.state().steps.now;
    return { ...drawing, renames };
  }

  private set(change: Partial<EditorState>): void {
    if (!this.stop.aborted) this.update({ ...this.state(), ...change });
  }
}
