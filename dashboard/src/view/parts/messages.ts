// SPDX-License-Identifier: Apache-2.0
/** What is said where there is nothing to show: why, and what to do. */
import type { Asking } from "../../app/state";
import { foreign } from "../../words/words";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";

/** Say why something is not there. `roles`: who may see it, where that is by role. */
export function instead(look: Look, asking: Asking, roles: readonly string[] = []): HTMLElement {
  if (asking === "asking" || asking === "known") {
    return h("p", { class: "instead", role: "status" }, look.say("asking"));
  }
  if (asking.kind === "denied") return refused(look, roles);
  const isMissing = asking.kind === "missing";
  return h(
    "section",
    { class: "instead card" },
    h("h2", {}, look.say(isMissing ? "missing" : "down")),
    h("p", {}, look.say(isMissing ? "missing.text" : "down.text")),
    h("p", {}, h("a", { href: "/" }, look.say("back"))),
  );
}

function refused(look: Look, roles: readonly string[]): HTMLElement {
  const { session } = look.state;
  const role = session === null ? "" : look.word("role", session.role);
  const isByRole = session !== null && roles.length > 0 && !roles.includes(session.role);
  const scope = session === null ? "" : session.scope.map(foreign).join(", ");
  const why = isByRole ? look.say("refused.role", { role }) : look.say("refused.scope", { scope });
  const who = roles.map((one) => look.word("role", one)).join(", ");
  return h(
    "section",
    { class: "instead card", "data-refused": true },
    h("h2", {}, look.say("refused")),
    h("p", {}, why),
    isByRole && h("p", {}, look.say("refused.who", { roles: who })),
    h("p", {}, h("a", { href: "/" }, look.say("back"))),
  );
}
