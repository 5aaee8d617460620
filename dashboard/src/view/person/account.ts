// SPDX-License-Identifier: Apache-2.0
/** Who one is here, what one may, and how the page looks. */
import type { Theme } from "../../app/state";
import { foreign } from "../../words/words";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];
const EVERYWHERE = "*";

export function account(look: Look): HTMLElement {
  const { session, theme } = look.state;
  if (session === null) return h("p", { class: "instead" }, look.say("asking"));
  const scope = session.scope.includes(EVERYWHERE)
    ? look.say("account.everywhere")
    : session.scope.map(foreign).join(", ");
  return h(
    "section",
    { class: "card narrow", "aria-labelledby": "account-title" },
    h("h2", { id: "account-title" }, look.say("account")),
    h(
      "dl",
      {},
      ...pair(look.say("account.name"), foreign(session.name)),
      ...pair(look.say("account.role"), look.word("role", session.role)),
      ...pair(look.say("account.organisation"), foreign(session.organisation)),
      ...pair(look.say("account.scope"), scope),
      ...pair(
        look.say("account.may"),
        h("ul", {}, ...session.rights.map((one) => h("li", {}, look.word("right", one)))),
      ),
    ),
    h(
      "fieldset",
      {},
      h("legend", {}, look.say("account.theme")),
      ...THEMES.map((one) =>
        h(
          "button",
          {
            type: "button",
            class: "choice",
            "data-do": "theme",
            "data-value": one,
            "aria-pressed": one === theme ? "true" : "false",
          },
          look.say(`theme.${one}`),
        ),
      ),
    ),
    h("button", { type: "button", "data-do": "log-out" }, look.say("account.logout")),
    statement(look),
  );
}

/** Lead to the accessibility statement, a page of the server's own. */
export function statement(look: Look): HTMLElement {
  const href = `/accessibility?language=${look.state.language}`;
  const link = h("a", { href, target: "_blank" }, look.say("accessibility"));
  return h("p", { class: "statement" }, link);
}

/** Make a term and what it is. */
export function pair(term: string, ...is: Child[]): readonly HTMLElement[] {
  return [h("dt", {}, term), h("dd", {}, ...is)];
}
