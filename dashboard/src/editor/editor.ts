// SPDX-License-Identifier: Apache-2.0
/**
 * The site editor: a drawing of a site, changed by mouse, by touch and by keyboard, checked by the
 * centre and saved as a new version. Loaded only when somebody opens it. Rule: what is shown is a
 * function of its state; nothing is saved but by its own button.
 */
import "./style/style.css";
import type { Look } from "../draw/look";
import { h, patchChildren } from "../draw/dom";
import { foreign } from "../words/words";
import { Asker } from "./asker";
import { Ground } from "./draw/stage";
import {
  straightened,
  usualForm,
  withCounters,
  withDraft,
  withNew,
  withNudge,
  withoutChosen,
  withoutPoint,
  withPointAfter,
  withPointAt,
} from "./model/acts";
import { leastOf, type Kind } from "./model/drawing";
import { changedBy } from "./model/fields";
import { redone, undone } from "./model/history";
import { BEGINNING, isChanged, type EditorState, type Tool } from "./model/state";
import { nudged } from "./model/snapping";
import { askedBy, stepOf, type Asked } from "./keys";
import { side } from "./panel/side";
import { hint, tools, zoomButtons } from "./panel/tools";
import type { Desk } from "./panel/parts";
import { sayingIn } from "./words/words";

const CHECK_AFTER_MS = 700;

export class SiteEditor {
  // More than ten of them: an editor is what is drawn, what is asked for, and where it stands.
  private readonly bar = h("div", { class: "editor-bar" });
  private readonly hint = h("div", { class: "editor-hint" });
  private readonly zoom = h("div", { class: "map-buttons", role: "group" });
  private readonly side = h("div", { class: "editor-side" });
  private readonly stop = new AbortController();
  private readonly ground: Ground;
  private readonly asker: Asker;
  private state: EditorState = BEGINNING;
  private look: Look | null = null;
  private reason = "";
  private checkDue: ReturnType<typeof setTimeout> | undefined;

  constructor(place: HTMLElement) {
    const { signal } = this.stop;
    this.ground = new Ground(
      {
        tapped: (at, on) => this.tapped(at, on),
        dragged: (point, at) => this.update(withPointAt(this.state, point, at, `drag ${point}`)),
        put: (between, at) => {
          this.update(withPointAfter(this.state, between, at));
          return between + 1;
        },
        dropped: () => this.update({ ...this.state, steps: { ...this.state.steps, last: "" } }),
        finished: () => this.finish(),
      },
      signal,
    );
    this.asker = new Asker(
      () => this.state,
      (state) => this.update(state),
      () => this.look?.state.session?.page_token ?? null,
      signal,
    );
    const view = h("div", { class: "editor-view" }, this.ground.element, this.zoom, this.hint);
    const stage = h("div", { class: "editor-stage" }, this.bar, view);
    const frame = h("div", { class: "editor-frame" }, stage, this.side);
    place.replaceChildren(frame);
    frame.addEventListener("click", (event) => this.clicked(event), { signal });
    frame.addEventListener("change", (event) => this.changed(event), { signal });
    frame.addEventListener("input", (event) => this.typed(event), { signal });
    frame.addEventListener("keydown", (event) => this.pressed(event), { signal });
    frame.addEventListener("focusin", (event) => this.entered(event), { signal });
    document.addEventListener("click", (event) => this.leaving(event), { signal, capture: true });
    addEventListener("beforeunload", (event) => isChanged(this.state) && event.preventDefault(), {
      signal,
    });
  }

  /** Show what is known of whoever draws; called at each change, and every few seconds. */
  show(look: Look): void {
    const before = this.look;
    this.look = look;
    const asked = new URLSearchParams(location.search);
    const site = asked.has("new") ? "" : (asked.get("site") ?? look.state.site?.name ?? null);
    if (before === null || (site !== null && site !== this.begunAs)) {
      if (site === null && look.state.sites.length > 0) return;
      this.begin(site ?? "");
    } else if (before.state.language !== look.state.language) {
      this.draw();
    }
  }

  end(): void {
    this.stop.abort();
    clearTimeout(this.checkDue);
    this.ground.end();
  }

  private begunAs: string | null = null;

  private begin(site: string): void {
    this.begunAs = site;
    this.reason = "";
    this.ground.forget();
    const asking = site === "" ? ("new" as const) : ("asking" as const);
    this.update({ ...BEGINNING, site, asking });
    if (site !== "") void this.asker.load(site, null);
  }

