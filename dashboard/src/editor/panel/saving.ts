// SPDX-License-Identifier: Apache-2.0
/** Save a drawing, see what others saved meanwhile, and the versions of before. */
import { h, type Child } from "../../draw/dom";
import { dateOf } from "../../words/format";
import { foreign } from "../../words/words";
import type { Version } from "../api";
import { isChanged } from "../model/state";
import { changes } from "./check";
import { button, field, part, refusalWords, type Desk } from "./parts";

export function savePart(desk: Desk, reason: string): HTMLElement {
  const { state, say } = desk;
  const why = lacking(desk, reason);
  return part(
    "save",
    say("save"),
    h("div", { role: "status", class: "editor-outcome" }, ...outcome(desk)),
    ...(state.meanwhile === null ? [] : meanwhile(desk)),
    field("reason", say("save.reason"), reason, { help: say("save.reason.help"), maxlength: 500 }),
    h(
      "p",
      { class: "deed-ends" },
      button(
        "save",
        state.isSaving ? say("save.busy") : say("save.now", { version: state.version + 1 }),
        { disabled: why !== "" || state.isSaving, "aria-describedby": "editor-why" },
      ),
      isChanged(state) && button("drop-all", say("drop"), { class: "plain" }),
    ),
    h("p", { class: "quiet", id: "editor-why" }, why),
  );
}

function lacking({ state, say }: Desk, reason: string): string {
  if (!isChanged(state)) return say("save.unchanged");
  if (state.site === "") return say("save.site");
  const isChecked = state.check !== null && state.checked === state.steps.now;
  if (isChecked && state.check.mistakes.length > 0) return say("save.mistakes");
  return reason.trim() === "" ? say("save.needs") : "";
}

function outcome({ state, say }: Desk): readonly Child[] {
  const { refusal, saved, site } = state;
  if (refusal !== null && refusal.kind !== "changed") {
    return [
      h("p", { class: "note" }, refusalWords(say, refusal.kind)),
      refusal.kind === "wrong" && h("q", { lang: "en" }, foreign(refusal.told)),
    ];
  }
  if (saved === null) return [];
  const href = `/map?site=${encodeURIComponent(site)}`;
  return [
    h("p", { class: "done", "data-saved": saved }, say("saved", { version: saved })),
    h("p", {}, h("a", { href }, say("saved.map"))),
  ];
}

function meanwhile(desk: Desk): readonly Child[] {
  const { state, say } = desk;
  return [
    h(
      "div",
      { class: "note meanwhile", role: "alert", "data-key": "meanwhile" },
      h("p", {}, h("b", {}, say("meanwhile"))),
      changes(desk, state.meanwhile ?? []),
      h("p", {}, say("meanwhile.text")),
      h(
        "p",
        { class: "deed-ends" },
        button("theirs", say("meanwhile.theirs")),
        button("mine", say("meanwhile.mine"), { class: "plain" }),
      ),
    ),
  ];
}

export function versionsPart(desk: Desk, zone: string): HTMLElement | false {
  const { state, say } = desk;
  if (state.version === 0) return false;
  const { versions, compared } = state;
  return part(
    "versions",
    say("versions"),
    versions === null
      ? button("versions", say("versions.show"))
      : h("ul", { class: "editor-versions" }, ...versions.map((one) => version(desk, one, zone))),
    compared !== null &&
      h(
        "div",
        { class: "editor-compared", "data-key": "compared", tabindex: -1 },
        h("h3", {}, say("version.compared", { from: compared.from, to: compared.to })),
        changes(desk, compared.changes),
      ),
  );
}

function version({ state, say, language }: Desk, one: Version, zone: string): HTMLElement {
  const isHere = one.version === state.version;
  const by = foreign(one.by ?? "");
  const organisation = foreign(one.organisation ?? "");
  return h(
    "li",
    { "data-key": one.version, "data-version": one.version },
    h("b", {}, say("version", { version: one.version })),
    isHere && ` (${say("version.drawn")})`,
    h("span", { class: "quiet" }, ` ${dateOf(language, Date.parse(one.at), zone)}`),
    h(
      "p",
      {},
      one.by === null ? say("version.unknown") : say("version.by", { by, organisation }),
      ...(one.by === null
        ? []
        : [": ", one.reason === null ? say("version.erased") : h("q", {}, foreign(one.reason))]),
    ),
    h(
      "p",
      { class: "deed-ends" },
      one.version > 1 &&
        button("compare", say("version.compare", { version: one.version - 1 }), {
          value: one.version,
          class: "plain",
        }),
      !isHere &&
        button("take", say("version.take", { version: one.version }), {
          value: one.version,
          class: "plain",
        }),
    ),
  );
}
