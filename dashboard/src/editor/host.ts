// SPDX-License-Identifier: Apache-2.0
/** Load the editor when its page is opened, hand it each state, end it when the page is left. */
import { instead } from "../view/parts/messages";
import { h } from "../draw/dom";
import type { Look } from "../draw/look";
import { DRAW } from "../model/rights";
import type { SiteEditor } from "./editor";

export const MAY_DRAW = ["installer", "admin", "break-glass"] as const;

/** Return the page of the editor: its place, whose inside is the editor's own. */
export function editorPage(look: Look): HTMLElement {
  if (look.state.session?.rights.includes(DRAW) !== true) {
    return instead(look, { kind: "denied" }, MAY_DRAW);
  }
  if (look.state.mapLack !== null) {
    const note = { class: "note", role: "note", "data-lack": "editor" };
    return h("p", note, look.say("editor.failed"));
  }
  return h("div", { class: "editor-place", "data-own": "editor", "data-key": "editor" });
}

export class EditorHost {
  private place: HTMLElement | null = null;
  private editor: SiteEditor | null = null;

  /** failed: the editor could not be loaded. */
  constructor(private readonly failed: () => void) {}

  /** Show a state where the page has a place for the editor; where it has none, end it. */
  show(look: Look): void {
    const place = document.querySelector<HTMLElement>("[data-own=editor]");
    if (place === this.place) {
      this.editor?.show(look);
      return;
    }
    this.editor?.end();
    this.editor = null;
    this.place = place;
    if (place !== null) void this.load(place, look);
  }

  private async load(place: HTMLElement, look: Look): Promise<void> {
    try {
      const { SiteEditor } = await import("./editor");
      if (place !== this.place) return;
      this.editor = new SiteEditor(place);
      this.editor.show(look);
    } catch {
      if (place === this.place) this.failed();
    }
  }
}
