// SPDX-License-Identifier: Apache-2.0
/**
 * The map of a site: the same numbers as the table, where they are. Loaded only when somebody opens
 * it. Rule: it keeps what it shows inside one element that the page leaves to it.
 */
import "./style/style.css";
import type { MapView, ZoneEstimateView } from "../api/types";
import { ask } from "../api/client";
import { h, patchChildren } from "../draw/dom";
import type { Look } from "../draw/look";
import { rowsOf, type ZoneRow } from "../model/zones";
import type { Camera } from "./scene/camera";
import { columnsOf, flattened, heightsOf, scaleOf, type Scale } from "./scene/columns";
import { countersOf } from "./scene/counters";
import { drawnOf, type Drawn } from "./scene/drawn";
import { flowsOf, unfamiliarOf } from "./scene/flows";
import { foreign } from "../words/words";
import { controls } from "./controls";
import { FactsLive, NO_FACTS, type Facts } from "./facts";
import { drawingOf, type Drawing } from "./draw/ground";
import { doOf, keyDo, type Do } from "./keys";
import { Labels } from "./draw/labels";
import { keyOf } from "./draw/key";
import { layersOf, type Scene } from "./draw/layers";
import { paletteOf, type Palette } from "./draw/palette";
import { panel } from "./panel";
import { MapStage } from "./draw/stage";
import { NOW, tenseOf, timebar } from "./time/timebar";
import { Times } from "./time/times";
import { tell } from "./words/words";

const RECOLOURED = [
  "(prefers-color-scheme: dark)",
  "(prefers-contrast: more)",
  "(forced-colors: active)",
];
const BOXES = "look at boxes and what they sent";
const RETRY_MS = 3_000;
const AGAIN_MS = 10_000;
/** A picture that is taken away twice within this time does not last here. */
const LOST_AGAIN_MS = 60_000;

export class SiteMap {
  // More than ten of them: a map is what is asked for, what is chosen and where it is drawn.
  private readonly canvas = h("div", { class: "map-canvas", tabindex: 0, role: "application" });
  private readonly buttons = h("div", { class: "map-buttons", role: "group" });
  private readonly bar = h("div", { class: "map-time", role: "group" });
  private readonly side = h("div", { class: "map-side" });
  private readonly labels: Labels;
  private readonly stop = new AbortController();
  private look: Look | null = null;
  private site = "";
  private zonesKey = "";
  private drawn: Drawn | null = null;
  private drawing: Drawing | null = null;
  private stage: MapStage | null = null;
  private facts: Facts = NO_FACTS;
  private factsLive: FactsLive | null = null;
  private times: Times | null = null;
  private palette: Palette | null = null;
  private scale: Scale | null = null;
  private scene: Scene | null = null;
  private selected: string | null = null;
  private isPlaced = false;
  private painted = "";
  private drawnOf: readonly unknown[] = [];
  private drawnAt = 0;
  private paletteKey = 0;
  private lostAt = -Infinity;

  constructor(
    place: HTMLElement,
    private readonly isWall: boolean,
    private readonly failed: () => void,
  ) {
    const view = h("div", { class: "map-view" }, this.canvas, this.buttons);
    const frame = h("div", { class: isWall ? "map-frame is-wall" : "map-frame" }, view, this.side);
    if (!isWall) view.append(this.bar);
    place.replaceChildren(frame);
    this.labels = new Labels(view, !isWall);
    const { signal } = this.stop;
    frame.addEventListener("click", (event) => this.clicked(event), { signal });
    this.bar.addEventListener("input", (event) => this.slid(event), { signal });
    this.canvas.addEventListener("keydown", (event) => this.pressed(event), { signal });
    for (const query of RECOLOURED) {
      matchMedia(query).addEventListener("change", () => this.recolour(), { signal });
    }
  }

  /** Show what is known; called at each change, and every few seconds. */
  show(look: Look): void {
    const { site, theme } = look.state;
    const hasTurned = this.look !== null && this.look.state.theme !== theme;
    this.look = look;
    if (site !== null && site.name !== this.site) this.begin(site.name);
    const zones = site?.drawn?.zones.map((one) => `${one.zone} ${one.name}`).join() ?? "";
    if (site !== null && zones !== this.zonesKey) {
      this.zonesKey = zones;
      void this.readMap();
    }
    if (hasTurned) this.recolour();
    // Most states are the time alone. What says "old" is looked at again now and then.
    const levels = look.state.shift?.levels;
    const parts = [site?.zones, site?.drawn, levels, look.lostSince === null, look.state.language];
    const isSame = parts.every((one, index) => one === this.drawnOf[index]);
    if (isSame && performance.now() - this.drawnAt < AGAIN_MS) return;
    this.drawnOf = parts;
    this.draw();
  }

  end(): void {
    this.stop.abort();
    this.forget();
    this.stage?.end();
  }

