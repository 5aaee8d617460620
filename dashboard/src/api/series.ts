// SPDX-License-Identifier: Apache-2.0
/** Ask for a zone's numbers over time, as a table: a day of minutes is a tenth of its JSON. */
import { addressOf, failureOf, type Answered } from "./client";

const LIMIT_MS = 10_000;

/** A part of a zone's numbers over time, as a table; `next` is the address of the part after. */
export interface Table {
  readonly rows: readonly ReadonlyMap<string, string>[];
  readonly next: string | null;
}

/** Get a zone's numbers from one moment to before another, ms. */
export async function askSeries(
  site: string,
  zone: string,
  from: number,
  to: number,
): Promise<Answered<Table>> {
  const path = addressOf("/sites/{site}/zones/{zone}/series", { site, zone });
  const asked = { from: String(Math.floor(from / 1000)), to: String(Math.ceil(to / 1000)) };
  return askTable(`${path}?${new URLSearchParams({ ...asked, format: "csv" }).toString()}`);
}

export async function askTable(address: string): Promise<Answered<Table>> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!answer.ok) return { ok: false, failure: failureOf(answer) };
    const lines = (await answer.text()).split(/\r?\n/u).filter((line) => line !== "");
    const names = (lines[0] ?? "").split(",");
    // Ids, numbers and words of the API alone stand in it: none has a comma or a quote.
    const rows = lines.slice(1).map((line) => {
      const cells = line.split(",");
      return new Map(names.map((name, at) => [name, cells[at] ?? ""]));
    });
    const next = /^<([^>]+)>; rel="next"$/u.exec(answer.headers.get("Link") ?? "")?.[1] ?? null;
    return { ok: true, value: { rows, next }, exercise: answer.headers.get("Exercise") };
  } catch {
    return { ok: false, failure: { kind: "down" } };
  }
}
