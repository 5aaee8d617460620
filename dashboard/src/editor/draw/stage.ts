// SPDX-License-Identifier: Apache-2.0
/** The ground that is drawn on: an SVG of our own, so that it needs neither WebGL nor a library. */
import { patchChildren, s } from "../../draw/dom";
import { centreOf, type Position } from "../../map/scene/geometry";
import { usualForm, withDraft } from "../model/acts";
import { allPoints, itemOf, pointsOf, replaced, withPoints } from "../model/drawing";
import { snapped } from "../model/snapping";
import type { EditorState } from "../model/state";
import { groundOf, pictureOf, wayOf } from "./picture";
import { Pointer } from "./pointer";
import { boxText, groundAt, panned, showing, spotOf, viewOver, zoomed, type View } from "./view";

const SNAP_PX = 10;
const ZOOM = 1.5;
const PAN_PX = 80;
/** How much of the screen what is chosen takes. */
const NEAR = 0.6;
/** Half the width of what is seen around the place at which a new site begins. */
const SIDE_DEGREES = 0.002;

export interface Heard {
  tapped(at: Position, on: Element): void;
  dragged(point: number, at: Position): void;
  put(between: number, at: Position): number;
  dropped(): void;
  finished(): void;
}

export class Ground {
  readonly element = s("svg", { class: "editor-ground", tabindex: 0, role: "application" });
  private readonly under = s("g", { class: "ground-all", "data-key": "under" });
  private readonly over = s("g", { "data-key": "over" });
  private readonly resizing: ResizeObserver;
  private state: EditorState | null = null;
  private view: View | null = null;
  private isDue = false;

  constructor(heard: Heard, signal: AbortSignal) {
    const svg = this.element as unknown as SVGSVGElement;
    svg.append(this.under, this.over);
    const but = (): EditorState["chosen"] => this.state?.chosen ?? null;
    new Pointer(
      svg,
      () => this.view,
      {
        clicked: (at, on) => heard.tapped(this.snap(at), on),
        dragged: (point, at) => heard.dragged(point, this.snap(at, but())),
        put: (between, at) => heard.put(between, this.snap(at, but())),
        dropped: () => heard.dropped(),
        finished: () => heard.finished(),
        hovered: () => undefined,
        moved: (view) => this.look(view),
      },
      signal,
    );
    this.resizing = new ResizeObserver(() => this.resized());
    this.resizing.observe(svg);
  }

  end(): void {
    this.resizing.disconnect();
  }

  /** Forget what was looked at: another site comes. */
  forget(): void {
    this.view = null;
    patchChildren(this.under, []);
  }

  /** Begin at a place on earth. */
  begin([x, y]: Position): void {
    const half = SIDE_DEGREES;
    this.frame([[x - half, y - half / 2], [x + half, y + half / 2]]);
  }

  /** Draw a state with the next picture of the screen. */
  draw(state: EditorState): void {
    this.state = state;
    if (this.view === null && state.asking === "known") this.home();
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => this.paint());
  }

  home(): void {
    const points = this.state === null ? [] : allPoints(this.state.steps.now.drawing);
    if (points.length > 0) this.frame(points);
  }

  zoom(by: number): void {
    const { view } = this;
    if (view === null) return;
    this.look(zoomed(view, by > 0 ? ZOOM : 1 / ZOOM, view.width / 2, view.height / 2));
  }

  pan(east: number, north: number): void {
    if (this.view !== null) this.look(panned(this.view, -east * PAN_PX, north * PAN_PX));
  }

  show(position: Position): void {
    if (this.view !== null) this.look(showing(this.view, position));
  }

  /** Show what is chosen; `isNear`: from so near that its points can be told apart. */
  showChosen(isNear: boolean): void {
    const { state, view } = this;
    const chosen = state?.chosen ?? null;
    if (state === null || view === null || chosen === null) return;
    const { drawing } = state.steps.now;
    const item = itemOf(drawing, chosen.kind, chosen.id);
    if (item === null) return;
    const points = pointsOf(item);
    const all = points.length > 0 ? points : wayOf(drawing, item);
    const middle = points[state.point ?? -1] ?? (all.length > 2 ? centreOf(all) : all[0]);
    if (middle === undefined) return;
    const { scale } = viewOver(all, view.width * NEAR, view.height * NEAR);
    const isFar = isNear && scale < view.scale;
    const near = { ...view, scale, centre: spotOf(view.plane, middle) };
    this.look(isFar ? near : showing(view, middle));
  }

  middle(): Position {
    const { view } = this;
    return view === null ? [0, 0] : groundAt(view, view.width / 2, view.height / 2);
  }

  /** Return where a position is drawn to. */
  snap(at: Position, but: EditorState["chosen"] = null): Position {
    if (this.state === null || this.view === null) return at;
    return snapped(this.state.steps.now.drawing, at, SNAP_PX * this.view.scale, but);
  }

  /** Return a state in which what is chosen has points of its own, in the middle of the view. */
  given(state: EditorState): EditorState {
    const { chosen } = state;
    const item = chosen === null ? null : itemOf(state.steps.now.drawing, chosen.kind, chosen.id);
    if (chosen === null || item === null) return state;
    const way = chosen.kind === "links" ? wayOf(state.steps.now.drawing, item) : [];
    const points = way.length > 1 ? way : usualForm(chosen.kind, this.middle());
    const next = withPoints(chosen.kind, item, points);
    return withDraft(state, replaced(state.steps.now, chosen.kind, item.id, next));
  }

  private frame(points: readonly Position[]): void {
    const { width, height } = this.size();
    this.view = viewOver(points, width, height);
    patchChildren(this.under, groundOf(points, this.view.plane));
    this.look(this.view);
  }

  private look(view: View): void {
    this.view = view;
    if (this.state !== null) this.draw(this.state);
  }

  private resized(): void {
    if (this.view !== null) this.look({ ...this.view, ...this.size() });
  }

  private size(): { width: number; height: number } {
    const box = this.element.getBoundingClientRect();
    return { width: Math.max(1, box.width), height: Math.max(1, box.height) };
  }

  private paint(): void {
    this.isDue = false;
    const { state, view } = this;
    if (state === null || view === null) return;
    this.element.setAttribute("viewBox", boxText(view));
    this.element.setAttribute("data-tool", state.tool);
    patchChildren(this.over, pictureOf(state, view));
  }
}
