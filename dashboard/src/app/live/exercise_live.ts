// SPDX-License-Identifier: Apache-2.0
/** Exercise control and the debrief, read while their pages are open, and what is done there. */
import { ask } from "../../api/client";
import { change, type Refusal } from "../../api/shift";
import type { CentreClock } from "../../model/clock";
import type { Host } from "../desk";

const EVERY_MS = 1_000;
const HOUR_MS = 3_600_000;
const SHIFT_HOURS = 12;
const PREFIX = "control-";

export class ExerciseLive {
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Which visit of a page is the one of now: what an earlier one asked for is let go. */
  private visit = 0;

  constructor(
    private readonly host: Host,
    private readonly clock: CentreClock,
  ) {}

  /** Show what the address says now. */
  arrive(): void {
    this.end();
    const { route } = this.host.state();
    this.host.update({ control: null, debrief: null });
    if (route.page === "exercise") {
      this.host.update({ control: { asking: "asking", exercise: null, refusal: null } });
      void this.readControl(this.visit);
    }
    if (route.page === "debrief") void this.readDebrief(0);
  }

  end(): void {
    this.visit += 1;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Do what a button of these pages asks for. */
  async act(what: string, value: string): Promise<void> {
    if (what === "debrief") await this.readDebrief(Number(value));
    if (!what.startsWith(PREFIX)) return;
    const deed = what.slice(PREFIX.length);
    if (deed === "end") this.host.update({ form: null });
    const [method, path, body] = deedOf(deed, value, this.host.state().control?.exercise?.pace);
    const token = this.host.state().session?.page_token ?? null;
    const asked = { method, path: `/exercise/${path}`, parts: {}, version: null, body };
    const refusal = await change(asked, token);
    if (refusal?.kind === "unknown") return this.host.sessionEnded();
    await this.tell(this.visit, refusal);
  }

  private async readControl(visit: number): Promise<void> {
    await this.tell(visit, this.host.state().control?.refusal ?? null);
    if (visit !== this.visit) return;
    this.timer = setTimeout(() => void this.readControl(visit), EVERY_MS);
  }

  private async tell(visit: number, refusal: Refusal | null): Promise<void> {
    const found = await ask("/exercise");
    if (visit !== this.visit) return;
    if (found.ok) {
      this.host.update({ control: { asking: "known", exercise: found.value, refusal } });
    } else if (found.failure.kind === "unknown") {
      this.host.sessionEnded();
    } else {
      const exercise = this.host.state().control?.exercise ?? null;
      this.host.update({ control: { asking: found.failure, exercise, refusal } });
    }
  }

  /** Read it; of 0 hours is all of an exercise, and of a shift what the centre gives by itself. */
  private async readDebrief(hours: number): Promise<void> {
    this.end();
    const { visit } = this;
    const { site, debrief } = this.host.state();
    if (site === null) return;
    const had = debrief?.found ?? null;
    this.host.update({ debrief: { asking: "asking", found: had, hours: hours || SHIFT_HOURS } });
    const to = this.clock.now() ?? Date.now();
    const from = String(Math.floor((to - hours * HOUR_MS) / 1000));
    const parts = { site: site.name };
    const answer = await ask("/sites/{site}/debrief", parts, hours === 0 ? {} : { from });
    if (visit !== this.visit) return;
    if (!answer.ok && answer.failure.kind === "unknown") return this.host.sessionEnded();
    const asking = answer.ok ? "known" : answer.failure;
    const found = answer.ok ? answer.value : null;
    this.host.update({ debrief: { asking, found, hours: hours || SHIFT_HOURS } });
  }
}

type Asked = readonly ["POST" | "PUT", string, Readonly<Record<string, unknown>>];

function deedOf(deed: string, value: string, pace: string | undefined): Asked {
  if (deed === "pause" || deed === "go") return ["PUT", "pace", { is_paused: deed === "pause" }];
  if (deed === "speed") {
    return ["PUT", "pace", { is_paused: pace === "paused", speed: Number(value) }];
  }
  if (deed === "jump" || deed === "end") return ["POST", deed, {}];
  return [
    "POST",
    `lines/${encodeURIComponent(value)}`,
    { deed: deed.replace("line-", "").replaceAll("-", " ") },
  ];
}
