// SPDX-License-Identifier: Apache-2.0
/** One box: what it counts, how it fares, and what it proves. */
import type { DeviceView, MetaView, WindowView } from "../../api/types";
import { number } from "../../words/format";
import { foreign } from "../../words/words";
import { pair } from "../person/account";
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { instead } from "../parts/messages";

export const MAY_BOXES = ["operator", "officer", "installer", "admin", "break-glass"] as const;
const THOUSANDTHS = 1000;

export function box(look: Look): HTMLElement {
  const { box: state, route } = look.state;
  const name = route.page === "box" ? foreign(route.device) : "";
  const device = state?.device ?? null;
  if (state === null || device === null) return instead(look, state?.asking ?? "asking", MAY_BOXES);
  return h(
    "article",
    { class: "box", "aria-labelledby": "box-title" },
    h("h2", { id: "box-title" }, look.say("box", { name })),
    ...notes(look, device),
    h(
      "div",
      { class: "cards" },
      stateCard(look, device),
      countsCard(look, device),
      windowCard(look, device.last_window),
      healthCard(look, device.last_window),
      proofCard(look, device),
      historyCard(look, device),
    ),
  );
}

function notes(look: Look, device: DeviceView): readonly HTMLElement[] {
  const told: HTMLElement[] = [];
  const note = (text: string): number => told.push(h("p", { class: "note" }, text));
  const { lost_at: lost, retired_at: retired } = device;
  if (lost !== null) note(look.say("box.lost", { time: look.date(Date.parse(lost)) }));
  if (retired !== null) note(look.say("box.retired", { time: look.date(Date.parse(retired)) }));
  if (device.test_site) note(look.say("box.test"));
  return told;
}

function card(id: string, title: string, ...children: Child[]): HTMLElement {
  return h(
    "section",
    { class: "card", "aria-labelledby": `card-${id}` },
    h("h3", { id: `card-${id}` }, title),
    ...children,
  );
}

function stateCard(look: Look, device: DeviceView): HTMLElement {
  const count = (value: number): string => number(look.state.language, value);
  const since = device.link_at === null ? [] : look.ago(Date.parse(device.link_at));
  return card(
    "state",
    look.say("box.state"),
    h(
      "dl",
      {},
      ...pair(
        look.say("box.link"),
        look.word("box.link", device.link),
        since.length > 0 && ", ",
        ...since,
      ),
      ...pair(
        look.say("box.seen"),
        ...(device.last_seen_at === null
          ? [look.say("age.never")]
          : look.ago(Date.parse(device.last_seen_at))),
      ),
      ...pair(look.say("box.reports"), count(device.reports)),
      ...pair(look.say("box.missing"), count(device.missing)),
      ...pair(look.say("box.late"), count(device.late_reports)),
    ),
  );
}

function countsCard(look: Look, device: DeviceView): HTMLElement {
  const { meta, last_window: last } = device;
  if (meta === null) {
    return card("counts", look.say("box.counts"), h("p", {}, look.say("box.counts.none")));
  }
  return card("counts", look.say("box.counts"), lines(look, meta, last), zones(look, meta, last));
}

function lines(look: Look, meta: MetaView, last: WindowView | null): HTMLElement | false {
  if (meta.lines.length === 0) return false;
  const heads = ["box.line", "box.in", "box.out", "box.sensor", "box.calibrated"] as const;
  return list(
    heads.map((key) => look.say(key)),
    meta.lines.map((line) => {
      const found = last?.lines.find((one) => one.line === line.id);
      return [
        foreign(line.id),
        released(look, found?.in_count, found?.in_low, found?.in_high),
        released(look, found?.out_count, found?.out_low, found?.out_high),
        look.word("sensor", line.source),
        look.word("box.calibrated", line.trust),
      ];
    }),
  );
}

function zones(look: Look, meta: MetaView, last: WindowView | null): HTMLElement | false {
  if (meta.zones.length === 0) return false;
  const heads = ["box.zone", "box.mean", "box.peak", "box.sensor"] as const;
  return list(
    heads.map((key) => look.say(key)),
    meta.zones.map((zone) => {
      const found = last?.zones.find((one) => one.zone === zone.id);
      return [
        foreign(zone.id),
        released(look, found?.mean, found?.mean_low, found?.mean_high),
        released(look, found?.peak, found?.peak_low, found?.peak_high),
        look.word("sensor", zone.source),
      ];
    }),
  );
}

type Cell = string | HTMLElement;

function list(heads: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  return h(
    "table",
    { class: "small" },
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
    h(
      "tbody",
      {},
      ...rows.map(([first = "", ...rest]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, first),
          ...rest.map((cell) => h("td", {}, cell)),
        ),
      ),
    ),
  );
}

