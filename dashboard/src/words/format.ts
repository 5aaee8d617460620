// SPDX-License-Identifier: Apache-2.0
/** Numbers, times and ages as a language writes them. Pure. */
import { LOCALES, say, type Language } from "./words";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From here on seconds tell nothing. */
const WITHOUT_SECONDS = 10 * MINUTE;

/** Write an age. Right to a second under ten minutes, and never below nothing. */
export function ageOf(language: Language, ms: number): string {
  const age = Math.max(0, ms);
  const whole = (unit: number): number => Math.floor(age / unit);
  if (age < MINUTE) return say(language, "seconds", { s: whole(SECOND) });
  if (age < WITHOUT_SECONDS) {
    return say(language, "minutes", { m: whole(MINUTE), s: whole(SECOND) % 60 });
  }
  if (age < HOUR) return say(language, "minutes.only", { m: whole(MINUTE) });
  if (age < DAY) return say(language, "hours", { h: whole(HOUR), m: whole(MINUTE) % 60 });
  return say(language, "days", { d: whole(DAY), h: whole(HOUR) % 24 });
}

/** Return to which step a number may honestly be written, by how wide its interval is. */
export function stepOf(width: number): number {
  if (width >= 2000) return 100;
  return width >= 200 ? 10 : 1;
}

/** Return to which step a number may honestly be written of which nobody knows how sure it is. */
export function coarseOf(people: number): number {
  return people >= 10 ? 10 ** Math.floor(Math.log10(people)) : 1;
}

/** Write a number of people to a step. */
export function peopleOf(language: Language, people: number, step: number): string {
  return number(language, Math.max(0, Math.round(people / step) * step));
}

/** Write the ends of an interval to a step, outwards: never narrower than it is. */
export function endsOf(
  language: Language,
  low: number,
  high: number,
  step: number,
): { readonly low: string; readonly high: string } {
  return {
    low: number(language, Math.max(0, Math.floor(low / step) * step)),
    high: number(language, Math.max(0, Math.ceil(high / step) * step)),
  };
}

const numberFormats = new Map<string, Intl.NumberFormat>();

export function number(language: Language, value: number, digits = 0): string {
  const key = `${language} ${digits}`;
  let format = numberFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(LOCALES[language], {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    numberFormats.set(key, format);
  }
  return format.format(value);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function written(
  language: Language,
  ms: number,
  zone: string,
  parts: Intl.DateTimeFormatOptions,
): string {
  const key = `${language} ${zone} ${JSON.stringify(parts)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, ...parts });
    formats.set(key, format);
  }
  return format.format(ms);
}

/** Write the time of day in a time zone, with seconds. */
export function clockOf(language: Language, ms: number, zone: string): string {
  return written(language, ms, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Write when something was: the time alone where it was less than half a day before now. */
export function momentOf(language: Language, ms: number, zone: string, now: number | null): string {
  const parts: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (now !== null && Math.abs(now - ms) < DAY / 2) return written(language, ms, zone, parts);
  return written(language, ms, zone, { ...parts, day: "numeric", month: "short" });
}

/** Write a day and a time in full. */
export function dateOf(language: Language, ms: number, zone: string): string {
  return written(language, ms, zone, { dateStyle: "medium", timeStyle: "medium" });
}

/** Write the hour of a moment, 0 to 23. */
export function hourOf(language: Language, ms: number, zone: string): string {
  return written(language, ms, zone, { hour: "2-digit", hourCycle: "h23" }).slice(0, 2);
}

/** Write a local day, which is of no time zone any more: "2026-11-30". */
export function dayOf(language: Language, day: string): string {
  const parts: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" };
  return written(language, Date.parse(`${day}T12:00:00Z`), "UTC", parts);
}
