// SPDX-License-Identifier: Apache-2.0
/**
 * Labels over the map: level, people, name, and what a number is in doubt for. Worse zones come
 * first where there is no room for all. They are for the eye: the list beside the map says the
 * same to everybody.
 */
import { h, patchChildren, s } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { rankOf } from "../../model/levels";
import type { Column } from "../scene/columns";
import type { Size } from "../scene/camera";
import type { Position } from "../scene/geometry";
import { peopleOf, stepOf } from "../../words/format";
import { foreign } from "../../words/words";
import type { Place } from "./ground";
import { tell, tellPlace } from "../words/words";

type Point = readonly [number, number];
type Project = (position: Position, metres: number) => Point;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A label that finds no room above its column is tried higher and higher, by so many pixels. */
const LIFTS = [0, 26, 52, 78, 104, 130, 156, 182, 208] as const;
const GAP = 4;
const STEM = 14;
/** Buttons stand at the left edge; on a narrow map down to there. */
const BUTTONS = { wide: 60, tall: 205 };
/** The bar of time lies over the map's lower edge. */
const BAR = 108;
/** On a telephone a site lies upright: labels stand beside its columns, and not on those behind. */
const NARROW = 520;
const ASIDE = 34;
const SHOWN_MAX = 40;
/** While a slow machine moves the map: the zone that is looked at, and the worst ones. */
const HURRIED_MAX = 3;

export class Labels {
  private readonly zones: HTMLElement;
  private readonly places: HTMLElement;
  private readonly stems = s("path", { class: "map-stem" });
  private columns: readonly Column[] = [];
  private named: readonly Place[] = [];
  private nameSizes: readonly Point[] = [];
  private sizes = new Map<string, readonly [number, number]>();

  constructor(
    place: HTMLElement,
    private readonly hasButtons: boolean,
  ) {
    this.places = h("div", { class: "map-places", "aria-hidden": "true" });
    this.zones = h("div", { class: "map-labels", "aria-hidden": "true" });
    const stems = s("svg", { class: "map-stems", "aria-hidden": "true" }, this.stems);
    place.append(this.places, stems, this.zones);
  }

  /** Make the labels of a scene anew; `order` is of the zones, the worst first. */
  show(look: Look, columns: readonly Column[], selected: string | null): void {
    this.columns = columns
      .filter((one) => one.row !== null)
      .toSorted(
        (a, b) =>
          Number(b.zone.zone === selected) - Number(a.zone.zone === selected) || worseFirst(a, b),
      )
      .slice(0, SHOWN_MAX);
    const worst = columns.filter((one) => one.row !== null).toSorted(worseFirst)[0];
    const made = this.columns.map((one) =>
      label(look, one, one.zone.zone === selected, one === worst),
    );
    patchLabels(this.zones, made);
    this.sizes = new Map(
      [...this.zones.children].map((one) => [
        one.getAttribute("data-key") ?? "",
        [(one as HTMLElement).offsetWidth, (one as HTMLElement).offsetHeight],
      ]),
    );
  }

  name(look: Look, places: readonly Place[]): void {
    this.named = places;
    const made = places.map((one, index) =>
      h(
        "span",
        { class: one.isLarge ? "map-place is-large" : "map-place", "data-key": index },
        tellPlace(look.state.language, one.word),
      ),
    );
    patchLabels(this.places, made);
    // While the map moves they are not there to be measured.
    const sizes = [...this.places.children].map((one): Point => [
      (one as HTMLElement).offsetWidth,
      (one as HTMLElement).offsetHeight,
    ]);
    if (sizes.some(([width]) => width > 0)) this.nameSizes = sizes;
  }

  /** Put each label where its column is now; return of which zones there was room for one. */
  place(
    project: Project,
    size: Size,
    isHurried: boolean,
  ): ReadonlySet<string> {
    this.zones.parentElement?.setAttribute("data-hurried", isHurried ? "yes" : "no");
    const taken: Box[] = [];
    const shown = new Set<string>();
    const stems: string[] = [];
    const elements = new Map(
      [...this.zones.children].map((one) => [one.getAttribute("data-key"), one as HTMLElement]),
    );
    for (const [index, column] of this.columns.entries()) {
      const { zone, centre } = column.zone;
      const element = elements.get(zone);
      if (isHurried && index >= HURRIED_MAX) {
        if (element !== undefined) element.hidden = true;
        continue;
      }
      const [width, height] = this.sizes.get(zone) ?? [0, 0];
      if (element === undefined) continue;
      const [x, y] = project(centre, Math.max(column.top, column.high));
      const isSeen = x > 0 && x < size.width && y > -height && y < size.height + height;
      const tried = isSeen ? this.tried([x, y], [width, height], size) : [];
      const found = tried.find(
        (box) => this.isFree(box, size) && !taken.some((one) => overlaps(one, box)),
      );
      // The worst one is never left out: it stands where it can, over others if need be.
      const box = found ?? (taken.length === 0 ? lowered(tried[0]) : null);
      element.hidden = box === null;
      if (box === null) continue;
      taken.push(box);
      shown.add(zone);
      element.style.transform = `translate(${Math.round(box.left)}px, ${Math.round(box.top)}px)`;
      stems.push(stemOf(box, [Math.round(x), Math.round(y)]));
    }
    if (!isHurried) {
      this.stems.setAttribute("d", stems.join(""));
      this.placeNames(project, taken);
    }
    return shown;
  }

