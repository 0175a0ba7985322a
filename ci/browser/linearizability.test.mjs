// Looks at linearizability.html in a real browser: that thousands of operations at once are drawn in no
// time since only what is seen is drawn, that every part can be reached, and that long values leave a
// phone's page as wide as the phone.
//
//   LABTEST    the command
//   PICTURES   a folder for screenshots, if they are wanted
//   CHROMIUM   the browser, if it is not /usr/bin/chromium

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

let browser, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "linearizability-"));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Judges a history, a list of lines without their times, and opens its page. */
async function open(name, model, lines, viewport, ...flags) {
  const header = { schema: "labtest.history/v2" };
  const history = join(folder, `${name}.jsonl`), html = join(folder, `${name}.html`);
  writeFileSync(history, [header, ...lines].map((line) => JSON.stringify(line)).join("\n"));
  const { status, stderr } = spawnSync(process.env.LABTEST,
    ["check-history", history, "--model", model, "--html", html, ...flags], { encoding: "utf8" });
  assert.ok(status !== null && status <= 2, `${status}: ${stderr}`);
  const context = await browser.newContext({ viewport });
  const page = await context.newPage(), complaints = [];
  page.on("console", (message) => complaints.push(`console.${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.stack}`));
  await page.goto(pathToFileURL(html).href);
  if (process.env.PICTURES)
    await page.screenshot({ path: resolve(process.env.PICTURES, `linearizability-${name}.png`) });
  return { page, complaints };
}

const invoke = (process, f, key, value) => ({ process, type: "invoke", f, key, value });
const ok = (process, f, key, value) => ({ process, type: "ok", f, key, value });
const DESK = { width: 1400, height: 860 }, PHONE = { width: 420, height: 800 };

describe("3,000 operations at once", () => {
  const clients = [...Array(3000).keys()];
  const lines = [
    ...clients.map((client) => invoke(client, "write", "x", client)),
    ...clients.map((client) => ok(client, "write", "x")),
  ];

  it("are drawn as far as they are seen, wherever that is", async () => {
    const { page, complaints } = await open("many", "register", lines, DESK);
    const drawn = () => page.evaluate(() => ({
      nodes: document.querySelectorAll("#canvas *").length,
      names: document.querySelectorAll("#names div div").length,
      svg: document.getElementById("path").clientHeight,
    }));
    for (const part of [0, 0.5, 1]) {
      await page.evaluate((part) => {
        const view = document.getElementById("view");
        view.scrollTo(part * view.scrollWidth, part * view.scrollHeight);
      }, part);
      await page.waitForTimeout(100);
      const { nodes, names, svg } = await drawn();
      assert.ok(nodes > 20 && nodes < 1000 && names > 5 && names < 60, `${nodes} nodes, ${names} names`);
      assert.ok(svg < 3000, `a picture ${svg} pixels high`);
    }
    await page.evaluate(() => document.getElementById("view").scrollTo(0, 1500 * 42));
    await page.waitForFunction(() => document.getElementById("names").textContent.includes("client 1500"));
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});

describe("a history of many parts", () => {
  const lines = [];
  for (let key = 0; key < 60; key++)
    for (let write = 0; write < 500; write++)
      lines.push(invoke(key, "write", `key${key}`, write), ok(key, "write", `key${key}`));
  lines.push(invoke(99, "read", "key7"), ok(99, "read", "key7", 3));

  it("names every part, and shows any that it has", async () => {
    const { page, complaints } = await open("parts", "register", lines, DESK);
    assert.match(await page.locator("#finding").textContent(), /Why: that was overwritten before/);
    assert.equal(await page.locator("#part option").count(), 60);
    await page.fill("#wanted", "key59");
    assert.equal(await page.locator("#part option").count(), 1);
    await page.selectOption("#part", { index: 0 });
    assert.match(await page.locator("#finding").textContent(), /--part "key59"/);
    await page.fill("#wanted", "key1 ");
    await page.fill("#wanted", "key10");
    await page.selectOption("#part", { index: 0 });
    assert.match(await page.locator("#finding").textContent(), /order of 500 operations/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it("begins with the part that is asked for", async () => {
    const { page, complaints } = await open("asked", "register", lines, DESK, "--part", "key59");
    assert.match(await page.locator("#parts button[aria-pressed=true]").textContent(), /^key59 /);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});

describe("long values on a phone", () => {
  it("leave the page as wide as it is", async () => {
    const long = "v".repeat(300);
    const lines = [
      invoke(0, "put", "x", long), ok(0, "put", "x"),
      invoke(0, "put", "x", "b" + long), ok(0, "put", "x"),
      invoke(1, "get", "x"), ok(1, "get", "x", long),
    ];
    const { page, complaints } = await open("long", "kv", lines, PHONE);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, PHONE.width);
    assert.ok(await page.locator("#core button").count() >= 2, "the contradiction is listed");
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});
