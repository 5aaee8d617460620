// SPDX-License-Identifier: Apache-2.0
/** One box as it stands, asked for again and again while its page is open. */
import { ask } from "../../api/client";
import type { BoxState } from "../state";

const EVERY_MS = 10_000;

export class BoxLive {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private hasEnded = false;
  private state: BoxState = { asking: "asking", device: null };

  constructor(
    private readonly site: string,
    private readonly device: string,
    private readonly changed: (state: BoxState) => void,
    private readonly sessionEnded: () => void,
  ) {}

  start(): void {
    this.changed(this.state);
    void this.read();
  }

  end(): void {
    this.hasEnded = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private async read(): Promise<void> {
    const { site, device } = this;
    const found = await ask("/devices/{site}/{device}", { site, device });
    if (this.hasEnded) return;
    if (found.ok) {
      this.state = { asking: "known", device: found.value };
    } else if (found.failure.kind === "unknown") {
      this.sessionEnded();
      return;
    } else {
      // What was known stays while the centre does not answer; a refusal takes it away.
      const keeps = found.failure.kind === "down" || found.failure.kind === "wait";
      this.state = { asking: found.failure, device: keeps ? this.state.device : null };
    }
    this.changed(this.state);
    this.timer = setTimeout(() => void this.read(), EVERY_MS);
  }
}
