// SPDX-License-Identifier: Apache-2.0
/** What was done to a drawing, to be undone and done again. Pure. */
import type { Draft } from "./drawing";

/** How many steps can be undone: an afternoon's work. */
const STEPS_MAX = 200;

export interface Steps {
  readonly before: readonly Draft[];
  readonly now: Draft;
  readonly after: readonly Draft[];
  /** What the last step did, so that a row of the same small ones is one step. */
  readonly last: string;
}

export function begun(now: Draft): Steps {
  return { before: [], now, after: [], last: "" };
}

/** Note a step. `what`: a step of the name of the one before goes on with it; "" never does. */
export function stepped(steps: Steps, now: Draft, what = ""): Steps {
  if (now === steps.now) return steps;
  const isSame = what !== "" && what === steps.last;
  const before = isSame ? steps.before : [...steps.before, steps.now].slice(-STEPS_MAX);
  return { before, now, after: [], last: what };
}

export function undone(steps: Steps): Steps {
  const now = steps.before.at(-1);
  if (now === undefined) return steps;
  return { before: steps.before.slice(0, -1), now, after: [steps.now, ...steps.after], last: "" };
}

export function redone(steps: Steps): Steps {
  const [now, ...after] = steps.after;
  if (now === undefined) return steps;
  return { before: [...steps.before, steps.now], now, after, last: "" };
}
