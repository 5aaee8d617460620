// SPDX-License-Identifier: Apache-2.0
/**
 * The centre's clock, as far as this browser can know it. Ages are counted by it, never by the
 * clock of the machine that shows them, which may be wrong.
 */
const KEPT = 6;

interface Local {
  readonly steady: number;
  readonly wall: number;
}

function here(): Local {
  return { steady: performance.now(), wall: Date.now() };
}

export class CentreClock {
  private told: { readonly centre: number; readonly at: Local }[] = [];

  /** Hear what the centre's clock says, in milliseconds. What it says is late by the way here. */
  hear(centre: number): void {
    this.told = [...this.told, { centre, at: here() }].slice(-KEPT);
  }

  /** Return the centre's time now; null before it told one. */
  now(): number | null {
    if (this.told.length === 0) return null;
    // The one that was the least late on its way is the furthest ahead.
    return Math.max(...this.told.map((one) => one.centre + elapsed(one.at)));
  }
}

/**
 * Return how long ago a moment was. A machine that slept stops its steady clock, and one whose time
 * was set moves its wall clock: the longer of the two makes nothing look newer than it is.
 */
function elapsed(since: Local): number {
  const now = here();
  return Math.max(now.steady - since.steady, now.wall - since.wall);
}
