// SPDX-License-Identifier: Apache-2.0
/** Mouse, pen and fingers on the ground: what they mean is told, and nothing is changed here. */
import { groundAt, panned, zoomed, type View } from "./view";
import type { Position } from "../../map/scene/geometry";

const CLICK_PX = 5;
const WHEEL = 0.0016;

export interface Told {
  /** The ground was clicked; `on`: what lay there. */
  clicked(at: Position, on: Element): void;
  /** A point is dragged; `between`: it is one that has just been put between two. */
  dragged(point: number, at: Position): void;
  put(between: number, at: Position): number;
  /** A drag has ended. */
  dropped(): void;
  moved(view: View): void;
  hovered(at: Position): void;
  finished(): void;
}

interface Finger {
  readonly x: number;
  readonly y: number;
}

export class Pointer {
  private readonly fingers = new Map<number, Finger>();
  private begunAt: Finger | null = null;
  private isDrag = false;
  private held: number | null = null;
  private between: number | null = null;

  constructor(
    private readonly svg: SVGSVGElement,
    private readonly view: () => View | null,
    private readonly told: Told,
    signal: AbortSignal,
  ) {
    svg.addEventListener("pointerdown", (event) => this.down(event), { signal });
    svg.addEventListener("pointermove", (event) => this.move(event), { signal });
    for (const name of ["pointerup", "pointercancel"] as const) {
      svg.addEventListener(name, (event) => this.up(event), { signal });
    }
    svg.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    svg.addEventListener("dblclick", (event) => {
      event.preventDefault();
      told.finished();
    }, { signal });
  }

  private placeOf(event: MouseEvent): Finger {
    const box = this.svg.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private down(event: PointerEvent): void {
    if (event.button > 0) return;
    const target = event.target instanceof Element ? event.target : this.svg;
    this.fingers.set(event.pointerId, this.placeOf(event));
    this.svg.setPointerCapture(event.pointerId);
    if (this.fingers.size > 1) {
      this.held = this.between = null;
      this.isDrag = true;
      return;
    }
    this.begunAt = this.placeOf(event);
    this.isDrag = false;
    const { point, between } = target instanceof SVGElement ? target.dataset : {};
    this.held = point === undefined ? null : Number(point);
    this.between = between === undefined ? null : Number(between);
  }

  private move(event: PointerEvent): void {
    const view = this.view();
    const before = this.fingers.get(event.pointerId);
    const here = this.placeOf(event);
    if (view === null) return;
    if (before === undefined) {
      this.told.hovered(groundAt(view, here.x, here.y));
      return;
    }
    if (this.fingers.size === 2) this.pinch(view, event.pointerId, before, here);
    this.fingers.set(event.pointerId, here);
    if (this.fingers.size !== 1 || this.begunAt === null) return;
    const away = Math.hypot(here.x - this.begunAt.x, here.y - this.begunAt.y);
    if (!this.isDrag && away < CLICK_PX) return;
    this.isDrag = true;
    const at = groundAt(view, here.x, here.y);
    if (this.between !== null) {
      this.held = this.told.put(this.between, at);
      this.between = null;
    }
    if (this.held !== null) this.told.dragged(this.held, at);
    else this.told.moved(panned(view, here.x - before.x, here.y - before.y));
  }

  private pinch(view: View, id: number, before: Finger, here: Finger): void {
    const other = [...this.fingers].find(([each]) => each !== id)?.[1];
    if (other === undefined) return;
    const apart = (one: Finger): number => Math.hypot(one.x - other.x, one.y - other.y);
    const [x, y] = [(here.x + other.x) / 2, (here.y + other.y) / 2];
    const near = zoomed(view, Math.max(1, apart(here)) / Math.max(1, apart(before)), x, y);
    this.told.moved(panned(near, (here.x - before.x) / 2, (here.y - before.y) / 2));
  }

  private up(event: PointerEvent): void {
    const view = this.view();
    const had = this.fingers.delete(event.pointerId);
    if (!had || view === null || this.fingers.size > 0) return;
    if (this.isDrag) {
      if (this.held !== null) this.told.dropped();
    } else if (event.type === "pointerup") {
      const here = this.placeOf(event);
      const at = groundAt(view, here.x, here.y);
      if (this.between !== null) {
        this.told.put(this.between, at);
        this.told.dropped();
      } else {
        const on = document.elementFromPoint(event.clientX, event.clientY);
        this.told.clicked(at, on ?? this.svg);
      }
    }
    this.held = this.between = this.begunAt = null;
    this.isDrag = false;
  }

  private wheel(event: WheelEvent): void {
    const view = this.view();
    if (view === null) return;
    event.preventDefault();
    const { x, y } = this.placeOf(event);
    this.told.moved(zoomed(view, Math.exp(-event.deltaY * WHEEL), x, y));
  }
}
