// Looks for the cause of a failure on a rendered timeline.html, as a reader would.
//
//   TIMELINE_HTML      the page of a run that fails because servers applied different commands at an index

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { ask, open, pageAt, SECOND, selection, view } from "./page.mjs";

describe("a reader who looks for the cause", () => {
  const complaints = [];
  let page, failure;

  // One page for all: each test begins with nothing selected and the failure in sight.
  before(async () => {
    page = await open(pageAt("TIMELINE_HTML"), complaints);
    failure = Number(await page.locator("#story .failure button").getAttribute("data-at"));
  });

  beforeEach(() => ask(page, (at) => {
    document.activeElement.blur();
    window.timeline.release();
    window.timeline.show(at - 2e9, at + 1e8);
  }, failure));

  afterEach(() => assert.deepEqual(complaints, []));
  after(() => page?.context().close());

  it("reads a sentence with servers and terms", async () => {
    const sentence = await page.locator(".banner .sentence").innerText();
    assert.match(sentence, /^server \d+ applies .+ at index \d+, an entry of term \d+; server \d+ has applied .+ of term \d+$/);
    assert.match(await page.locator(".banner .said").innerText(), /^commit index=/);
  });

  it("goes to the cause, so near that its neighbours can be told apart", async () => {
    await page.keyboard.press("c");
    assert.equal((await selection(page)).item.type, "cause");
    const { start, end } = await view(page);
    assert.ok(end - start < 0.1 * SECOND);
  });

  it("zooms about the failure", async () => {
    await page.keyboard.press("f");
    const where = () => ask(page, () => window.timeline.positionOf({ type: "failure", id: 0 }).x);
    const before = await where();
    for (let count = 0; count < 8; count++) await page.keyboard.press("+");
    const { start, end } = await view(page);
    assert.ok(start < failure && failure < end && end - start < 0.2 * SECOND);
    assert.ok(Math.abs(await where() - before) < 2);
  });

  it("reads a story in which what repeats is folded", async () => {
    const fold = page.locator("#story .fold").first();
    const moment = fold.locator("ol button").first();
    assert.match(await fold.locator("summary").innerText(), /\d+ elections, .+ until \d+\.\d+ s/);
    assert.ok(!(await moment.isVisible()));
    await fold.locator("summary").focus();
    await page.keyboard.press("Space");
    assert.ok(await moment.isVisible());
    await moment.click();
    assert.equal((await selection(page)).at, Number(await moment.getAttribute("data-at")));
    await page.locator("#story .now").first().waitFor();
  });
});
