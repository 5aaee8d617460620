// SPDX-License-Identifier: Apache-2.0
/** One box as an officer asks of it: what it may send, what it sent, how it is held, its audit. */
import type { OfficerState } from "../../app/officer/officer_state";
import type { InsideView, OfficerBoxView, OfficerLedgerView } from "../../api/types";
import { officerPath } from "../../app/route";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { number } from "../../words/format";
import { foreign } from "../../words/words";
import { pair } from "../person/account";
import { audit } from "./audit";
import { everyField, maySend } from "./may_send";
import { section } from "./section";

export function officerBox(look: Look, state: OfficerState, box: OfficerBoxView): HTMLElement {
  return h(
    "article",
    { class: "officer", "aria-labelledby": "officer-title" },
    h(
      "div",
      { class: "officer-head" },
      h("h2", { id: "officer-title" }, foreign(`${box.site}/${box.device}`)),
      h("a", { href: officerPath(box.site, null) }, look.say("officer.back")),
      h(
        "button",
        { type: "button", class: "plain", "data-do": "print" },
        look.say("officer.print"),
      ),
    ),
    h("p", { class: "quiet" }, look.say(box.is_public ? "officer.public" : "officer.closed")),
    ...notes(look, box),
    maySend(look, box),
    sent(look, box),
    held(look, box),
    audit(look, state, box),
    kept(look, box),
    looked(look, state),
    everyField(look, box),
  );
}

function notes(look: Look, box: OfficerBoxView): readonly HTMLElement[] {
  const told: string[] = [];
  const at = (text: string): string => look.date(Date.parse(text));
  if (box.lost_at !== null) told.push(look.say("box.lost", { time: at(box.lost_at) }));
  if (box.retired_at !== null) told.push(look.say("box.retired", { time: at(box.retired_at) }));
  if (box.test_site) told.push(look.say("box.test"));
  return told.map((text) => h("p", { class: "note" }, text));
}

function sent(look: Look, box: OfficerBoxView): HTMLElement {
  const count = (value: number): string => number(look.state.language, value);
  const { sent: counts } = box;
  return section(
    look,
    "sent",
    ledgerWords(look, box.ledger),
    h(
      "dl",
      {},
      ...pair(look.say("sent.reports"), count(counts.reports)),
      ...pair(look.say("box.late"), count(counts.late)),
      ...pair(look.say("sent.others"), count(counts.others)),
      ...pair(look.say("sent.checkpoints"), count(counts.checkpoints)),
      ...pair(look.say("box.missing"), count(counts.missing)),
    ),
    h("h4", {}, look.say("sent.losses")),
    box.losses.length === 0
      ? h("p", {}, look.say("sent.losses.none"))
      : h(
          "ul",
          {},
          ...box.losses.map((one) =>
            h(
              "li",
              {},
              look.say("sent.loss", {
                count: count(one.missing),
                why: look.word("why", one.why),
                time: look.date(Date.parse(one.since)),
              }),
            ),
          ),
        ),
    box.inside !== null && inside(look, box.inside),
  );
}

function ledgerWords(look: Look, ledger: OfficerLedgerView | null): HTMLElement {
  const state = ledger?.state ?? "unknown";
  const count = (value: number): string => number(look.state.language, value);
  const isFine = state === "complete";
  const isOpen = state === "unknown";
  return h(
    "p",
    { class: isFine ? "verdict verdict-good" : isOpen ? "verdict" : "verdict verdict-bad" },
    h("strong", {}, `${look.say("box.ledger")}: `),
    look.word("ledger", state),
    ledger !== null && ledger.size > 0 && look.say("ledger.held", { size: count(ledger.size) }),
    ledger !== null && ledger.first !== null && ". ",
    ledger !== null &&
      ledger.first !== null &&
      look.say("sent.difference", {
        first: count(ledger.first),
        last: count(ledger.last ?? ledger.first),
      }),
  );
}

function inside(look: Look, found: InsideView): HTMLElement {
  const count = (value: number): string => number(look.state.language, value);
  return h(
    "div",
    {},
    h("h4", {}, look.say("sent.inside")),
    h(
      "ul",
      {},
      ...found.gaps.map((gap) =>
        h(
          "li",
          {},
          look.say("sent.gap", {
            count: count(gap.missing),
            first: count(gap.first),
            last: count(gap.last),
            time: look.date(Date.parse(gap.since)),
          }),
        ),
      ),
      ...found.refused.map((one) =>
        h(
          "li",
          {},
          look.say(one.authentic ? "sent.refused.own" : "sent.refused.stranger", {
            count: count(one.times),
            channel: foreign(one.channel),
          }),
        ),
      ),
      found.gaps.length + found.refused.length === 0 && h("li", {}, look.say("sent.inside.none")),
    ),
  );
}

function held(look: Look, box: OfficerBoxView): HTMLElement {
  const { meta, inside: found, level } = box;
  const code = (text: string): HTMLElement => h("code", {}, foreign(text));
  const days = found?.certificate?.days_left ?? null;
  return section(
    look,
    "held",
    h("p", {}, look.say("held.text")),
    h(
      "dl",
      {},
      ...pair(
        look.say("box.level"),
        level === null ? look.say("unknown") : look.word("confinement", level),
      ),
      ...pair(look.say("held.meaning"), look.word("held.level", level ?? "unknown")),
      ...(meta === null
        ? []
        : [
            ...pair(look.say("box.software"), foreign(meta.software)),
            ...pair(look.say("box.config"), code(meta.config_sha256)),
            ...pair(look.say("box.model"), foreign(meta.model)),
            ...pair(look.say("box.model.sha"), code(meta.model_sha256)),
          ]),
      ...(found === null ? [] : pair(look.say("box.key"), code(found.key))),
      ...(found === null || days === null
        ? []
        : pair(
            look.say("box.certificate"),
            days < 0
              ? look.say("certificate.over")
              : look.say("certificate.days", { count: number(look.state.language, days) }),
          )),
    ),
  );
}

function kept(look: Look, box: OfficerBoxView): HTMLElement {
  const days = (count: number): string =>
    look.say("kept.days", { count: number(look.state.language, count) });
  return section(
    look,
    "kept",
    h(
      "dl",
      {},
      ...pair(look.say("kept.reports"), days(box.kept.report_days)),
      ...pair(look.say("kept.estimates"), days(box.kept.estimate_days)),
      ...pair(look.say("kept.refused"), days(box.kept.dead_letter_days)),
      ...pair(look.say("kept.hashes"), look.say("kept.forever")),
    ),
    h("p", { class: "quiet" }, look.say("kept.box")),
  );
}

function looked(look: Look, state: OfficerState): HTMLElement | false {
  if (state.isPublic) return false;
  const { log } = state;
  const rows: Child[] = (log ?? []).map((one) =>
    h(
      "li",
      {},
      h("time", { datetime: one.at }, look.date(Date.parse(one.at))),
      " ",
      look.word("access", one.action),
      ", ",
      look.word("access.outcome", one.outcome),
      ", ",
      h("q", {}, foreign(one.object)),
      ", ",
      foreign(one.organisation),
    ),
  );
  return section(
    look,
    "looked",
    h("p", { class: "quiet" }, look.say("looked.text")),
    log === null && h("p", {}, look.say("looked.denied")),
    log !== null && rows.length === 0 && h("p", {}, look.say("looked.none")),
    rows.length > 0 && h("ol", { class: "history" }, ...rows),
  );
}
