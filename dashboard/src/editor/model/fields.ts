// SPDX-License-Identifier: Apache-2.0
/** What a field of the form changes. Pure. */
import type { Position } from "../../map/scene/geometry";
import {
  itemOf,
  pointsOf,
  renamed,
  replaced,
  withPoints,
  without,
  type Counter,
  type Draft,
  type Item,
} from "./drawing";
import type { Chosen, EditorState } from "./state";
import { rounded } from "./snapping";

const NUMBERS: ReadonlySet<string> = new Set([
  "usable_m2",
  "capacity",
  "length_m",
  "width_m",
  "height_m",
  "bearing_deg",
]);
type Head = "name" | "time_zone" | "country";

export interface Changed {
  readonly draft: Draft;
  readonly chosen: Chosen | null;
  readonly site: string;
}

/** Return what is drawn once a field holds a value; whatever is empty is left out of the file. */
export function changedBy(state: EditorState, name: string, value: string): Changed {
  const { chosen, site } = state;
  const draft = state.steps.now;
  const text = value.trim();
  if (name === "site.id") return { draft, chosen, site: text };
  if (name.startsWith("site.")) {
    const key = name.slice(5) as Head;
    const { [key]: _, ...rest } = draft.drawing;
    const drawing = text === "" ? rest : { ...rest, [key]: text };
    return { draft: { ...draft, drawing }, chosen, site };
  }
  const item = chosen === null ? null : itemOf(draft.drawing, chosen.kind, chosen.id);
  if (chosen === null || item === null) return { draft, chosen, site };
  if (name === "id") {
    const moved = text === "" ? draft : renamed(draft, chosen.kind, item.id, text);
    return { draft: moved, chosen: moved === draft ? chosen : { ...chosen, id: text }, site };
  }
  const next = changedItem(chosen, item, name, text);
  if (next === item) return { draft, chosen, site };
  return { draft: replaced(draft, chosen.kind, item.id, next), chosen, site };
}

function changedItem(chosen: Chosen, item: Item, name: string, text: string): Item {
  const [what, index = "", key = ""] = name.split(" ");
  if (what === "point") {
    const points = withCoordinate(pointsOf(item), Number(index), key, text);
    return points === null ? item : withPoints(chosen.kind, item, points);
  }
  if (what === "counter") {
    const counters = (item.counters ?? []).map((one, at) =>
      at === Number(index) ? changedCounter(one, key, text) : one,
    );
    return { ...item, counters };
  }
  const field = name as keyof Item;
  if (text === "") return without(item, field);
  if (!NUMBERS.has(name)) return { ...item, [field]: text };
  const number = Number(text);
  return Number.isFinite(number) ? { ...item, [field]: number } : item;
}

function withCoordinate(
  points: readonly Position[],
  index: number,
  axis: string,
  text: string,
): readonly Position[] | null {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) return null;
  return points.map((one, at): Position => {
    if (at !== index) return one;
    return rounded(axis === "lon" ? [value, one[1]] : [one[0], value]);
  });
}

function changedCounter(one: Counter, key: string, text: string): Counter {
  const name = one.line ?? one.zone ?? "";
  const { line: _line, zone: _zone, ...looks } = one;
  const { in_toward, share, at_link, at_zone, ...rest } = one;
  if (key === "name") {
    return one.zone === undefined ? { ...looks, line: text } : { ...looks, zone: text };
  }
  if (key === "kind") {
    // A zone of a box looks at a zone, and nobody walks into a direction of it.
    const at = at_zone ?? "";
    if (text === "zone") return { zone: name, at_zone: at };
    return at_link === undefined ? { line: name, at_zone: at } : { line: name, at_link };
  }
  if (key === "at") {
    const [kind = "", id = ""] = text.split(" ");
    const place = kind === "link" ? { at_link: id } : { at_zone: id };
    return { ...rest, ...place, ...(share === undefined ? {} : { share }) };
  }
  const looked = {
    ...(at_link === undefined ? {} : { at_link }),
    ...(at_zone === undefined ? {} : { at_zone }),
  };
  if (key === "in") return { ...rest, ...looked, ...(text === "" ? {} : { in_toward: text }) };
  const number = Number(text);
  const part = text === "" || !Number.isFinite(number) ? {} : { share: number };
  return { ...rest, ...looked, ...(in_toward === undefined ? {} : { in_toward }), ...part };
}
