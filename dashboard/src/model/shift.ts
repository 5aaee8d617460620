// SPDX-License-Identifier: Apache-2.0
/** What is open in a shift, and what its log says. Pure. */
import type { AlarmView, SessionView, ShiftEntryView } from "../api/types";
import { LEVELS, type Level } from "./levels";

export const CRITICAL = 3;
export const FLOOD = "flood of alarms";
export const FOLLOW = "follow the shift";
const HANDLE = "handle alarms and measures";
const DECLARE = "declare a level";
const MINUTE_MS = 60_000;
/** A duty at most; what is critical half an hour. The centre holds everybody to it. */
const SHELF_MINUTES = [10, 30, 60, 120, 240, 480] as const;
const SHELF_MINUTES_CRITICAL = 30;

export function mayFollow(session: SessionView | null): boolean {
  return session?.rights.includes(FOLLOW) === true;
}

export function mayHandle(session: SessionView | null): boolean {
  return session?.rights.includes(HANDLE) === true;
}

export function mayDeclare(session: SessionView | null): boolean {
  return session?.rights.includes(DECLARE) === true;
}

/** Say whether an alarm is put away for now. */
export function isShelved(alarm: AlarmView, now: number | null): boolean {
  return alarm.shelved_until !== null && (now === null || now < Date.parse(alarm.shelved_until));
}

/** Return the alarms that want somebody: neither seen by anybody nor put away. */
export function unseen(alarms: readonly AlarmView[], now: number | null): readonly AlarmView[] {
  return alarms.filter((one) => one.acknowledged === null && !isShelved(one, now));
}

/** Return alarms in the order in which they want somebody: by severity, unseen, and age. */
export function inOrder(alarms: readonly AlarmView[]): readonly AlarmView[] {
  return alarms.toSorted(
    (a, b) =>
      b.severity - a.severity ||
      Number(a.acknowledged !== null) - Number(b.acknowledged !== null) ||
      Date.parse(a.raised_at) - Date.parse(b.raised_at),
  );
}

/** Return for how many minutes an alarm may be put away. */
export function shelfMinutes(alarm: AlarmView): readonly number[] {
  const most = alarm.severity >= CRITICAL ? SHELF_MINUTES_CRITICAL : Infinity;
  return SHELF_MINUTES.filter((one) => one <= most);
}

/** Return the end of a shelf. The centre's time is never later than is known here. */
export function shelfEnd(centreTime: number, minutes: number): string {
  return new Date(centreTime + minutes * MINUTE_MS - 1000).toISOString();
}

/** What somebody decides on: an alarm, a zone's level, one of its measures, or all of the site. */
export interface About {
  readonly alarm: number | null;
  readonly zone: string | null;
  readonly measure: string | null;
}

/** What a zone's version counts: an alarm of it is no reason to decide anew. */
const DECIDED: ReadonlySet<string> = new Set([
  "level declared",
  "measure done",
  "measure taken back",
]);

/** Return what the log says of something since a version of it, the oldest first. */
export function since(
  log: readonly ShiftEntryView[],
  version: number,
  about: About,
): readonly ShiftEntryView[] {
  const found = log.filter(
    (one) =>
      one.id > version &&
      one.deed !== "level proposed" &&
      (about.alarm === null || one.alarm === about.alarm) &&
      (about.zone === null || (one.zone === about.zone && DECIDED.has(one.deed))) &&
      (about.measure === null || wordOf(one, "measure") === about.measure),
  );
  return found.toSorted((a, b) => a.id - b.id);
}

/** Return a text of an entry; null where it was erased, empty where there was none. */
export function textOf(entry: ShiftEntryView, field: string): string | null {
  const found = entry.texts.find((one) => one.field === field);
  return found === undefined ? "" : found.content;
}

/** Return a word of an entry; empty where it has none of this name. */
export function wordOf(entry: ShiftEntryView, name: string): string {
  return entry.detail.find((one) => one.name === name)?.value ?? "";
}

/** Return a level that an entry names by its number. */
export function levelOf(entry: ShiftEntryView, name: string): Level | null {
  const word = wordOf(entry, name);
  return word === "" ? null : (LEVELS[Number(word)] ?? null);
}

/** Put an entry into a log, the newest first; once, and not without an end. */
export function withEntry(
  log: readonly ShiftEntryView[],
  entry: ShiftEntryView,
  most: number,
): readonly ShiftEntryView[] {
  if (log.some((one) => one.id === entry.id)) return log;
  return [entry, ...log].toSorted((a, b) => b.id - a.id).slice(0, most);
}
