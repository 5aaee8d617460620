// SPDX-License-Identifier: Apache-2.0
/** All that the editor shows is a function of this. */
import type { Position } from "../../map/scene/geometry";
import type { Change, Check, Refusal, Version } from "../api";
import { begun, type Steps } from "./history";
import { wholeOf, type Draft, type Kind } from "./drawing";

export interface Chosen {
  readonly kind: Kind;
  readonly id: string;
}

/** What a click on the ground does: choose, or put a point of something new. */
export type Tool = "choose" | Kind;

export interface EditorState {
  /** The site's id; empty while a new one has none yet. */
  readonly site: string;
  /** The version that was drawn on; 0 of a new site. */
  readonly version: number;
  /** Which version's file the drawing began as: another one where an older was taken. */
  readonly asking: "asking" | "known" | "new" | Refusal;
  readonly steps: Steps;
  /** As it was loaded: what is not the same has not been saved. */
  readonly loaded: Draft;
  readonly measures: number;
  readonly chosen: Chosen | null;
  /** Which of its points, by number; null for all of it. */
  readonly point: number | null;
  readonly tool: Tool;
  readonly growing: readonly Position[];
  /** Where the keyboard puts the next point. */
  readonly cursor: Position | null;
  readonly check: Check | null;
  readonly checking: "resting" | "asking" | Refusal;
  /** The draft that was checked. */
  readonly checked: Draft | null;
  readonly isSaving: boolean;
  readonly refusal: Refusal | null;
  readonly saved: number | null;
  /** What others changed since, where a save was refused for that. */
  readonly meanwhile: readonly Change[] | null;
  readonly versions: readonly Version[] | null;
  readonly compared: {
    readonly from: number;
    readonly to: number;
    readonly changes: readonly Change[];
  } | null;
}

const NOTHING = wholeOf({});

export const BEGINNING: EditorState = {
  site: "",
  version: 0,
  asking: "asking",
  steps: begun(NOTHING),
  loaded: NOTHING,
  measures: 0,
  chosen: null,
  point: null,
  tool: "choose",
  growing: [],
  cursor: null,
  check: null,
  checking: "resting",
  checked: null,
  isSaving: false,
  refusal: null,
  saved: null,
  meanwhile: null,
  versions: null,
  compared: null,
};

export function isChanged(state: EditorState): boolean {
  return state.steps.now !== state.loaded;
}
