// SPDX-License-Identifier: Apache-2.0
/**
 * Change something of the shift. Each change says which version it was decided on; where something
 * happened since, the centre refuses it and says what.
 */
import { addressOf, failureOf, type Failure } from "./client";
import { listen } from "./stream";
import type { ShiftEntryView } from "./types";

export type Refusal =
  | Failure
  /** Something happened since. `told`: what, in the centre's own words. */
  | { readonly kind: "changed"; readonly told: readonly string[] }
  /** As things stand it cannot be done. `wanted`: what could, in the centre's own words. */
  | { readonly kind: "impossible"; readonly wanted: string };

export interface Change {
  readonly method: "POST" | "PUT" | "DELETE";
  /** Below /v1, with {names} that `parts` fill. */
  readonly path: string;
  readonly parts: Readonly<Record<string, string>>;
  /** What was looked at; null where a change rests on nothing. */
  readonly version: number | null;
  readonly body: Readonly<Record<string, unknown>> | null;
}

interface Problem {
  readonly where: string;
  readonly got: string;
  readonly wanted: string;
}

const LIMIT_MS = 10_000;

/** Have something changed; null where it was, else why it was not. */
export async function change(asked: Change, token: string | null): Promise<Refusal | null> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token !== null) headers["X-Page-Token"] = token;
  if (asked.version !== null) headers["If-Match"] = `"${asked.version}"`;
  try {
    const answer = await fetch(addressOf(asked.path, asked.parts), {
      method: asked.method,
      headers,
      body: asked.body === null ? null : JSON.stringify(asked.body),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return answer.ok ? null : await refusalOf(answer);
  } catch {
    return { kind: "down" };
  }
}

async function refusalOf(answer: Response): Promise<Refusal> {
  if (![400, 409, 412, 422].includes(answer.status)) return failureOf(answer);
  const { problems } = (await answer.json()) as { problems: readonly Problem[] };
  if (answer.status === 412) {
    const meanwhile = problems.filter((one) => one.where === "meanwhile");
    return { kind: "changed", told: meanwhile.map((one) => one.got) };
  }
  return { kind: "impossible", wanted: problems[0]?.wanted ?? "" };
}

/** Follow the log of a site's shift from an entry on, until the line ends; says why it did. */
export async function followLog(
  site: string,
  lastId: number,
  heard: (entry: ShiftEntryView) => void,
  begun: () => void,
  stop: AbortSignal,
): Promise<Failure> {
  const address = addressOf("/sites/{site}/shift/stream", { site });
  const hear = (fields: ReadonlyMap<string, string>): void => {
    if (fields.get("event") !== "shift") return;
    heard(JSON.parse(fields.get("data") ?? "") as ShiftEntryView);
  };
  return listen(address, lastId, hear, stop, begun);
}
