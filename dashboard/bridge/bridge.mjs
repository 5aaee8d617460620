// SPDX-License-Identifier: Apache-2.0
/**
 * Drive a real browser for tests, pictures and benchmarks: one JSON object a line in, one out.
 * Started by development/testbed/browser.py, which says what each command takes and gives.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-default-browser-check",
];
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const LOG_MAX = 5_000;
const POLL_MS = 30;
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, ...flags] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
const pages = new Map();

function note(list, entry) {
  if (list.length < LOG_MAX) list.push(entry);
}

const commands = {
  async open({ page: name, options }) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const log = { requests: [], errors: [], violations: [] };
    page.on("request", (request) => note(log.requests, request.url()));
    page.on("pageerror", (error) => note(log.errors, String(error)));
    page.on("dialog", (dialog) => {
      note(log.errors, `dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) {
        note(log.violations, message.text());
      }
    });
    page.setDefaultTimeout(15_000);
    pages.set(name, { context, page, log });
  },
  async close({ page: name }) {
    await pages.get(name).context.close();
    pages.delete(name);
  },
  async goto({ page, url }) {
    const answer = await page.goto(url, { waitUntil: "load" });
    return { status: answer?.status() ?? 0, headers: answer?.headers() ?? {} };
  },
  fill: ({ page, selector, value }) => page.fill(selector, value),
  click: ({ page, selector }) => page.click(selector),
  /** Press the mouse at the first of these places, move it over the others, and let go. */
  async drag({ page, places: [[x, y], ...others] }) {
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (const [toX, toY] of others) await page.mouse.move(toX, toY, { steps: 4 });
    await page.mouse.up();
  },
  press: ({ page, key }) => page.keyboard.press(key),
  type: ({ page, text }) => page.keyboard.type(text),
  async wait({ page, selector, within_ms: timeout }) {
    await page.waitForSelector(selector, { timeout });
  },
  async until({ page, expression, within_ms: withinMs }) {
    // Not by waitForFunction: it evaluates inside the page, whose policy forbids that.
    const until = Date.now() + withinMs;
    while (!(await page.evaluate(expression))) {
      if (Date.now() > until) throw new Error(`not so within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  },
  text: ({ page, selector }) => page.locator(selector).first().innerText(),
  count: ({ page, selector }) => page.locator(selector).count(),
  evaluate: ({ page, expression }) => page.evaluate(expression),
  offline: ({ page: { context }, is_offline: isOffline }) => context.setOffline(isOffline),
  front: ({ page }) => page.bringToFront(),
  async devtools({ kept, method, params }) {
    kept.session ??= await kept.context.newCDPSession(kept.page);
    return kept.session.send(method, params);
  },
  async look({ page, scheme, width, height }) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
  },
  media: ({ page, wanted }) => page.emulateMedia(wanted),
  inside: ({ page, expression }) => page.frames().at(-1).evaluate(expression),
  async tree({ page }) {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    await session.detach();
    return nodes.map(({ nodeId, parentId, childIds, ignored, role, name }) => ({
      id: nodeId,
      parent: parentId ?? "",
      children: childIds ?? [],
      ignored,
      role: role?.value ?? "",
      name: name?.value ?? "",
    }));
  },
  async screenshot({ page, path, is_whole: fullPage }) {
    await page.screenshot({ path, fullPage, animations: "disabled" });
  },
  async axe({ page }) {
    if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axeSource);
    const found = await page.evaluate(
      (values) =>
        globalThis.axe.run(document, {
          runOnly: { type: "tag", values },
          resultTypes: ["violations"], // what is well is not written up
        }),
      AXE_TAGS,
    );
    return found.violations.map((one) => ({
      id: one.id,
      help: one.help,
      nodes: one.nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`),
    }));
  },
  log: ({ log }) => log,
};
const WITH_CONTEXT = new Set(["offline"]);
const BARE = new Set(["open", "close"]);

async function done({ command, ...given }) {
  const run = commands[command];
  if (run === undefined) throw new Error(`${command}: is no command`);
  if (BARE.has(command)) return run(given);
  const kept = pages.get(given.page);
  if (kept === undefined) throw new Error(`${given.page}: is no open page`);
  const page = WITH_CONTEXT.has(command) ? kept : kept.page;
  return run({ ...given, page, kept, log: kept.log });
}

process.stdout.write(`${JSON.stringify({ version: browser.version() })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { value: (await done(JSON.parse(line))) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
