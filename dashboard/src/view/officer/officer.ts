// SPDX-License-Identifier: Apache-2.0
/** What an officer asks of the boxes of a site, in a list; and, where a city wants it, anybody. */
import type { AuditView, OfficerRowView, OfficerSiteView } from "../../api/types";
import { officerPath } from "../../app/route";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { foreign } from "../../words/words";
import { MAY_BOXES } from "../boxes/box";
import { banners, languageButton } from "../frame";
import { instead } from "../parts/messages";
import { epsilon } from "./may_send";
import { officerBox } from "./officer_box";

const BOXES = "look at boxes and what they sent";

/** Return the officer's page, of a site or of one box. */
export function officer(look: Look): HTMLElement {
  const { session, officer: state } = look.state;
  if (session !== null && !session.rights.includes(BOXES)) {
    return instead(look, { kind: "denied" }, MAY_BOXES);
  }
  if (state?.box) return officerBox(look, state, state.box);
  if (state?.site) return list(look, state.site);
  return instead(look, state?.asking ?? "asking", MAY_BOXES);
}

/** Return all of the page as anybody may read it; null where a log-in has to be asked for. */
export function publicOfficer(look: Look): readonly Node[] | null {
  const { officer: state, route } = look.state;
  if (route.page !== "officer" && route.page !== "officerbox") return null;
  if (route.site === null || state === null || !state.isPublic) return null;
  if (state.asking === "asking") return [h("main", { id: "main" }, instead(look, "asking"))];
  if (state.site === null && state.box === null) return null;
  return [
    h("a", { class: "skip", href: "#main" }, look.say("officer.skip")),
    ...banners(look),
    h(
      "header",
      { class: "top" },
      h("div", { class: "where" }, h("h1", {}, foreign(route.site))),
      h(
        "nav",
        { class: "pages", "aria-label": look.say("nav") },
        h("a", { href: officerPath(route.site, null) }, look.say("officer")),
        h("a", { href: "/account" }, look.say("officer.login")),
        languageButton(look),
      ),
    ),
    h("main", { id: "main", tabindex: -1 }, officer(look)),
  ];
}

function list(look: Look, site: OfficerSiteView): HTMLElement {
  const heads = [
    "boxes.box",
    "officer.rule",
    "officer.passage",
    "box.ledger",
    "box.level",
    "officer.audit",
  ] as const;
  return h(
    "section",
    { class: "card officer-list", "aria-labelledby": "officer-title" },
    h("h2", { id: "officer-title" }, look.say("officer.site", { site: foreign(site.site) })),
    h("p", { class: "quiet" }, look.say("officer.text")),
    h("p", { class: "quiet" }, look.say(site.is_public ? "officer.public" : "officer.closed")),
    site.boxes.length === 0 && h("p", {}, look.say("officer.none")),
    h(
      "table",
      { class: "list", role: "table", "aria-labelledby": "officer-title" },
      h(
        "thead",
        { role: "rowgroup" },
        h(
          "tr",
          { role: "row" },
          ...heads.map((key) => h("th", { scope: "col", role: "columnheader" }, look.say(key))),
        ),
      ),
      h("tbody", { role: "rowgroup" }, ...site.boxes.map((row) => listed(look, site.site, row))),
    ),
  );
}

function listed(look: Look, site: string, row: OfficerRowView): HTMLElement {
  const cell = (...children: Child[]): HTMLElement => h("td", { role: "cell" }, ...children);
  return h(
    "tr",
    { role: "row", "data-key": row.device },
    h(
      "th",
      { scope: "row", role: "rowheader" },
      h("a", { href: officerPath(site, row.device) }, foreign(row.device)),
      row.retired && h("span", { class: "quiet" }, `, ${look.say("event.retired")}`),
    ),
    cell(row.rule === null ? look.say("unknown") : look.word("rule", row.rule)),
    cell(epsilon(look, row.passage_loss_permille)),
    cell(
      h(
        "span",
        { class: row.ledger === "complete" ? "state state-fine" : "state" },
        look.word("ledger", row.ledger ?? "unknown"),
      ),
    ),
    cell(row.level === null ? look.say("unknown") : look.word("confinement", row.level)),
    cell(auditWords(look, row.audit)),
  );
}

/** Say in a few words how an audit went, and whether it still counts. */
export function auditWords(look: Look, audit: AuditView | null): HTMLElement {
  if (audit === null) return h("span", { class: "quiet" }, look.say("audit.absent.short"));
  const date = look.date(Date.parse(audit.began_at));
  if (audit.changed.length > 0) {
    return h("span", { class: "severity-2" }, look.say("audit.expired.short", { date }));
  }
  const key = audit.fell.length > 0 ? "audit.fell.short" : "audit.held.short";
  const severity = audit.fell.length > 0 ? "severity-3" : "state";
  const counts = { date, fell: audit.fell.length, unproven: audit.unproven.length };
  return h("span", { class: severity }, look.say(key, counts));
}
