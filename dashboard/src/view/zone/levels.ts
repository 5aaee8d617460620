// SPDX-License-Identifier: Apache-2.0
/** The level that is proposed of a zone beside the one that a person declared, and why. */
import { levelChip } from "../../draw/chips";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { rankOf, type Level } from "../../model/levels";
import type { ZoneRow } from "../../model/zones";

/** Show both levels of a zone, each with its word: which is which is not for the place to say. */
export function levelPair(look: Look, row: ZoneRow): HTMLElement {
  const { decided } = row;
  return h(
    "div",
    { class: "pair" },
    one(look, "proposed", row.level),
    decided !== null && one(look, "declared", decided.declared, isBehind(row)),
  );
}

function one(
  look: Look,
  kind: "proposed" | "declared",
  level: Level | null,
  isLower = false,
): HTMLElement {
  return h(
    "p",
    { class: isLower ? `pair-${kind} is-behind` : `pair-${kind}` },
    h("span", { class: "tag" }, look.say(`levels.${kind}`)),
    " ",
    levelChip(look, level),
  );
}

/** Whether more is proposed than anybody declared: somebody is to decide. */
export function isBehind(row: ZoneRow): boolean {
  return row.decided !== null && rankOf(row.level) > rankOf(row.decided.declared);
}

/** Say why a level is proposed and since when; empty where the centre has proposed nothing yet. */
export function why(look: Look, row: ZoneRow): string {
  const proposed = row.decided?.proposed ?? null;
  if (proposed === null || (proposed.level === "green" && proposed.expected === null)) return "";
  const parts: string[] = [];
  if (proposed.level !== "green") {
    const time = look.moment(Date.parse(proposed.since));
    const reasons = proposed.reasons.map((each) => look.word("reason", each)).join(", ");
    parts.push(
      reasons === ""
        ? look.say("levels.since", { time })
        : look.say("levels.since.why", { time, reasons }),
    );
  }
  if (proposed.expected !== null && proposed.expected_at !== null) {
    const level = look.say(`level.${proposed.expected}`);
    const time = look.moment(Date.parse(proposed.expected_at));
    parts.push(look.say("levels.expected", { level, time }));
  }
  return parts.join(" · ");
}

/** Say the same for a wall, in as few words as it can be. */
export function whyShort(look: Look, row: ZoneRow): string {
  const proposed = row.decided?.proposed ?? null;
  if (proposed === null || proposed.level === "green") return "";
  const time = look.moment(Date.parse(proposed.since));
  const reasons = proposed.reasons.map((each) => look.word("reason.short", each)).join(", ");
  const safety = look.word("safety", proposed.safety);
  return [
    look.say("levels.short", { time, reasons }),
    look.say("levels.scales.short", { service: proposed.service, safety }),
  ].join(" · ");
}

/** Say how freely people walk, and what the density does to them: two different things. */
export function scales(look: Look, row: ZoneRow): string {
  const proposed = row.decided?.proposed ?? null;
  if (proposed === null) return "";
  const safety = look.word("safety", proposed.safety);
  return look.say("levels.scales", { service: proposed.service, safety });
}
