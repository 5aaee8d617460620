// SPDX-License-Identifier: Apache-2.0
/**
 * Read a site's stream of events.
 *
 * Not by EventSource: that hides the status of a refusal, and a page must know an ended session
 * from a cut line. Source of the form: HTML standard, section 9.2.
 */
import { addressOf, failureOf, type Failure } from "./client";
import type { ZoneEstimateView } from "./types";

/** What an event says of a zone: its numbers, without who counted. */
export type ZoneNumbers = Omit<ZoneEstimateView, "contributions">;

export type StreamEvent =
  | { readonly name: "clock"; readonly now: number }
  | { readonly name: "estimates"; readonly id: number; readonly zones: readonly ZoneNumbers[] };

/** The centre tells the time each second; three that fail to come are a cut line, told in 5 s. */
export const SILENT_MS = 3_600;

/** What an event of a stream says, by the names of its fields. */
export type Fields = ReadonlyMap<string, string>;

/** Follow a site until the line ends; says why it did. `lastId` is the last event that was had. */
export async function follow(
  site: string,
  lastId: number | null,
  heard: (event: StreamEvent) => void,
  stop: AbortSignal,
): Promise<Failure> {
  const hear = (fields: Fields): void => {
    const event = eventOf(fields);
    if (event !== null) heard(event);
  };
  return listen(addressOf("/sites/{site}/stream", { site }), lastId, hear, stop);
}

/** Read a stream until its line ends or nothing comes over it; says why it did. */
export async function listen(
  address: string,
  lastId: number | null,
  heard: (fields: Fields) => void,
  stop: AbortSignal,
  begun: () => void = () => undefined,
): Promise<Failure> {
  const cut = new AbortController();
  const signal = AbortSignal.any([stop, cut.signal]);
  let watch = setTimeout(() => cut.abort(), SILENT_MS);
  try {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId !== null) headers["Last-Event-ID"] = String(lastId);
    const answer = await fetch(address, { headers, signal, cache: "no-store" });
    if (!answer.ok || answer.body === null) return failureOf(answer);
    begun();
    const read = reader(heard);
    const decoder = new TextDecoder();
    const pieces = answer.body.getReader();
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) return { kind: "down" };
      clearTimeout(watch);
      watch = setTimeout(() => cut.abort(), SILENT_MS);
      read(decoder.decode(value, { stream: true }));
    }
  } catch {
    return { kind: "down" };
  } finally {
    clearTimeout(watch);
  }
}

/** Return a function that takes text as it comes and tells each event that is whole. */
export function reader(heard: (fields: Fields) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    rest += text;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const fields = fieldsOf(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (fields.has("data")) heard(fields);
    }
  };
}

function fieldsOf(block: string): Fields {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return fields;
}

function eventOf(fields: Fields): StreamEvent | null {
  const data = fields.get("data") ?? "";
  if (fields.get("event") === "clock") {
    return { name: "clock", now: Date.parse((JSON.parse(data) as { now: string }).now) };
  }
  if (fields.get("event") === "estimates") {
    const { zones } = JSON.parse(data) as { zones: readonly ZoneNumbers[] };
    return { name: "estimates", id: Number(fields.get("id")), zones };
  }
  return null;
}
