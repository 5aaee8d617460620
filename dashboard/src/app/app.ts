// SPDX-License-Identifier: Apache-2.0
/**
 * The page as a whole: asks who one is, keeps one site up to date, shows what is known, and counts
 * time on. Rule: whatever is shown is a function of the state; nothing is changed on the screen
 * behind its back but ages and clocks, each second.
 */
import { ask, logIn, logOut, type Answered, type LogIn } from "../api/client";
import type { SessionView } from "../api/types";
import { CentreClock } from "../model/clock";
import { routeOf } from "./route";
import { languageOf, type Language } from "../words/words";
import { BoxLive } from "./live/box_live";
import { Desk, type Host } from "./desk";
import { ExerciseLive } from "./live/exercise_live";
import { OfficerDesk } from "./officer/officer_desk";
import { Screen } from "./screen";
import { remembered, remember } from "./remembered";
import { SiteLive } from "./live/site_live";
import { LOGGED_OUT, NO_SITE, type State, type Theme } from "./state";

const HEALTH_MS = 15_000;
const RETRY_MS = 2_000;

export class App {
  private state: State;
  private readonly clock = new CentreClock();
  private readonly screen = new Screen(this.clock, (mapLack) => this.update({ mapLack }));
  private live: SiteLive | null = null;
  private box: BoxLive | null = null;
  private readonly host: Host = {
    state: () => this.state,
    update: (change) => this.update(change),
    sessionEnded: () => this.sessionEnded(),
  };
  private readonly desk = new Desk(this.host, this.clock);
  private readonly officer = new OfficerDesk(this.host);
  private readonly exercise = new ExerciseLive(this.host, this.clock);

  constructor() {
    const language = remembered("language");
    const theme = remembered("theme");
    this.state = {
      route: routeOf(location.pathname),
      language: language === "nl" || language === "en" ? language : languageOf(navigator.languages),
      theme: theme === "light" || theme === "dark" ? theme : "auto",
      session: null,
      asking: "asking",
      logIn: { ...LOGGED_OUT, kind: location.pathname === "/wall" ? "screen" : "person" },
      sites: [],
      ...NO_SITE,
      health: null,
      exercise: null,
      mapLack: null,
    };
  }

  start(): void {
    this.screen.show(this.state);
    this.screen.follow();
    setInterval(() => void this.readHealth(), HEALTH_MS);
    for (const name of ["online", "pageshow"]) addEventListener(name, () => this.retry());
    document.addEventListener("visibilitychange", () => this.retry());
    void this.readHealth();
    void this.enter();
  }

  /** Do what a button or a form of the page asks for. */
  async act(what: string, value: string, form: FormData | null): Promise<void> {
    const said = (name: string): string => String(form?.get(name) ?? "");
    if (what === "language") this.setLanguage(value === "nl" ? "nl" : "en");
    if (what === "theme") this.setTheme(value);
    if (what === "kind") {
      this.update({ logIn: { ...LOGGED_OUT, kind: value === "screen" ? "screen" : "person" } });
    }
    if (what === "log-in") {
      const login = said("login").trim();
      const code = said("code").replaceAll(" ", "");
      await this.logIn({ login, password: said("password"), code, key: "" });
    }
    if (what === "pair") {
      await this.logIn({ login: "", password: "", code: "", key: said("key").trim() });
    }
    if (what === "log-out") await this.logOut();
    await this.officer.act(what, value, form);
    await this.desk.act(what, value, form);
    await this.exercise.act(what, value);
  }

  /** Show another address of the page, without loading it anew. */
  go(address: URL): void {
    if (address.href !== location.href) history.pushState(null, "", address);
    this.arrive();
    this.screen.begin();
  }

  /** Show what the address says now. */
  arrive(): void {
    const site = this.askedSite(this.state.sites);
    this.update({ route: routeOf(location.pathname), box: null, mapLack: null });
    if (this.state.session === null) return this.officer.arrive();
    if (site !== this.state.site?.name) this.lookAt(site);
    this.lookAtBox();
    this.desk.arrive();
    this.officer.arrive();
    this.exercise.arrive();
  }

  private retry(): void {
    if (!document.hidden) this.live?.retry();
    this.desk.retry();
  }

  private async enter(): Promise<void> {
    const asked = await ask("/session");
    if (asked.ok) {
      await this.welcome(asked.value);
    } else if (asked.failure.kind === "unknown") {
      this.update({ asking: "known", session: null });
      this.officer.arrive();
    } else {
      this.update({ asking: asked.failure });
      setTimeout(() => void this.enter(), RETRY_MS);
    }
  }

