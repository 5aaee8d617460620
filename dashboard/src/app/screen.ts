// SPDX-License-Identifier: Apache-2.0
/**
 * Bring a state to the screen. What changed since is told to those who listen instead of looking,
 * and only what matters to them: a level, and whether the line holds.
 */
import type { CentreClock } from "../model/clock";
import { isLevel, type Level } from "../model/levels";
import { patchChildren } from "../draw/dom";
import { unseen } from "../model/shift";
import { siteName } from "../view/frame";
import { criticalWords } from "../view/shift/critical";
import { Look, timeOf } from "../draw/look";
import { page } from "../view/page";
import { EditorHost } from "../editor/host";
import { MapHost } from "./map_host";
import { ageOf, clockOf } from "../words/format";
import { foreign } from "../words/words";
import type { MapLack, State } from "./state";

const TICK_MS = 1_000;
/** Marks that depend on how old something is are looked at again this often. */
const TICKS_TO_RENDER = 5;

export class Screen {
  private state: State | null = null;
  private isDue = false;
  private ticks = 0;
  private levels: ReadonlyMap<string, Level> = new Map();
  private levelsOf = "";
  private wasLost = false;

  private readonly map: MapHost;
  private readonly editor: EditorHost;

  constructor(
    private readonly clock: CentreClock,
    mapFailed: (why: MapLack) => void,
  ) {
    this.map = new MapHost(mapFailed);
    this.editor = new EditorHost(() => mapFailed("map.failed"));
  }

  /** Show a state with the next picture of the screen. */
  show(state: State): void {
    this.state = state;
    if (this.isDue) return;
    this.isDue = true;
    // Not by requestAnimationFrame alone: a page in the background must not fall behind.
    queueMicrotask(() => this.render());
  }

  /** Count ages and clocks on, each second. */
  follow(): void {
    setInterval(() => this.tick(), TICK_MS);
  }

  /** Begin at the head of a page that is new to whoever looks. */
  begin(): void {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }

  private render(): void {
    this.isDue = false;
    if (this.state === null) return;
    const { state } = this;
    const look = new Look(state, this.clock.now());
    const root = document.documentElement;
    root.lang = state.language;
    root.dataset["theme"] = state.theme;
    root.dataset["exercise"] = state.exercise === null ? "no" : "yes";
    root.dataset["page"] = shownOf(state);
    document.title = titleOf(look);
    const place = document.getElementById("page");
    if (place !== null) patchChildren(place, page(look));
    this.map.show(look);
    this.editor.show(look);
    this.tell(look);
  }

  private tick(): void {
    const { state } = this;
    if (state === null) return;
    const now = timeOf(state, this.clock.now());
    this.ticks += 1;
    const isLost = state.site?.link.isLive === false;
    if (isLost || state.session === null || this.ticks % TICKS_TO_RENDER === 0) this.show(state);
    if (now === null) return;
    for (const element of document.querySelectorAll<HTMLElement>("[data-age]")) {
      const age = ageOf(state.language, now - Number(element.dataset["age"]));
      if (element.textContent !== age) element.textContent = age;
    }
    const zone = state.site?.drawn?.time_zone ?? "UTC";
    for (const element of document.querySelectorAll("[data-clock]")) {
      element.textContent = clockOf(state.language, now, zone);
    }
  }

  private tell(look: Look): void {
    const { site } = look.state;
    const isLost = look.lostSince !== null;
    if (isLost !== this.wasLost && (isLost || site?.link.isLive === true)) {
      if (isLost) speak("alarm", look.say("link.alarm"));
      else {
        speak("alarm", "");
        speak("told", look.say("link.back"));
      }
      this.wasLost = isLost;
    }
    speak("critical", criticalWords(look));
    this.tellLevels(look);
  }

  private tellLevels(look: Look): void {
    const { site } = look.state;
    if (site === null || site.zones.size === 0) return;
    const names = new Map(site.drawn?.zones.map((zone) => [zone.zone, zone.name]));
    const levels = new Map<string, Level>();
    for (const zone of site.zones.values()) {
      if (isLevel(zone.level)) levels.set(zone.zone, zone.level);
    }
    const changed = [...levels].filter(
      ([zone, level]) => this.levels.has(zone) && this.levels.get(zone) !== level,
    );
    if (changed.length > 0 && this.levelsOf === site.name) {
      const told = changed.map(([zone, level]) =>
        look.say("level.changed", {
          zone: foreign(names.get(zone) ?? zone),
          level: look.say(`level.${level}`),
        }),
      );
      speak("told", told.join(". "));
    }
    this.levels = levels;
    this.levelsOf = site.name;
  }
}

function speak(id: "told" | "alarm" | "critical", text: string): void {
  const element = document.getElementById(id);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function shownOf({ session, route, officer }: State): string {
  const isPublic = officer?.isPublic === true && officer.asking === "known";
  if (session === null) return isPublic ? route.page : "entrance";
  return session.role === "wall-screen" ? "wall" : route.page;
}

function titleOf(look: Look): string {
  const banner = look.state.exercise === null ? "" : `${look.say("exercise")} · `;
  const waiting = unseen(look.state.shift?.alarms ?? [], look.centreTime).length;
  const count = waiting > 0 ? `(${waiting}) ` : "";
  const about = look.state.session === null ? look.say("login") : aboutOf(look);
  return `${count}${banner}${about} · ${siteName(look)}`.replaceAll(/[\u2068\u2069]/gu, "");
}

/** Say what a page is about: its zone, its box, or the name by which it is gone to. */
function aboutOf(look: Look): string {
  const { route } = look.state;
  if (route.page === "zone") return foreign(route.zone);
  if (route.page === "box") return foreign(route.device);
  return look.word("nav", route.page === "wallmap" ? "map" : route.page);
}
