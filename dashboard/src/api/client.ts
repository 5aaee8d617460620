// SPDX-License-Identifier: Apache-2.0
/**
 * Ask the centre. Every way in which an answer can fail is a value, so that each is shown.
 * Rule: nothing is asked of anybody else.
 */
import type { Answers, SessionView } from "./types";

export type Failure =
  | { readonly kind: "unknown" }
  | { readonly kind: "denied" }
  | { readonly kind: "missing" }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "insecure" }
  | { readonly kind: "down" };

export type Answered<T> =
  | { readonly ok: true; readonly value: T; readonly exercise: string | null }
  | { readonly ok: false; readonly failure: Failure };

export interface LogIn {
  readonly login: string;
  readonly password: string;
  readonly code: string;
  readonly key: string;
}

const PREFIX = "/v1";
const LIMIT_MS = 10_000;
const WAIT_S = 5;

/** Get what a path of the description answers; `parts` fill its {names}. */
export async function ask<P extends keyof Answers>(
  path: P,
  parts: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string>> = {},
): Promise<Answered<Answers[P]>> {
  const given = new URLSearchParams(query).toString();
  const address = addressOf(path, parts) + (given === "" ? "" : `?${given}`);
  return sent<Answers[P]>(address, { method: "GET" });
}

/** Log in: the answer lays a cookie that no script can read. */
export async function logIn(given: LogIn): Promise<Answered<SessionView>> {
  const asked = await sent<SessionView>(`${PREFIX}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given),
  });
  if (!asked.ok && asked.failure.kind === "denied") {
    return { ok: false, failure: { kind: "insecure" } };
  }
  return asked;
}

/** Log out. */
export async function logOut(token: string | null): Promise<Answered<null>> {
  return sent<null>(`${PREFIX}/session`, {
    method: "DELETE",
    headers: token === null ? {} : { "X-Page-Token": token },
  });
}

/** Return the address of a path, its {names} filled in. */
export function addressOf(path: string, parts: Readonly<Record<string, string>>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(parts[name] ?? ""),
  );
  return PREFIX + filled;
}

/** Say what a status means for whoever asked. */
export function failureOf(answer: Response): Failure {
  if (answer.status === 401) return { kind: "unknown" };
  if (answer.status === 403) return { kind: "denied" };
  if (answer.status === 404 || answer.status === 400) return { kind: "missing" };
  if (answer.status === 429) {
    const seconds = Number(answer.headers.get("Retry-After") ?? WAIT_S);
    return { kind: "wait", seconds: Number.isFinite(seconds) ? seconds : WAIT_S };
  }
  return { kind: "down" };
}

async function sent<T>(address: string, init: RequestInit): Promise<Answered<T>> {
  try {
    const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(LIMIT_MS) });
    if (!answer.ok) return { ok: false, failure: failureOf(answer) };
    const value = answer.status === 204 ? null : await answer.json();
    return { ok: true, value: value as T, exercise: answer.headers.get("Exercise") };
  } catch {
    return { ok: false, failure: { kind: "down" } };
  }
}