/** Write a released count with its interval: noise may make it negative, and it stays so here. */
function released(
  look: Look,
  count: number | null | undefined,
  low: number | null | undefined,
  high: number | null | undefined,
): Cell {
  if (count === undefined) return "–";
  if (count === null) return look.say("box.withheld");
  const { language } = look.state;
  const shown = number(language, count);
  if (low === null || low === undefined) return shown;
  const end = high === null || high === undefined ? "…" : number(language, high);
  const ends = look.say("interval.short", { low: number(language, low), high: end });
  return h("span", {}, shown, " ", h("span", { class: "ends" }, `(${ends})`));
}

function windowCard(look: Look, last: WindowView | null): HTMLElement {
  if (last === null) {
    return card("window", look.say("box.window"), h("p", {}, look.say("box.window.none")));
  }
  const quality = last.image_quality;
  const start = Date.parse(last.start);
  return card(
    "window",
    look.say("box.window"),
    h(
      "dl",
      {},
      ...pair(look.say("box.window.from"), look.date(start)),
      ...pair(look.say("column.age"), ...look.ago(start + last.length_s * 1000)),
      ...pair(look.say("box.window.length"), look.age(last.length_s * 1000)),
      ...pair(look.say("box.window.validity"), look.word("validity", last.validity)),
      ...pair(look.say("box.quality"), qualityWord(look, quality.code)),
      ...pair(look.say("box.observed"), look.word("observed", quality.observed)),
      ...pair(look.say("box.rate"), look.word("rate", quality.rate)),
      ...pair(
        look.say("box.clock"),
        `${look.word("clock", last.clock)}, ${look.word("clock", last.clock_quality)}`,
      ),
    ),
  );
}

function qualityWord(look: Look, code: number): string {
  const word = look.word("quality", code);
  return word.includes("\u2068") ? look.say("quality.other", { code }) : word;
}

function healthCard(look: Look, last: WindowView | null): HTMLElement | false {
  if (last === null) return false;
  const { health } = last;
  const shown = (value: number): HTMLElement =>
    h("span", { class: `health health-${value}` }, look.word("health", value));
  return card(
    "health",
    look.say("box.health"),
    h(
      "dl",
      {},
      ...pair(look.say("health.temperature"), shown(health.temperature)),
      ...pair(look.say("health.disk"), shown(health.disk)),
      ...pair(look.say("health.outbox"), shown(health.outbox)),
      ...pair(look.say("health.link"), shown(health.link)),
    ),
  );
}

function proofCard(look: Look, device: DeviceView): HTMLElement {
  const { meta, ledger, certificate, level } = device;
  const { language } = look.state;
  const held =
    ledger === null
      ? ""
      : look.say("ledger.held", { size: number(language, ledger.size) });
  return card(
    "proof",
    look.say("box.proof"),
    h(
      "dl",
      {},
      ...pair(
        look.say("box.level"),
        level === null ? look.say("unknown") : look.word("confinement", level),
      ),
      ...pair(look.say("box.ledger"), look.word("ledger", ledger?.state ?? "unknown"), held),
      ...(meta === null ? [] : ruleOf(look, meta)),
      ...pair(look.say("box.certificate"), certificateWords(look, certificate?.days_left ?? null)),
      ...(meta === null ? [] : hashes(look, meta)),
      ...pair(look.say("box.key"), code(device.key)),
      ...(device.former_names.length === 0
        ? []
        : pair(look.say("box.former"), device.former_names.map(foreign).join(", "))),
    ),
  );
}

function ruleOf(look: Look, meta: MetaView): readonly HTMLElement[] {
  const loss = meta.passage_loss_permille;
  const value = loss === null ? "" : number(look.state.language, loss / THOUSANDTHS, 1);
  return [
    ...pair(look.say("box.rule"), look.word("rule", meta.rule)),
    ...(loss === null
      ? []
      : pair(look.say("box.passage"), look.say("box.epsilon", { value }))),
  ];
}

function hashes(look: Look, meta: MetaView): readonly HTMLElement[] {
  return [
    ...pair(look.say("box.config"), code(meta.config_sha256)),
    ...pair(look.say("box.model"), foreign(meta.model)),
    ...pair(look.say("box.model.sha"), code(meta.model_sha256)),
    ...pair(look.say("box.software"), foreign(meta.software)),
  ];
}

function code(text: string): HTMLElement {
  return h("code", {}, text === "" ? "–" : text);
}

function certificateWords(look: Look, days: number | null): string {
  if (days === null) return look.say("certificate.unknown");
  return days < 0
    ? look.say("certificate.over")
    : look.say("certificate.days", { count: number(look.state.language, days) });
}

function historyCard(look: Look, device: DeviceView): HTMLElement | false {
  if (device.history.length === 0) return false;
  return card(
    "history",
    look.say("box.history"),
    h(
      "ol",
      { class: "history" },
      ...device.history.map((one) =>
        h(
          "li",
          {},
          h("time", { datetime: one.at }, look.date(Date.parse(one.at))),
          " ",
          look.word("event", one.event),
          one.detail !== "" && " ",
          one.detail !== "" && h("q", { lang: "en" }, foreign(one.detail)),
        ),
      ),
    ),
  );
}