  private begin(site: string): void {
    this.forget();
    this.stage?.end();
    this.stage = this.drawn = this.scale = this.scene = null;
    this.facts = NO_FACTS;
    this.site = site;
    this.zonesKey = "";
    this.selected = null;
    const mayBoxes = this.look?.state.session?.rights.includes(BOXES) === true;
    this.factsLive = new FactsLive(site, mayBoxes, (facts) => {
      this.facts = facts;
      this.draw();
    });
    this.factsLive.start();
    this.times = new Times(
      site,
      () => this.look,
      () => this.facts.forecast,
      () => this.draw(),
    );
  }

  private forget(): void {
    this.factsLive?.end();
    this.times?.end();
  }

  private async readMap(): Promise<void> {
    const { site } = this;
    const asked = await ask("/sites/{site}/map.geojson", { site });
    if (this.stop.signal.aborted || site !== this.site) return;
    if (asked.ok) this.build(asked.value);
    else setTimeout(() => !this.stop.signal.aborted && void this.readMap(), RETRY_MS);
  }

  private build(map: MapView, camera?: Camera): void {
    this.stage?.end();
    this.stage = null;
    this.drawn = drawnOf(map);
    if (this.drawn.zones.length === 0) return;
    this.drawing = drawingOf(this.drawn.corners);
    this.palette = paletteOf(this.canvas);
    this.painted = "";
    this.stage = new MapStage(
      this.canvas,
      this.drawn,
      this.drawing,
      this.palette,
      {
        picked: (zone) => this.select(zone, false),
        moved: (isResting) => this.placeLabels(isResting),
        lost: () => this.lose(map),
      },
    );
    if (camera !== undefined) this.stage.stand(camera);
    this.draw();
  }

  /** The browser took the picture away: once it is drawn anew, and soon after that not again. */
  private lose(map: MapView): void {
    const isAgain = performance.now() - this.lostAt < LOST_AGAIN_MS;
    this.lostAt = performance.now();
    const camera = this.stage?.camera();
    this.stage?.end();
    this.stage = null;
    this.canvas.parentElement?.setAttribute("data-ready", "no");
    if (isAgain) this.failed();
    // After this event: until it is over no other picture is given.
    else {
      setTimeout(() => {
        if (this.stop.signal.aborted || this.stage !== null) return;
        this.build(map, camera);
      });
    }
  }

  private recolour(): void {
    // A theme holds on the page only after this rendering.
    requestAnimationFrame(() => {
      this.palette = paletteOf(this.canvas);
      this.paletteKey += 1;
      this.stage?.recolour(this.palette);
      this.draw();
    });
  }

  /** Draw all of it anew; what is the same stays as it is. */
  private draw(): void {
    const { look, drawn } = this;
    if (look === null) return;
    this.drawnAt = performance.now();
    const { times } = this;
    if (times === null) return;
    const { zones, answer, at } = times.known(look);
    const rows = this.rowsOf(look, zones);
    const { language } = look.state;
    const { when } = times;
    const tense = tenseOf(when);
    patchChildren(this.bar, timebar({ look, when, at, ahead: times.ahead(), answer }));
    const slider = this.bar.querySelector<HTMLInputElement>("#map-when");
    if (slider !== null) slider.value = String(when.minutes);
    this.bar.setAttribute("aria-label", tell(language, "time"));
    this.buttons.setAttribute("aria-label", tell(language, "controls"));
    const name = foreign(look.state.site?.drawn?.name ?? this.site);
    this.canvas.setAttribute("aria-label", tell(language, "canvas", { site: name }));
    this.canvas.parentElement?.setAttribute("data-tense", tense);
    this.canvas.parentElement?.setAttribute("data-lost", look.lostSince === null ? "no" : "yes");
    if (drawn === null || drawn.zones.length === 0) return;
    const isNow = tense === "now";
    const unfamiliar = isNow ? unfamiliarOf(drawn, this.facts.devices) : new Set<string>();
    this.scale = scaleOf(rows, drawn, this.scale);
    // What was declared is known of now alone.
    const declared = isNow ? (this.facts.declared ?? new Map()) : new Map();
    const given = { tense, declared, unfamiliar };
    const columns = columnsOf(drawn, rows, this.scale, given);
    const counters = countersOf(drawn, zones, isNow ? this.facts.devices : []);
    const flows = isNow ? flowsOf(drawn, this.facts.devices, look.now) : [];
    const weekBefore = this.isWall ? null : times.weekBefore(look);
    patchChildren(this.buttons, this.isWall ? [] : controls(look, this.stage));
    patchChildren(
      this.side,
      panel({
        look,
        rows,
        tense,
        selected: this.selected,
        facts: isNow ? this.facts : { ...this.facts, declared: null, devices: [] },
        zones,
        weekBefore,
        unfamiliar,
        counters,
        flows,
        scale: this.scale,
        isDrawn: this.drawing !== null,
        isWall: this.isWall,
      }),
    );
    if (this.stage === null || this.palette === null) return;
    const isFramed = when.isBeside && this.stage.isTilted;
    this.scene = {
      columns: this.stage.isTilted ? columns : columns.map(flattened),
      flows,
      // From straight above no height is seen; the list says the number.
      weekBefore: isFramed ? heightsOf(weekBefore, this.scale) : new Map(),
      routes: drawn.routes,
      counters: isNow ? counters : [],
      selected: this.selected,
      palette: this.palette,
      extent: drawn.extent,
      isFlat: !this.stage.isTilted,
      letters: {
        green: look.say("level.green.letter"),
        yellow: look.say("level.yellow.letter"),
        orange: look.say("level.orange.letter"),
        red: look.say("level.red.letter"),
      },
      labelled: this.scene?.labelled ?? new Set(),
    };
    this.labels.show(look, this.scene.columns, this.selected);
    this.labels.name(look, this.drawing?.places ?? []);
    this.placeLabels();
    const key = [keyOf(this.scene), look.state.language, this.paletteKey].join("|");
    if (key === this.painted) return;
    this.painted = key;
    this.paint();
  }

