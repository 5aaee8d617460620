// SPDX-License-Identifier: Apache-2.0
/**
 * Keep the public page up to date: ask for it anew each minute, and change what is different.
 * What it says is written by the server alone, so that it is the same without a script. Rule: no
 * cookie is sent, and nothing is kept in the browser.
 */
import { patchChildren } from "../draw/dom";

const EVERY_MS = 60_000;
const WITHIN_MS = 20_000;

const main = document.querySelector("main");
const lost = document.querySelector<HTMLElement>("#lost");
let askedMs = performance.now();

async function refresh(): Promise<void> {
  if (main === null || lost === null || document.visibilityState === "hidden") return;
  askedMs = performance.now();
  try {
    const signal = AbortSignal.timeout(WITHIN_MS);
    const answer = await fetch(location.href, { credentials: "omit", cache: "no-cache", signal });
    // The centre's own page, in which every text of others is escaped already; a document that was
    // read like this runs no script and loads nothing.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const news = page.querySelector("main");
    if (!answer.ok || news === null) throw new Error(String(answer.status));
    patchChildren(main, [...news.childNodes]);
    lost.textContent = "";
  } catch {
    lost.textContent = lost.dataset["lost"] ?? "";
  }
}

setInterval(() => void refresh(), EVERY_MS);
document.addEventListener("visibilitychange", () => {
  if (performance.now() - askedMs >= EVERY_MS) void refresh();
});
addEventListener("online", () => void refresh());
addEventListener("offline", () => {
  if (lost !== null) lost.textContent = lost.dataset["lost"] ?? "";
});
