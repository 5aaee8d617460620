// SPDX-License-Identifier: Apache-2.0
/** What this browser remembers of how somebody likes the page; nothing of what they see. */
type Thing = "language" | "theme" | "site";

export function remembered(thing: Thing): string | null {
  try {
    return localStorage.getItem(thing);
  } catch {
    return null; // a browser that keeps nothing is no reason to show nothing
  }
}

export function remember(thing: Thing, value: string): void {
  try {
    localStorage.setItem(thing, value);
  } catch {
    return; // the same
  }
}
