// SPDX-License-Identifier: Apache-2.0
/** What the editor asks of the centre; docs/EDITOR.md says how it answers. */
import { addressOf, failureOf, type Failure } from "../api/client";
import type { Drawing, Kind, Renames } from "./model/drawing";

export interface DrawnVersion {
  readonly site: string;
  readonly version: number;
  readonly drawing: Partial<Drawing>;
  /** How many measures the file has: nobody draws them. */
  readonly measures: number;
}

export interface Mistake {
  readonly kind: string;
  readonly id: string;
  readonly place: readonly (number | string)[];
  readonly where: string;
  readonly got: string;
  readonly wanted: string;
  readonly remedy: string;
}

export interface Remark {
  readonly kind: string;
  readonly id: string;
  readonly about: string;
  readonly text: string;
}

type Told = string | number | null;

export interface Change {
  readonly kind: string;
  readonly id: string;
  readonly became: "added" | "removed" | "renamed" | "changed";
  readonly keys: readonly { readonly key: string; readonly before: Told; readonly after: Told }[];
  readonly was: string;
}

export interface Ended {
  readonly kind: string;
  readonly id: string;
  readonly now: string;
  readonly counted_by: readonly string[];
}

export interface Check {
  readonly mistakes: readonly Mistake[];
  readonly mistakes_more: number;
  readonly remarks: readonly Remark[];
  readonly changes: readonly Change[];
  readonly histories_ended: readonly Ended[];
  readonly is_kept: boolean;
}

export interface Version {
  readonly version: number;
  readonly at: string;
  readonly bytes: number;
  readonly by: string | null;
  readonly organisation: string | null;
  readonly reason: string | null;
}

/** What is sent of a drawing: its tables, and what was given another id. */
export type Sent = Drawing & { readonly renames: Renames };

export type Refusal =
  | Failure
  /** Another version is in force than the one that was drawn on. */
  | { readonly kind: "changed" }
  /** The drawing was refused. `told`: why, in the centre's own words. */
  | { readonly kind: "wrong"; readonly told: string };

export type Got<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

const LIMIT_MS = 60_000;
const PLAN = "/sites/{site}/plan";

export async function askDrawing(
  site: string,
  version: number | null,
): Promise<Got<DrawnVersion>> {
  const query = version === null ? "" : `?version=${version}`;
  return sent("GET", `${addressOf(`${PLAN}/drawing`, { site })}${query}`);
}

export async function askVersions(
  site: string,
): Promise<Got<{ items: readonly Version[]; next: string | null }>> {
  return sent("GET", addressOf(`${PLAN}/versions`, { site }));
}

export async function askChanges(
  site: string,
  from: number,
  to: number,
): Promise<Got<readonly Change[]>> {
  return sent("GET", `${addressOf(`${PLAN}/changes`, { site })}?from=${from}&to=${to}`);
}

export async function askCheck(
  site: string,
  version: number,
  drawing: Sent,
  token: string | null,
): Promise<Got<Check>> {
  const address = addressOf(`${PLAN}/check`, { site });
  return sent("POST", address, { version, drawing }, headersOf(token));
}

/** Save a drawing over the version that it was made from, 0 for a site that is new. */
export async function save(
  site: string,
  version: number,
  drawing: Sent,
  reason: string,
  token: string | null,
): Promise<Got<{ version: number; is_new: boolean }>> {
  const known: Record<string, string> =
    version === 0 ? { "If-None-Match": "*" } : { "If-Match": `"${version}"` };
  const address = addressOf(`${PLAN}/drawing`, { site });
  return sent("PUT", address, { drawing, reason }, { ...headersOf(token), ...known });
}

/** Return the kind of a table by its name in the file; null of what is not drawn. */
export function drawnKind(kind: string): Kind | null {
  const singular: Readonly<Record<string, Kind>> = {
    zone: "zones",
    link: "links",
    device: "devices",
    zones: "zones",
    links: "links",
    emergency_routes: "emergency_routes",
    devices: "devices",
  };
  return singular[kind] ?? null;
}

function headersOf(token: string | null): Record<string, string> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token !== null) headers["X-Page-Token"] = token;
  return headers;
}

async function sent<T>(
  method: string,
  address: string,
  body: unknown = null,
  headers: Record<string, string> = {},
): Promise<Got<T>> {
  try {
    const answer = await fetch(address, {
      method,
      headers,
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (answer.ok) return { ok: true, value: (await answer.json()) as T };
    if (answer.status === 412) return { ok: false, refusal: { kind: "changed" } };
    if (answer.status !== 400 && answer.status !== 413) {
      return { ok: false, refusal: failureOf(answer) };
    }
    const { detail } = (await answer.json()) as { detail: string };
    return { ok: false, refusal: { kind: "wrong", told: detail } };
  } catch {
    return { ok: false, refusal: { kind: "down" } };
  }
}