  /** Return rows as the table has them: what is proposed and was declared is known of now alone. */
  private rowsOf(look: Look, zones: readonly ZoneEstimateView[]): readonly ZoneRow[] {
    const { site, shift } = look.state;
    const levels = (this.times?.when ?? NOW).minutes === 0 ? (shift?.levels ?? null) : null;
    return rowsOf(zones, site?.drawn ?? null, levels);
  }

  /** Put labels where their columns are; letters on columns without one come when all rests. */
  private placeLabels(isResting = true): void {
    if (this.stage === null || this.scene === null) return;
    const labelled = this.labels.place(
      this.stage.projection(),
      this.stage.size(),
      this.stage.isHurried,
    );
    if (!isResting) return;
    const had = this.scene.labelled;
    if (labelled.size === had.size && [...labelled].every((one) => had.has(one))) return;
    this.scene = { ...this.scene, labelled };
    this.paint();
  }

  /** Hand the scene to the stage, once a frame. */
  private paint(): void {
    if (this.isPlaced) return;
    this.isPlaced = true;
    requestAnimationFrame(() => {
      this.isPlaced = false;
      if (this.scene !== null) this.stage?.layers(layersOf(this.scene));
      this.canvas.parentElement?.setAttribute("data-ready", "yes");
    });
  }

  private select(zone: string | null, isFlown: boolean): void {
    this.selected = zone === "" ? null : zone;
    this.draw();
    const found = this.drawn?.zones.find((one) => one.zone === this.selected);
    if (isFlown && found !== undefined) this.stage?.flyTo(found.ring);
    if (isFlown && this.selected === null) this.stage?.home(true);
  }

  private clicked(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    const element = target?.closest<HTMLElement>("[data-map], .map-label");
    if (element === null || element === undefined) return;
    if (element.classList.contains("map-label")) {
      this.select(element.dataset["zone"] ?? null, false);
    }
    else this.act(doOf(element));
  }

  private pressed(event: KeyboardEvent): void {
    const asked = keyDo(event);
    if (asked === null) return;
    event.preventDefault();
    this.act(asked);
  }

  private slid(event: Event): void {
    const { target } = event;
    if (!(target instanceof HTMLInputElement) || target.id !== "map-when") return;
    this.times?.turnTo(Number(target.value));
  }

  private act(asked: Do): void {
    const { stage, times } = this;
    if (asked.what === "select") this.select(asked.zone, true);
    if (asked.what === "zoom") stage?.zoom(asked.by);
    if (asked.what === "turn") stage?.turn(asked.by);
    if (asked.what === "pan") stage?.pan(asked.x, asked.y);
    if (asked.what === "home") stage?.home(true);
    if (asked.what === "buildings") void stage?.toggleBuildings(this.site, () => this.draw());
    if (asked.what === "next") this.next(asked.by);
    if (asked.what === "play") times?.play(!times.when.isPlaying);
    if (asked.what === "now") times?.turnTo(0);
    if (asked.what === "then" || asked.what === "beside") times?.turn(asked.what);
    if (asked.what === "tilt") {
      stage?.setTilt(asked.isTilted ?? !(stage.isTilted));
    }
    this.draw();
  }

  private next(by: number): void {
    const { look, times } = this;
    const rows = look === null || times === null ? [] : this.rowsOf(look, times.known(look).zones);
    const at = rows.findIndex((row) => row.zone === this.selected);
    const next = rows[(at + by + rows.length) % rows.length] ?? rows[0];
    if (next !== undefined) this.select(next.zone, true);
  }
}
