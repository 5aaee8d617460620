// SPDX-License-Identifier: Apache-2.0
/** Levels of crowding, and what a site's thresholds say of a number. */
import type { DrawnZoneView } from "../api/types";

export const LEVELS = ["green", "yellow", "orange", "red"] as const;
export type Level = (typeof LEVELS)[number];

export function isLevel(word: string | null): word is Level {
  return word !== null && (LEVELS as readonly string[]).includes(word);
}

/** Return how bad a level is, 0 to 3; a zone without one comes before green. */
export function rankOf(level: Level | null): number {
  return level === null ? -1 : LEVELS.indexOf(level);
}

/** A level, and from how many people on it is proposed, by whichever threshold is reached first. */
export interface Step {
  readonly level: Level;
  readonly people: number;
}

/** Return from how many people on each level of a zone is proposed, least first. */
export function stepsOf(zone: DrawnZoneView): readonly Step[] {
  return zone.thresholds
    .flatMap((one) => {
      const byDensity = one.density === null ? Infinity : one.density * zone.usable_m2;
      const people = Math.min(one.people ?? Infinity, byDensity);
      return isLevel(one.level) && people < Infinity ? [{ level: one.level, people }] : [];
    })
    .toSorted((a, b) => a.people - b.people);
}

/** Return the level that so many people would propose. */
export function levelAt(steps: readonly Step[], people: number): Level {
  return steps.reduce<Level>(
    (worst, step) =>
      people >= step.people && rankOf(step.level) > rankOf(worst) ? step.level : worst,
    "green",
  );
}
