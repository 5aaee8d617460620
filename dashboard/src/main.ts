// SPDX-License-Identifier: Apache-2.0
/** Start the page, and hand it what is clicked, sent, and gone to. */
import { App } from "./app/app";

const app = new App();

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest("button[data-do]");
  if (button instanceof HTMLButtonElement) {
    void app.act(button.dataset["do"] ?? "", button.dataset["value"] ?? "", null);
    return;
  }
  const link = target?.closest("a[href]");
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (!(link instanceof HTMLAnchorElement) || !isPlain || link.hash !== "") return;
  if (link.origin !== location.origin || link.target !== "") return;
  event.preventDefault();
  app.go(new URL(link.href));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const given = new FormData(form);
  void app.act(form.dataset["do"] ?? "", "", given);
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || field.dataset["live"] === undefined) return;
  void app.act(field.dataset["live"], field.value, null);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") void app.act("close", "", null);
});

addEventListener("popstate", () => app.arrive());
app.start();
