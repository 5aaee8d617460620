// SPDX-License-Identifier: Apache-2.0
/** The last audit of a box: absent until somebody brings a signed one in; and the form for that. */
import type { OfficerState } from "../../app/officer/officer_state";
import type { AuditView, OfficerBoxView } from "../../api/types";
import { addressOf } from "../../api/client";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { number } from "../../words/format";
import { foreign, foreignUpTo } from "../../words/words";
import { pair } from "../person/account";
import { section } from "./section";

const MAY_BRING = "bring in a signed audit";
const REASON_MAX = 500;

export function audit(look: Look, state: OfficerState, box: OfficerBoxView): HTMLElement {
  return section(
    look,
    "audit",
    h("p", { class: "quiet" }, look.say("audit.text")),
    ...(box.audit === null
      ? [h("p", { class: "verdict" }, look.say("audit.absent"))]
      : found(look, box, box.audit)),
    look.state.session?.rights.includes(MAY_BRING) === true && bring(look, state, box),
  );
}

function found(look: Look, box: OfficerBoxView, one: AuditView): readonly HTMLElement[] {
  const count = (value: number): string => number(look.state.language, value);
  return [
    expired(look, one),
    fell(look, one),
    h(
      "dl",
      {},
      ...pair(look.say("audit.began"), look.date(Date.parse(one.began_at))),
      ...pair(look.say("audit.auditor"), foreign(one.auditor)),
      ...pair(look.say("audit.serial"), h("code", {}, foreign(one.serial))),
      ...pair(look.say("audit.imported"), look.date(Date.parse(one.imported_at))),
      ...pair(
        look.say("audit.level"),
        one.level === null ? look.say("audit.unmeasured") : look.word("confinement", one.level),
      ),
      ...pair(look.say("audit.how"), look.say(one.running ? "audit.running" : "audit.started")),
      ...pair(look.say("audit.root"), look.say(one.as_root ? "yes" : "audit.root.no")),
      ...pair(
        look.say("audit.attacks"),
        look.say("audit.refused", {
          attacks: count(one.attacks),
          refused: count(one.refused),
          classes: count(one.classes),
          controls: count(one.controls),
        }),
      ),
      ...pair(
        look.say("box.ledger"),
        one.ledger === null ? look.say("audit.unmeasured") : look.word("audit.ledger", one.ledger),
      ),
      ...pair(
        look.say("may.capacity"),
        one.capacity_bits === null
          ? look.say("audit.unmeasured")
          : look.say("may.bits", { bits: number(look.state.language, one.capacity_bits, 1) }),
      ),
      ...(one.replaced.length === 0
        ? []
        : pair(look.say("audit.replaced"), one.replaced.map(foreign).join(", "))),
    ),
    h("h4", {}, look.say("audit.unproven", { count: one.unproven.length })),
    h("p", { class: "quiet" }, look.say("audit.unproven.text")),
    h(
      "ul",
      { class: "unproven" },
      ...one.unproven.map((text, place) =>
        h(
          "li",
          {},
          place < one.unexpected &&
            h("strong", { class: "severity-2" }, `${look.say("audit.unexpected")}: `),
          h("span", { lang: "en" }, foreignUpTo(REASON_MAX, text)),
        ),
      ),
    ),
    ...download(look, box),
  ];
}

function expired(look: Look, one: AuditView): HTMLElement {
  if (one.changed.length === 0) return h("p", { class: "verdict" }, look.say("audit.current"));
  return h(
    "p",
    { class: "verdict verdict-bad", "data-expired": true },
    h("strong", {}, look.say("audit.expired")),
    " ",
    look.say("audit.changed", {
      what: one.changed.map((what) => look.word("changed", what)).join(", "),
    }),
  );
}

function fell(look: Look, one: AuditView): HTMLElement {
  if (one.fell.length === 0) {
    // Green is for what was looked at whole, and still holds.
    const isGood = one.unexpected === 0 && one.changed.length === 0;
    return h("p", { class: isGood ? "verdict verdict-good" : "verdict" }, look.say("audit.held"));
  }
  return h(
    "p",
    { class: "verdict verdict-bad" },
    h("strong", {}, look.say("audit.fell")),
    " ",
    h("span", { lang: "en" }, one.fell.map((what) => foreign(what)).join(", ")),
  );
}

function download(look: Look, box: OfficerBoxView): readonly HTMLElement[] {
  if (box.inside === null) return [];
  const { site, device } = box;
  const href = addressOf("/officer/{site}/{device}/audit", { site, device });
  return [h("p", {}, h("a", { href, download: "", target: "_self" }, look.say("audit.file")))];
}

function bring(look: Look, state: OfficerState, box: OfficerBoxView): HTMLElement {
  const { upload } = state;
  const auditors = box.inside?.auditors ?? [];
  return h(
    "form",
    { class: "bring", "data-do": "bring-audit", "data-key": "bring" },
    h("h4", {}, look.say("bring")),
    h("p", { class: "quiet" }, look.say("bring.text")),
    h("code", { class: "command" }, "edge-agent audit BOX.toml --json > audit.json"),
    h(
      "code",
      { class: "command" },
      "fusion-service audit sign audit.json --key AUDITOR.key --out audit.signed",
    ),
    h(
      "p",
      { class: "quiet" },
      auditors.length === 0
        ? look.say("bring.nobody")
        : look.say("bring.auditors", { names: auditors.map(foreign).join(", ") }),
    ),
    h("label", { for: "audit-file" }, look.say("bring.file")),
    h("input", { id: "audit-file", name: "audit", type: "file", required: true }),
    h("button", { type: "submit", disabled: upload.isBusy }, look.say("bring.do")),
    h("p", { class: "outcome", role: "status" }, ...outcome(look, state)),
  );
}

function outcome(look: Look, state: OfficerState): readonly (string | HTMLElement)[] {
  const { upload } = state;
  const { refusal } = upload;
  if (upload.isBusy) return [look.say("bring.busy")];
  if (upload.isDone) return [look.say("bring.done")];
  if (refusal === null) return [];
  if (refusal.kind !== "refused") {
    if (refusal.kind === "none" || refusal.kind === "large") {
      return [look.word("bring.refused", refusal.kind)];
    }
    return [look.say("failed")];
  }
  return [
    h("strong", {}, look.say("bring.refused")),
    " ",
    look.word("fault", refusal.got),
    " ",
    h("span", { lang: "en" }, foreignUpTo(REASON_MAX, refusal.wanted)),
  ];
}