  private update(state: EditorState): void {
    const hadDraft = this.state.steps.now;
    this.state = state;
    this.draw();
    if (state.steps.now !== hadDraft && state.asking === "known") {
      clearTimeout(this.checkDue);
      this.checkDue = setTimeout(() => void this.asker.check(), CHECK_AFTER_MS);
    }
  }

  private draw(): void {
    const { look, state } = this;
    if (look === null) return;
    const say = sayingIn(look.state.language);
    const { language } = look.state;
    const token = look.state.session?.page_token ?? null;
    const desk: Desk = { state, say, language, token };
    const isKnown = state.asking === "known";
    patchChildren(this.bar, isKnown ? tools(desk) : []);
    patchChildren(this.hint, isKnown ? hint(desk) : []);
    patchChildren(this.zoom, isKnown ? zoomButtons(desk) : []);
    this.zoom.setAttribute("aria-label", say("controls"));
    const zone = state.steps.now.drawing.time_zone ?? "Europe/Amsterdam";
    patchChildren(this.side, side(desk, this.reason, zone));
    settle(this.side);
    this.ground.element.setAttribute("aria-label", say("canvas", { site: foreign(state.site) }));
    this.ground.draw(state);
  }

  private tapped(at: readonly [number, number], on: Element): void {
    const { tool, growing } = this.state;
    if (tool === "choose") {
      const { kind, id, point } = on instanceof SVGElement ? on.dataset : {};
      if (point !== undefined) this.update({ ...this.state, point: Number(point) });
      else if (kind !== undefined && id !== undefined) {
        this.update({ ...this.state, chosen: { kind: kind as Kind, id }, point: null });
      } else this.update({ ...this.state, chosen: null, point: null });
      return;
    }
    const isFirst = on instanceof SVGElement && on.dataset["growing"] === "0";
    if (isFirst && growing.length >= leastOf(tool)) this.finish();
    else this.put(at);
  }

  private put(at: readonly [number, number]): void {
    const { tool, growing } = this.state;
    if (tool === "choose") return;
    if (tool === "devices") this.update(withNew(this.state, tool, [at]));
    else this.update({ ...this.state, growing: [...growing, at] });
  }

  private finish(): void {
    const { tool, growing } = this.state;
    if (tool === "choose") return;
    // A double click puts the same place twice.
    const points = growing.filter((one, index) => {
      const last = growing[index - 1];
      return last === undefined || one[0] !== last[0] || one[1] !== last[1];
    });
    if (points.length >= leastOf(tool)) this.update(withNew(this.state, tool, points));
  }

  private clicked(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    const element = target?.closest<HTMLElement>("button[data-edit]");
    if (element === null || element === undefined) return;
    this.act({ what: element.dataset["edit"] ?? "", of: element.dataset["of"] ?? "" });
  }

