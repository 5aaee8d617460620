// SPDX-License-Identifier: Apache-2.0
/** Ask what an officer asks: of a box, with a log-in or as anybody; and bring a signed audit in. */
import { addressOf, failureOf, type Answered, type Failure } from "./client";
import type { OfficerBoxView, OfficerSiteView } from "./types";

/** Why a file was not let in, in the centre's own words; or why nobody knows. */
export type NotLetIn =
  | Failure
  | { readonly kind: "refused"; readonly got: string; readonly wanted: string };

interface Problems {
  readonly problems: readonly { readonly got: string; readonly wanted: string }[];
}

const LIMIT_MS = 30_000;
/** The centre lets no larger one in. */
export const AUDIT_BYTES_MAX = 1_048_576;

export async function askPublicSite(site: string): Promise<Answered<OfficerSiteView>> {
  return got(addressOf("/public/{site}/officer", { site }));
}

export async function askPublicBox(
  site: string,
  device: string,
): Promise<Answered<OfficerBoxView>> {
  return got(addressOf("/public/{site}/officer/{device}", { site, device }));
}

/** Bring a signed audit in; null where it was let in. */
export async function bringAudit(
  site: string,
  device: string,
  file: Blob,
  token: string | null,
): Promise<NotLetIn | null> {
  const headers: Record<string, string> = { "Content-Type": "application/octet-stream" };
  if (token !== null) headers["X-Page-Token"] = token;
  try {
    const answer = await fetch(addressOf("/officer/{site}/{device}/audit", { site, device }), {
      method: "POST",
      headers,
      body: file,
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (answer.ok) return null;
    if (![400, 409, 413].includes(answer.status)) return failureOf(answer);
    const { problems } = (await answer.json()) as Problems;
    return { kind: "refused", got: problems[0]?.got ?? "", wanted: problems[0]?.wanted ?? "" };
  } catch {
    return { kind: "down" };
  }
}

async function got<T>(address: string): Promise<Answered<T>> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!answer.ok) return { ok: false, failure: failureOf(answer) };
    const value = (await answer.json()) as T;
    return { ok: true, value, exercise: answer.headers.get("Exercise") };
  } catch {
    return { ok: false, failure: { kind: "down" } };
  }
}
