// SPDX-License-Identifier: Apache-2.0
/** What stands around every page: the banner of an exercise, the site, the clock, the link. */
import type { Route } from "../app/route";
import { withSite } from "../app/route";
import { DRAW } from "../model/rights";
import { mayFollow, unseen } from "../model/shift";
import { clockOf } from "../words/format";
import { foreign, type Key } from "../words/words";
import { h, type Child } from "../draw/dom";
import type { Look } from "../draw/look";
import { mayDirect } from "./exercise/control";

const BOXES = "look at boxes and what they sent";

export function frame(look: Look, ...main: Child[]): readonly HTMLElement[] {
  return [
    h("a", { class: "skip", href: "#main" }, look.say("skip")),
    ...banners(look),
    h(
      "header",
      { class: "top" },
      h("div", { class: "where" }, h("h1", {}, siteName(look)), sites(look)),
      pages(look),
      h("div", { class: "now" }, link(look), clock(look)),
    ),
    h("main", { id: "main", tabindex: -1 }, ...main),
  ];
}

/** Return the banners that nobody may overlook. */
export function banners(look: Look): readonly HTMLElement[] {
  const { exercise, session } = look.state;
  const shown: HTMLElement[] = [];
  if (exercise !== null) {
    shown.push(
      h(
        "div",
        { class: "exercise", role: "region", "aria-label": look.say("exercise") },
        h("strong", {}, look.say("exercise")),
        h("span", {}, look.say("exercise.text", { name: foreign(exercise) })),
        h("strong", { "aria-hidden": "true" }, look.say("exercise")),
      ),
    );
  }
  if (session?.role === "break-glass") {
    shown.push(h("p", { class: "sealed", role: "note" }, look.say("sealed")));
  }
  return shown;
}

export function siteName(look: Look): string {
  const { site } = look.state;
  if (site === null) return look.say("title");
  return foreign(site.drawn?.name ?? site.name);
}

function sites(look: Look): HTMLElement | false {
  const { sites: names, site, route } = look.state;
  if (names.length < 2 || "site" in route) return false;
  return h(
    "nav",
    { class: "sites", "aria-label": look.say("site.choose") },
    ...names.map((name) =>
      h(
        "a",
        { href: withSite("", name), "aria-current": name === site?.name && "true" },
        foreign(name),
      ),
    ),
  );
}

function pages(look: Look): HTMLElement {
  const { route, session, site } = look.state;
  const mayBoxes = session?.rights.includes(BOXES) === true;
  const mayDraw = session?.rights.includes(DRAW) === true;
  const isFollowing = mayFollow(session);
  const waiting = unseen(look.state.shift?.alarms ?? [], look.centreTime).length;
  const to = (
    path: string,
    key: Key,
    pages: readonly Route["page"][],
    ...beside: Child[]
  ): HTMLElement =>
    h(
      "a",
      {
        href: withSite(path, site?.name ?? null),
        "aria-current": pages.includes(route.page) && "page",
      },
      look.say(key),
      ...beside,
    );
  return h(
    "nav",
    { class: "pages", "aria-label": look.say("nav") },
    to("/", "nav.zones", ["zones", "zone"]),
    to("/map", "nav.map", ["map", "wallmap"]),
    isFollowing && to("/alarms", "nav.alarms", ["alarms"], ...tally(look, waiting)),
    isFollowing && to("/shift", "nav.shift", ["shift", "debrief"]),
    mayDraw && to("/editor", "nav.editor", ["editor"]),
    mayDirect(look) && to("/exercise", "nav.exercise", ["exercise"]),
    mayBoxes && to("/boxes", "nav.boxes", ["boxes", "box"]),
    mayBoxes && to("/fleet", "nav.fleet", ["fleet"]),
    mayBoxes && to("/officer", "nav.officer", ["officer", "officerbox"]),
    to("/wall", "nav.wall", ["wall"]),
    to("/account", "nav.account", ["account"]),
    languageButton(look),
  );
}

function tally(look: Look, count: number): readonly Child[] {
  if (count === 0) return [];
  return [
    " ",
    h("span", { class: "tally", "aria-hidden": "true" }, String(count)),
    h("span", { class: "unseen" }, look.say("nav.alarms.new", { count })),
  ];
}

export function languageButton(look: Look): HTMLElement {
  const other = look.state.language === "nl" ? "en" : "nl";
  return h(
    "button",
    { type: "button", class: "plain", "data-do": "language", "data-value": other, lang: other },
    look.say("other.language"),
  );
}

export function clock(look: Look): HTMLElement {
  const told =
    look.now === null ? "--:--:--" : clockOf(look.state.language, look.now, look.zone);
  return h(
    "p",
    { class: "clock" },
    h("span", { class: "unseen" }, look.say("clock")),
    look.isReplay && h("span", { class: "badge badge-doubt" }, look.say("clock.replay")),
    h("time", { "data-clock": true }, told),
  );
}

/** Say whether what is shown is live, and since when it is not. */
export function link(look: Look): HTMLElement | false {
  const { site } = look.state;
  if (site === null || site.asking !== "known") return false;
  const since = look.lostSince;
  if (since !== null) {
    return h(
      "p",
      { class: "link is-lost" },
      h("b", {}, look.say("link.lost")),
      " ",
      h("span", {}, lostWords(look, since)),
    );
  }
  if (site.link.heardAt === null) return h("p", { class: "link" }, look.say("link.asking"));
  return h("p", { class: "link is-live" }, look.say("link.live"));
}

function lostWords(look: Look, since: number): string {
  const time = clockOf(look.state.language, since, look.zone);
  return look.say("link.lost.since", { time, age: look.age((look.centreTime ?? since) - since) });
}

/** Say at the head of a page that it is no longer live. */
export function lost(look: Look): HTMLElement | false {
  const since = look.lostSince;
  if (since === null) return false;
  return h(
    "p",
    { class: "lost" },
    h("b", {}, `${look.say("link.lost")} ${lostWords(look, since)}. `),
    look.say("link.lost.text"),
  );
}
