// SPDX-License-Identifier: Apache-2.0
/** What is broken, and since when. */
import type { Broken, BrokenCounter } from "../../model/broken";
import { boxPath } from "../../app/route";
import { foreign } from "../../words/words";
import { h, s, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";

const SHOWN_MAX = 8;
const BOXES = "look at boxes and what they sent";

export function broken(look: Look, found: readonly Broken[]): HTMLElement {
  const shown = found.slice(0, SHOWN_MAX);
  const isWhole = look.state.site?.isWhole !== false;
  const hidden = found.length - shown.length;
  const count = found.filter(isBroken).length;
  return h(
    "section",
    { class: "card broken", "aria-labelledby": "broken-title" },
    h(
      "h2",
      { id: "broken-title", class: "over" },
      look.say("broken"),
      count > 0 && h("span", { class: "tally" }, String(count)),
    ),
    count === 0 &&
      h("p", { class: "fine" }, look.say(isWhole ? "broken.none" : "broken.seen")),
    h("ul", {}, ...shown.map((one) => fault(look, one))),
    hidden > 0 && h("p", { class: "quiet" }, look.say("broken.more", { count: hidden })),
  );
}

function fault(look: Look, one: Broken): HTMLElement {
  const told = one.kind === "counter" ? counter(look, one) : centre(look, one);
  return h(
    "li",
    { class: isBroken(one) ? "is-broken" : "is-doubt", "data-key": keyOf(one) },
    sign(isBroken(one)),
    h("span", { class: "fault" }, ...told),
    one.since !== null &&
      h(
        "span",
        { class: "since" },
        look.say("broken.since", { time: look.moment(one.since) }),
        " · ",
        look.ageSince(one.since),
      ),
  );
}

function isBroken(one: Broken): boolean {
  return one.kind === "centre" || one.isBroken;
}

function keyOf(one: Broken): string {
  return one.kind === "counter" ? `${one.device} ${one.condition}` : `${one.fault} ${one.detail}`;
}

function counter(look: Look, one: BrokenCounter): readonly Child[] {
  const { site, session } = look.state;
  const known = new Map(site?.drawn?.zones.map((zone) => [zone.zone, zone.name]));
  const zones = one.zones.map((zone) => foreign(known.get(zone) ?? zone)).join(", ");
  const name = foreign(one.device);
  const trust = site?.drawn?.devices.find((each) => each.device === one.device)?.trust;
  const isLinked = session?.rights.includes(BOXES) === true && trust === "box" && site !== null;
  return [
    isLinked ? h("a", { href: boxPath(site.name, one.device) }, name) : h("b", {}, name),
    " ",
    look.word("broken", one.condition),
    " ",
    h("span", { class: "quiet" }, look.say("broken.zones", { zones })),
  ];
}

function centre(look: Look, one: Extract<Broken, { kind: "centre" }>): readonly Child[] {
  return [
    h("b", {}, look.say(`broken.${one.fault}`)),
    one.detail !== "" && " ",
    one.detail !== "" &&
      h(
        "span",
        { class: "quiet" },
        look.say("broken.says"),
        " ",
        h("q", { lang: "en" }, foreign(one.detail)),
      ),
  ];
}

/** A cross for what is broken, an exclamation mark for doubt: told apart without colour. */
function sign(isCross: boolean): SVGElement {
  const shape = isCross ? "M4 4 L12 12 M12 4 L4 12" : "M8 3 V9 M8 12 V13";
  return s(
    "svg",
    { class: "sign", viewBox: "0 0 16 16", "aria-hidden": "true" },
    s("path", { d: shape }),
  );
}