  private async welcome(session: SessionView): Promise<void> {
    const asked = remembered("language") === null && session.is_person;
    const language = asked ? languageOf([session.language]) : this.state.language;
    this.update({ session, language, asking: "known", logIn: LOGGED_OUT });
    let latest = await ask("/latest");
    while (!latest.ok) {
      if (latest.failure.kind === "unknown") return this.sessionEnded();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      latest = await ask("/latest");
    }
    const sites = latest.value.sites.map((one) => one.site);
    void this.readHealth();
    this.update({ sites });
    this.lookAt(this.askedSite(sites));
    this.lookAtBox();
    this.desk.arrive();
    this.officer.arrive();
    this.exercise.arrive();
  }

  private askedSite(sites: readonly string[]): string | null {
    const route = routeOf(location.pathname);
    const asked = new URLSearchParams(location.search).get("site") ?? remembered("site");
    const ofRoute = "site" in route ? route.site : null;
    const wanted = ofRoute ?? asked ?? this.state.site?.name;
    return sites.find((one) => one === wanted) ?? sites[0] ?? null;
  }

  private lookAt(name: string | null): void {
    const { session } = this.state;
    this.live?.end();
    this.live = null;
    if (name === null || session === null) {
      this.desk.lookAt(null, false);
      this.update({ site: null });
      return;
    }
    remember("site", name);
    const isWhole = session.scope.some((one) => one === "*" || one === name);
    this.desk.lookAt(name, isWhole);
    this.live = new SiteLive(
      name,
      isWhole,
      this.clock,
      (site) => this.update({ site }),
      () => this.sessionEnded(),
      (exercise) => this.update({ exercise }),
    );
    this.live.start();
  }

  private lookAtBox(): void {
    this.box?.end();
    this.box = null;
    const { route } = this.state;
    if (route.page !== "box") return;
    this.box = new BoxLive(
      route.site,
      route.device,
      (box) => this.update({ box }),
      () => this.sessionEnded(),
    );
    this.box.start();
  }

  private sessionEnded(): void {
    this.live?.end();
    this.box?.end();
    this.live = this.box = null;
    this.desk.end();
    this.officer.end();
    this.exercise.end();
    const kind = this.state.session?.role === "wall-screen" ? "screen" : "person";
    const hasEnded = this.state.session !== null;
    this.update({
      session: null,
      asking: "known",
      ...NO_SITE,
      logIn: { ...LOGGED_OUT, kind, hasEnded },
    });
  }

  private async logIn(given: LogIn): Promise<void> {
    const { kind, hasEnded } = this.state.logIn;
    this.update({ logIn: { ...LOGGED_OUT, kind, hasEnded, isBusy: true } });
    const answered = await logIn(given);
    if (answered.ok) {
      this.screen.begin();
      await this.welcome(answered.value);
      return;
    }
    this.update({ logIn: { ...LOGGED_OUT, kind, hasEnded, ...refusal(answered, kind) } });
  }

  private async logOut(): Promise<void> {
    await logOut(this.state.session?.page_token ?? null);
    this.sessionEnded();
    this.update({ logIn: LOGGED_OUT });
    history.replaceState(null, "", "/");
    this.update({ route: routeOf("/") });
  }

  private async readHealth(): Promise<void> {
    const answered = await ask("/health");
    if (answered.ok) this.update({ health: answered.value, exercise: answered.exercise });
  }

  private setLanguage(language: Language): void {
    remember("language", language);
    this.update({ language });
  }

  private setTheme(value: string): void {
    const theme: Theme = value === "light" || value === "dark" ? value : "auto";
    remember("theme", theme);
    this.update({ theme });
  }

  private update(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.screen.show(this.state);
  }
}

function refusal(
  answered: Extract<Answered<SessionView>, { ok: false }>,
  kind: "person" | "screen",
): Pick<State["logIn"], "message" | "waitUntil"> {
  const { failure } = answered;
  if (failure.kind === "wait") {
    return { message: null, waitUntil: Date.now() + failure.seconds * 1000 };
  }
  if (failure.kind === "insecure") return { message: "login.insecure", waitUntil: 0 };
  if (failure.kind === "unknown") {
    return { message: kind === "person" ? "login.wrong" : "login.screen.wrong", waitUntil: 0 };
  }
  return { message: "login.down", waitUntil: 0 };
}