  /** Ask before a link leads away from what was not saved. */
  private leaving(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.hash !== "" || this.look === null) return;
    const isLost = isChanged(this.state);
    const hasSaved = this.state.saved !== null;
    if (!isLost && !hasSaved) return;
    event.preventDefault();
    event.stopPropagation();
    if (isLost && !confirm(sayingIn(this.look.state.language)("leaving"))) return;
    // Loaded anew, so that every page of it knows the site as it is drawn now.
    this.stop.abort();
    location.assign(link.href);
  }

  private changed(event: Event): void {
    const { target } = event;
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    const name = target.dataset["field"] ?? "";
    if (name === "" || name === "reason") return;
    if (name.startsWith("new.")) return;
    const { draft, chosen, site } = changedBy(this.state, name, target.value);
    this.update({ ...withDraft(this.state, draft), chosen, site });
  }

  private typed(event: Event): void {
    const { target } = event;
    if (!(target instanceof HTMLInputElement) || target.dataset["field"] !== "reason") return;
    this.reason = target.value;
    this.draw();
  }

  private entered(event: Event): void {
    const name = event.target instanceof HTMLElement ? event.target.dataset["field"] : "";
    const [what, index] = (name ?? "").split(" ");
    if (what !== "point" || Number(index) === this.state.point) return;
    this.state = { ...this.state, point: Number(index) };
    this.ground.draw(this.state);
  }

  private pressed(event: KeyboardEvent): void {
    const asked = askedBy(event, this.state.tool);
    if (asked === null) return;
    event.preventDefault();
    // The page's own keys do not hear what is the editor's.
    event.stopPropagation();
    this.act(asked);
  }

  private act(asked: Asked): void {
    const { state } = this;
    const { what, of } = asked;
    const [kind = "", id = "", point = ""] = of.split(" ");
    if (what === "tool") this.take(of as Tool);
    if (what === "undo") this.update({ ...state, steps: undone(state.steps), point: null });
    if (what === "redo") this.update({ ...state, steps: redone(state.steps), point: null });
    if (what === "zoom") this.ground.zoom(Number(of));
    if (what === "home") this.ground.home();
    if (what === "finish") this.finish();
    if (what === "cancel") this.take("choose");
    if (what === "put") this.put(this.ground.snap(state.cursor ?? this.ground.middle()));
    if (what === "choose" || what === "go") {
      const at = point === "" ? null : Number(point);
      this.update({ ...state, chosen: { kind: kind as Kind, id }, point: at, tool: "choose" });
      this.ground.showChosen(at === null);
      focusIn(this.side, at === null ? "#edit-id" : `#edit-lon-${at}`);
    }
    if (what === "leave") this.update({ ...state, chosen: null, point: null });
    if (what === "add") this.add(of as Kind);
    if (what === "delete") this.update(withoutChosen(state));
    if (what === "insert") this.update(withPointAfter(state, Number(of), null));
    if (what === "drop") this.update(withoutPoint(state, Number(of)));
    if (what === "delete-point") {
      this.update(state.point === null ? state : withoutPoint(state, state.point));
    }
    if (what === "nudge") this.nudge(of);
    if (what === "straight") this.update(straightened(state));
    if (what === "path" || what === "place") this.update(this.ground.given(state));
    if (what === "counter") this.update(withCounters(state, null));
    if (what === "uncount") this.update(withCounters(state, Number(of)));
    if (what === "begin") this.beginNew();
    if (what === "drop-all") this.begin(this.begunAs ?? "");
    void this.asker.act(what, of, this.reason).then((isSaved) => {
      if (isSaved) this.saved();
    });
  }

  private saved(): void {
    this.reason = "";
    this.begunAs = this.state.site;
    const address = new URL(location.href);
    address.search = new URLSearchParams({ site: this.state.site }).toString();
    history.replaceState(null, "", address);
    this.draw();
  }

  private take(tool: Tool): void {
    this.update({ ...this.state, tool, growing: [], cursor: null, point: null });
    if (tool !== "choose") this.ground.element.focus({ preventScroll: true });
  }

  private add(kind: Kind): void {
    const middle = this.ground.middle();
    this.update(withNew(this.state, kind, usualForm(kind, middle)));
    focusIn(this.side, "#edit-id");
  }

  private nudge(of: string): void {
    const { state } = this;
    const [east, north] = stepOf(of);
    if (state.tool !== "choose") {
      const cursor = nudged(state.cursor ?? this.ground.middle(), east, north);
      this.update({ ...state, cursor });
      this.ground.show(cursor);
    } else if (state.chosen !== null) {
      this.update(withNudge(state, east, north));
    } else {
      this.ground.pan(Math.sign(east), Math.sign(north));
    }
  }

  private beginNew(): void {
    const said = (name: string): string =>
      this.side.querySelector<HTMLInputElement>(`[data-field="new.${name}"]`)?.value.trim() ?? "";
    const at = [Number(said("lon")), Number(said("lat"))] as const;
    if (said("lon") === "" || said("lat") === "" || !at.every(Number.isFinite)) return;
    const heads = ["name", "time_zone", "country"].filter((one) => said(one) !== "");
    const named = Object.fromEntries(heads.map((one) => [one, said(one)]));
    this.ground.begin(at);
    const site = said("site");
    const drawing = { ...this.state.steps.now.drawing, ...named };
    const steps = { ...this.state.steps, now: { drawing, renames: {} } };
    this.update({ ...this.state, site, steps, asking: "known" });
    focusIn(this.side, "[data-edit=add]");
  }
}

function focusIn(place: HTMLElement, selector: string): void {
  place.querySelector<HTMLElement>(selector)?.focus();
}

/** Have fields show what is drawn: what was typed stands in them, whatever their attributes say. */
function settle(place: HTMLElement): void {
  for (const input of place.querySelectorAll<HTMLInputElement>("input[data-field]")) {
    const wanted = input.getAttribute("value") ?? "";
    const isOurs = input.dataset["field"]?.startsWith("new.") === true;
    if (!isOurs && input.dataset["field"] !== "reason" && input.value !== wanted) {
      input.value = wanted;
    }
  }
  for (const select of place.querySelectorAll<HTMLSelectElement>("select[data-field]")) {
    const wanted = select.dataset["value"] ?? "";
    if (select.value !== wanted) select.value = wanted;
  }
}
