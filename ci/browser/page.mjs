// What the tests of pages have in common: a browser, pages opened in it, and what is asked of them.
//
//   PICTURES   a folder for screenshots, if they are wanted
//   CHROMIUM   the browser, if it is not /usr/bin/chromium

import { resolve } from "node:path";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export const SECOND = 1e9;

export function pageAt(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`set ${variable} to the path of a rendered timeline.html`);
  return pathToFileURL(resolve(path)).href;
}

let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(() => browser?.close());

/** Opens a page; `complaints` fills with what must not happen on it. */
export async function open(url, complaints, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 860 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => complaints.push(`console.${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.stack}`));
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.waitForFunction(() => window.timeline);
  return page;
}

/** Keeps a picture of the page in the folder PICTURES, if there is one to look at. */
export async function look(page, name) {
  const folder = process.env.PICTURES;
  if (folder) await page.screenshot({ path: resolve(folder, `${name}.png`) });
}

/** What the page exposes, asked in it. */
export const ask = (page, question, ...values) => page.evaluate(question, ...values);
export const view = (page) => ask(page, () => window.timeline.view);
export const selection = (page) => ask(page, () => window.timeline.selection);
export const status = (page) => page.locator("#status").textContent();

/** Waits until it says that: what a key or a click changes there is drawn with the next frame. */
export const says = (page, where, words) => page.locator(where).filter({ hasText: words }).waitFor({ timeout: 5000 });
