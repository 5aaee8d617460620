// SPDX-License-Identifier: Apache-2.0
/** The log-in: of a person, of a sealed account, and of a screen on a wall. */
import { ageOf } from "../../words/format";
import type { Key } from "../../words/words";
import { h, type Attributes } from "../../draw/dom";
import { banners, languageButton } from "../frame";
import type { Look } from "../../draw/look";
import { statement } from "./account";

export function logIn(look: Look): readonly HTMLElement[] {
  const { logIn: state } = look.state;
  return [
    ...banners(look),
    h(
      "main",
      { id: "main", class: "entrance" },
      h(
        "div",
        { class: "card" },
        h("h1", {}, look.say(state.kind === "person" ? "login" : "login.screen")),
        state.hasEnded && h("p", { class: "note", role: "status" }, look.say("login.ended")),
        told(look),
        state.kind === "person" ? person(look) : screen(look),
      ),
      h("p", { class: "beside" }, languageButton(look)),
    ),
  ];
}

function told(look: Look): HTMLElement {
  const { message, waitUntil } = look.state.logIn;
  const waitMs = waitUntil - Date.now();
  const age = ageOf(look.state.language, Math.max(0, waitMs) + 999);
  const text =
    waitMs > 0 ? look.say("login.wait", { age }) : message === null ? "" : look.say(message);
  return h("p", { class: text === "" ? "unseen" : "wrong", role: "alert", id: "wrong" }, text);
}

function person(look: Look): HTMLElement {
  const { logIn: state } = look.state;
  const isHeld = state.isBusy || state.waitUntil > Date.now();
  return h(
    "form",
    { "data-do": "log-in", "data-key": "person", "aria-describedby": "wrong" },
    h("p", { class: "quiet" }, look.say("login.text")),
    field(look, "login.name", { name: "login", autocomplete: "username", required: true }),
    field(look, "login.password", {
      name: "password",
      type: "password",
      autocomplete: "current-password",
      required: true,
    }),
    field(look, "login.code", {
      name: "code",
      autocomplete: "one-time-code",
      "aria-describedby": "code-help",
    }),
    h("p", { class: "quiet help", id: "code-help" }, look.say("login.code.help")),
    h("button", { disabled: isHeld }, look.say(state.isBusy ? "login.busy" : "login.send")),
    h(
      "details",
      {},
      h("summary", {}, look.say("login.sealed")),
      h("p", {}, look.say("login.sealed.text")),
    ),
    other(look, "login.screen", "screen"),
    statement(look),
  );
}

function screen(look: Look): HTMLElement {
  const { logIn: state } = look.state;
  const isHeld = state.isBusy || state.waitUntil > Date.now();
  return h(
    "form",
    { "data-do": "pair", "data-key": "screen", "aria-describedby": "wrong" },
    h("p", { class: "quiet" }, look.say("login.screen.text")),
    field(look, "login.screen.key", {
      name: "key",
      type: "password",
      autocomplete: "off",
      required: true,
    }),
    h("button", { disabled: isHeld }, look.say(state.isBusy ? "login.busy" : "login.screen.send")),
    other(look, "login.person", "person"),
  );
}

function other(look: Look, key: Key, kind: string): HTMLElement {
  const attributes = { type: "button", class: "plain", "data-do": "kind", "data-value": kind };
  return h("p", {}, h("button", attributes, look.say(key)));
}

function field(look: Look, key: Key, attributes: Attributes): HTMLElement {
  const id = `field-${String(attributes["name"])}`;
  return h(
    "p",
    { class: "field" },
    h("label", { for: id }, look.say(key)),
    h("input", {
      id,
      type: "text",
      maxlength: 256,
      autocapitalize: "none",
      spellcheck: "false",
      ...attributes,
    }),
  );
}
