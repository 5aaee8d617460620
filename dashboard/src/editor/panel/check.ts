// SPDX-License-Identifier: Apache-2.0
/** What the check came to: mistakes that lead to their place, what is odd, what is changed. */
import { h, type Child } from "../../draw/dom";
import { foreign, LOCALES } from "../../words/words";
import { drawnKind, type Change, type Check, type Mistake, type Remark } from "../api";
import { isKey } from "../words/words";
import { button, keyName, nameOf, part, refusalWords, type Desk } from "./parts";

export function checkPart(desk: Desk): HTMLElement {
  const { state, say } = desk;
  const { check, checking } = state;
  const isOld = check !== null && state.checked !== state.steps.now;
  return part(
    "check",
    say("check"),
    h(
      "div",
      { role: "status", "data-fresh": isOld || check === null ? "no" : "yes" },
      ...status(desk, isOld),
    ),
    ...(check === null ? [] : found(desk, check)),
    button("check", say("check.now"), { disabled: checking === "asking" }),
  );
}

function status({ state, say }: Desk, isOld: boolean): readonly Child[] {
  const { check, checking } = state;
  if (typeof checking === "object") {
    const told = checking.kind === "wrong" ? checking.told : "";
    return [
      h("p", { class: "note" }, refusalWords(say, checking.kind)),
      told !== "" && h("q", { lang: "en" }, foreign(told)),
    ];
  }
  const now = checking === "asking" ? say("check.asking") : say("check.old");
  if (check === null) {
    return [h("p", { class: "quiet" }, checking === "asking" ? now : say("check.none"))];
  }
  const count = check.mistakes.length + check.mistakes_more;
  const words =
    count === 0
      ? say("check.fine")
      : count === 1
        ? say("check.mistake")
        : say("check.mistakes", { count });
  return [
    h("p", { class: count === 0 ? "done" : "wrong", "data-mistakes": count }, words),
    isOld && h("p", { class: "quiet" }, now),
  ];
}

function found(desk: Desk, check: Check): readonly Child[] {
  const { say } = desk;
  return [
    check.mistakes.length > 0 &&
      h("ul", { class: "editor-mistakes" }, ...check.mistakes.map((one) => mistake(desk, one))),
    check.mistakes_more > 0 && h("p", {}, say("check.more", { count: check.mistakes_more })),
    check.remarks.length > 0 &&
      h(
        "details",
        { "data-key": "remarks" },
        h("summary", {}, `${say("check.remarks")} (${check.remarks.length})`),
        h("ul", {}, ...check.remarks.map((one) => remark(desk, one))),
      ),
    h("h3", {}, say("changes")),
    changes(desk, check.changes),
    !check.is_kept && h("p", { class: "note" }, say("rewritten")),
    ...(check.histories_ended.length === 0 ? [] : ended(desk, check)),
  ];
}

function mistake({ say }: Desk, one: Mistake): HTMLElement {
  const kind = drawnKind(one.kind);
  const inside: readonly Child[] = [
    h("b", {}, one.id === "" ? foreign(one.where) : nameOf(say, one.kind, one.id)),
    " ",
    h("code", {}, foreign(one.where)),
  ];
  return h(
    "li",
    { "data-key": `${one.where} ${one.got}` },
    kind === null || one.id === ""
      ? h("p", {}, ...inside)
      : h(
          "button",
          {
            type: "button",
            class: "editor-item",
            "data-edit": "go",
            "data-of": `${kind} ${one.id} ${one.place[1] ?? ""}`,
          },
          ...inside,
        ),
    h(
      "p",
      { class: "editor-told" },
      `${say("check.got")} `,
      h("q", { lang: "en" }, foreign(one.got)),
      `, ${say("check.wanted")} `,
      h("q", { lang: "en" }, foreign(`${one.wanted}; ${one.remedy}`)),
    ),
    (one.kind === "measures" || one.kind === "sources") &&
      h("p", { class: "quiet" }, say("check.undrawn")),
  );
}

function remark({ say }: Desk, one: Remark): HTMLElement {
  const kind = drawnKind(one.kind);
  const key: string = `remark.${one.about}.${one.kind}`;
  const told = isKey(key) ? say(key) : foreign(one.text);
  const name = nameOf(say, kind ?? one.kind, one.id);
  return h(
    "li",
    { "data-key": `${one.kind} ${one.id} ${one.about}` },
    kind === null
      ? h("b", {}, name)
      : button("choose", name, { value: `${kind} ${one.id}`, class: "editor-item" }),
    ` ${told}`,
  );
}

/** Say what differs between two versions, in words. */
export function changes(desk: Desk, found: readonly Change[]): HTMLElement {
  const { say } = desk;
  if (found.length === 0) return h("p", { class: "quiet" }, say("changes.none"));
  return h("ul", { class: "editor-changes" }, ...found.map((one) => change(desk, one)));
}

function change({ say, language }: Desk, one: Change): HTMLElement {
  const told = (value: string | number | null): string =>
    value === null
      ? say("change.nothing")
      : typeof value === "number"
        ? value.toLocaleString(LOCALES[language])
        : foreign(value);
  const what = nameOf(say, one.kind, one.id);
  const keys = one.keys.map((each) => {
    const key = keyName(say, each.key);
    const isSilent = each.before === each.after;
    if (isSilent) return say("change.silent", { key });
    return say("change.key", { key, before: told(each.before), after: told(each.after) });
  });
  return h(
    "li",
    { class: `is-${one.became}` },
    say(`became.${one.became}`, { what, was: foreign(one.was) }),
    keys.length > 0 && h("ul", {}, ...keys.map((each) => h("li", {}, each))),
  );
}

function ended({ say }: Desk, check: Check): readonly Child[] {
  return [
    h("h3", {}, say("ended")),
    h(
      "ul",
      { class: "note editor-ended" },
      ...check.histories_ended.map((one) => {
        const what = nameOf(say, one.kind, one.id);
        const now = foreign(one.now);
        const by = one.counted_by.map(foreign).join(", ");
        return h(
          "li",
          {},
          one.now === "" ? say("ended.removed", { what }) : say("ended.renamed", { what, now }),
          one.counted_by.length > 0 && ` ${say("ended.counted", { by })}`,
        );
      }),
    ),
  ];
}
