// SPDX-License-Identifier: Apache-2.0
/** What a scene looks like, in short: what looks the same is not drawn anew. Pure. */
import type { Scene } from "./layers";

export function keyOf(scene: Scene): string {
  const columns = scene.columns.map(({ row, doubt, declared, tense, low, top, high }) =>
    [row?.level, doubt, declared, tense, low | 0, top | 0, high | 0].join(),
  );
  const flows = scene.flows.map((one) => [one.along | 0, one.against | 0].join());
  const counters = scene.counters.map((one) => one.condition);
  const weeks = [...scene.weekBefore].map(([zone, metres]) => `${zone} ${metres | 0}`);
  return [columns, flows, counters, weeks, scene.selected, scene.isFlat].join("|");
}