  /** Return where a label of a column whose top is seen at a place may stand, the best first. */
  private tried([x, y]: Point, [width, height]: Point, size: Size): readonly Box[] {
    const last = size.width - width - GAP;
    if (!isUpright(size)) {
      const left = Math.min(Math.max(this.hasButtons ? BUTTONS.wide : GAP, x - width / 2), last);
      return LIFTS.map((lift) => boxAt(left, y - STEM - lift - height, width, height));
    }
    const sides = [Math.min(x + ASIDE, last), Math.max(GAP, x - ASIDE - width)];
    const tops = LIFTS.flatMap((lift) => (lift === 0 ? [0] : [lift, -lift]));
    return tops.flatMap((lift) =>
      sides.map((left) => boxAt(left, y - height / 2 + lift, width, height)),
    );
  }

  /** Whether nothing lies there but labels: not the map's edge, nor its buttons or its bar. */
  private isFree(box: Box, size: Size): boolean {
    if (box.top <= GAP) return false;
    if (!isUpright(size) || !this.hasButtons) return true;
    const isByButtons = box.left < BUTTONS.wide && box.top < BUTTONS.tall;
    return !isByButtons && box.bottom < size.height - BAR;
  }

  /** Put each name where its place is, if no label and no other name is there. */
  private placeNames(project: Project, labels: readonly Box[]): void {
    const taken = [...labels];
    this.named.forEach(({ position }, index) => {
      const element = this.places.children[index] as HTMLElement | undefined;
      if (element === undefined) return;
      const [x, y] = project(position, 0);
      const [width, height] = this.nameSizes[index] ?? [0, 0];
      const box = boxAt(x - width / 2, y - height / 2, width, height);
      const isFree = !taken.some((one) => overlaps(one, box));
      element.style.visibility = isFree ? "visible" : "hidden";
      if (isFree) taken.push(box);
      const place = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      element.style.transform = `${place} translate(-50%, -50%)`;
    });
  }
}

function label(look: Look, one: Column, isSelected: boolean, isWorst: boolean): HTMLElement {
  const { language } = look.state;
  const { row } = one;
  const numbers = row?.numbers;
  const level = row?.level ?? null;
  const step = numbers === undefined ? 1 : stepOf(numbers.high_80 - numbers.low_80);
  const is = [isSelected && "is-selected", isWorst && "is-worst", `is-${one.tense}`];
  const names = ["map-label", ...is];
  const letter = level === null ? "–" : look.say(`level.${level}.letter`);
  const isDeclared = one.declared !== null && one.declared !== (level ?? "green");
  return h(
    "div",
    {
      class: names.filter((name) => name !== false).join(" "),
      "data-key": one.zone.zone,
      "data-zone": one.zone.zone,
    },
    h("b", { class: `map-letter level-${level ?? "none"}` }, letter),
    h(
      "span",
      { class: "map-said" },
      h("b", { class: "map-people" }, peopleOf(language, numbers?.people ?? 0, step)),
      h("span", { class: "map-name" }, foreign(row?.name ?? one.zone.zone)),
    ),
    one.doubt !== null &&
      h("span", { class: `map-doubt is-${one.doubt}` }, tell(language, `doubt.${one.doubt}`)),
    look.lostSince !== null &&
      one.tense === "now" &&
      h("span", { class: "map-doubt is-lost" }, look.say("condition.notlive")),
    one.tense === "forecast" &&
      h("span", { class: "map-doubt" }, tell(language, "expected.people")),
    isDeclared &&
      h(
        "span",
        { class: `map-declared level-${one.declared}` },
        tell(language, "declared.short", { level: look.say(`level.${one.declared ?? "green"}`) }),
      ),
  );
}

/** Patch labels and leave where they stand to whoever places them. */
function patchLabels(place: HTMLElement, made: readonly HTMLElement[]): void {
  const before = new Map(
    [...place.children].map((one) => [one.getAttribute("data-key"), one as HTMLElement]),
  );
  const styles = made.map((one) => before.get(one.dataset["key"] ?? "")?.style.cssText ?? "");
  patchChildren(place, made);
  [...place.children].forEach((one, index) => {
    (one as HTMLElement).style.cssText = styles[index] ?? "";
  });
}

function worseFirst(a: Column, b: Column): number {
  return (
    rankOf(b.row?.level ?? null) - rankOf(a.row?.level ?? null) ||
    rankOf(b.row?.upTo ?? null) - rankOf(a.row?.upTo ?? null) ||
    (b.row?.numbers.density ?? 0) - (a.row?.numbers.density ?? 0)
  );
}

function isUpright({ width, height }: Size): boolean {
  return width < NARROW && width < height;
}

/** The worst one where nothing is free: as high as it may stand. */
function lowered(box: Box | undefined): Box | null {
  if (box === undefined) return null;
  const down = Math.max(0, GAP - box.top);
  return { ...box, top: box.top + down, bottom: box.bottom + down };
}

/** Return the line from a label to the top of its column; none where it stands on it. */
function stemOf({ left, top, right, bottom }: Box, [x, y]: Point): string {
  if (x >= left && x <= right) return y > bottom ? `M${x} ${Math.round(bottom)}V${y}` : "";
  const from = Math.round(x < left ? left : right);
  return `M${from} ${Math.round((top + bottom) / 2)}L${x} ${y}`;
}

function boxAt(left: number, top: number, width: number, height: number): Box {
  return { left, top, right: left + width, bottom: top + height };
}

function overlaps(a: Box, b: Box): boolean {
  return (
    a.left < b.right + GAP &&
    b.left < a.right + GAP &&
    a.top < b.bottom + GAP &&
    b.top < a.bottom + GAP
  );
}
