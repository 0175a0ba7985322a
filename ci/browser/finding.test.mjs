// Looks for the cause of a failure on a rendered timeline.html, as a reader would: by the history of the
// disputed index, the logs as boxes, what came before, search, and by having the run played.
//
//   TIMELINE_HTML      the page of a run that fails because servers applied different commands at an index

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { ask, look, open, pageAt, says, SECOND, selection, status, view } from "./page.mjs";

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

  const index = async () => Number(await page.locator(".to-history").getAttribute("data-index"));
  const history = () => page.locator("#history li").allInnerTexts();

  it("reads a sentence with servers and terms", async () => {
    const sentence = await page.locator(".banner .sentence").innerText();
    assert.match(sentence, /^server \d+ applies .+ of term \d+ at index \d+, where server \d+ applied .+ of term \d+$/);
  });

  it("opens the history of the index from the failure's line, and goes along it", async () => {
    await page.click(".to-history");
    await says(page, "#history h2", `History of index ${await index()}`);
    const told = (await history()).join("\n");
    for (const word of ["takes in", "stores an entry", "commits", "applies", "drops its entry"]) {
      assert.ok(told.includes(word), `nobody ${word}:\n${told}`);
    }
    const wrong = page.locator("#history .wrong");
    assert.match(await wrong.first().innerText(), /drops its entry of term \d+, for one of term \d+/);
    await wrong.first().locator("button").click();
    const { at } = await selection(page);
    assert.ok(at < failure, "the entry was dropped before anybody saw it");
    const { start, end } = await view(page);
    assert.ok(start < at && at < end && end - start <= 0.1 * SECOND);
    await look(page, "history");
    await page.keyboard.press("Escape");
    await page.locator("#history").waitFor({ state: "hidden" });
    await page.keyboard.press("f");
    await says(page, "#history h2", `History of index ${await index()}`);
    await page.keyboard.press("h");
    await page.locator("#history").waitFor({ state: "hidden" });
  });

  // The chain is the tester's, who has seen the entries themselves; the history is put together from the trace.
  it("reads in the history what the chain of causes says", async () => {
    await page.click(".to-history");
    const told = (await history()).map((line) => line.replace(/\s+/g, " ")).join("\n");
    const chain = await page.locator(".causes span").allInnerTexts();
    const drops = chain.flatMap((text) => [...text.matchAll(/server (\d) drops entry \d+ \(of (term \d+)\), for one of (term \d+)/g)]);
    assert.ok(drops.length > 0, "a chain without an entry that was dropped");
    for (const [, server, gone, instead] of drops) {
      assert.ok(told.includes(`server ${server} drops its entry of ${gone}, for one of ${instead}`), told);
    }
  });

  it("has in sight what was asked for, in a narrow window too", async () => {
    const isInSight = (id) => ask(page, (name) => {
      const { top, bottom } = document.getElementById(name).getBoundingClientRect();
      return top < innerHeight - 40 && bottom > 40;
    }, id);
    await page.setViewportSize({ width: 420, height: 800 });
    await page.click(".to-history");
    assert.ok(await isInSight("history"));
    await page.locator("#history button:has(time)").last().click();
    assert.ok(await isInSight("stage"));
    await page.setViewportSize({ width: 1400, height: 860 });
  });

  it("sees the logs as boxes: the terms of the entries, and the disputed one in red", async () => {
    await page.keyboard.press("c");
    await page.locator("#boxes .disputed").first().waitFor();
    const rows = await page.locator("#states tr").count();
    assert.equal(await page.locator("#boxes tr").count(), rows + 1);
    // Where a log ends, and in which term, is what the state says; what is in front of it never has a later term.
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9, 1]) {
      const at = failure * part;
      await ask(page, (time) => window.timeline.select(null, time), at);
      const states = await page.locator("#states tr").evaluateAll((all) => all.map((row) => row.cells[4].textContent));
      for (const [server, state] of states.entries()) {
        const terms = await ask(page, ([one, time]) => window.timeline.entries(one, time), [server, at]);
        const end = terms.length > 1 ? `${terms.length - 1} (${terms.at(-1)})` : "0";
        if (state !== "–") assert.equal(end, state, `server ${server} at ${at}`);
        assert.deepEqual(terms, terms.toSorted((a, b) => a - b), `server ${server} at ${at}`);
      }
    }
  });

  it("opens the history of another index from its box, by keyboard too", async () => {
    const other = page.locator(`#boxes button[data-index="${await index() - 1}"]`);
    await other.focus();
    await page.keyboard.press("Enter");
    await says(page, "#history h2", `History of index ${await index() - 1}`);
    assert.equal(await ask(page, () => document.activeElement.dataset.index), `${await index() - 1}`);
    await page.click("#history .after");
    await says(page, "#history h2", `History of index ${await index()}`);
  });

  it("is told what a server had applied in an earlier life", async () => {
    await ask(page, (at) => window.timeline.select(null, at), failure);
    const earlier = page.locator("#states td[title*='in an earlier life']");
    assert.match(await earlier.first().innerText(), /\(\d+\)$/);
  });

  it("goes to the cause, so near that arrows have labels", async () => {
    await page.keyboard.press("c");
    assert.equal((await selection(page)).item.type, "cause");
    await ask(page, () => window.timeline.arrows());
    assert.ok(await ask(page, () => window.timeline.counts.labels) > 3);
    await look(page, "labels");
    await ask(page, () => window.timeline.fitAll());
    assert.equal(await ask(page, () => window.timeline.counts.labels), 0, "no room for them");
  });

  it("sees the past of the cause, while everything else fades", async () => {
    await page.keyboard.press("c");
    const { at } = await selection(page);
    await page.keyboard.press("b");
    await ask(page, () => window.timeline.arrows());
    const past = await ask(page, () => window.timeline.past);
    assert.equal(Math.max(...past), at);
    assert.equal(past.filter((until) => until === at).length, 1, "only its own server has come so far");
    assert.ok(past.some((until) => until > 0 && until < at), "somebody has sent it something");
    assert.equal(await page.getAttribute("#past", "aria-pressed"), "true");
    await look(page, "past");
    await page.keyboard.press("b");
    await ask(page, () => window.timeline.arrows());
    assert.equal(await ask(page, () => window.timeline.past), null);
  });

  it("finds what is searched for", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("requestvote server 3 term");
    const before = await view(page);
    assert.match(await page.locator("#found").innerText(), /^\d+$/);
    assert.deepEqual(await view(page), before, "what is typed is no command");
    await page.keyboard.press("Enter");
    assert.match(await page.locator("#found").innerText(), /^\d+ of \d+$/);
    assert.match(await status(page), /RequestVote.+server 3/);
    const { at } = await selection(page);
    await page.keyboard.press("Enter");
    assert.ok((await selection(page)).at >= at);
    await page.keyboard.press("Shift+Enter");
    assert.equal((await selection(page)).at, at);
    await page.keyboard.type(" nowhere");
    assert.equal(await page.locator("#found").innerText(), "none");
    await page.keyboard.press("Escape");
    assert.equal(await page.inputValue("#search"), "");
    assert.equal(await ask(page, () => document.activeElement.id), "stage");
  });

  it("has the run played, and stopped", async () => {
    await page.keyboard.press("c");
    const { at } = await selection(page);
    await page.keyboard.press("Space");
    await page.waitForFunction((from) => window.timeline.selection.at > from, at);
    await page.keyboard.press("Space");
    assert.equal(await ask(page, () => window.timeline.plays), false);
    const stopped = (await selection(page)).at;
    assert.ok(stopped > at && stopped < failure);
    await page.click("#play");
    assert.equal(await page.getAttribute("#play", "aria-pressed"), "true");
    await page.keyboard.press("f");
    assert.equal(await ask(page, () => window.timeline.plays), false, "who goes elsewhere has seen enough");
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
    assert.equal(await ask(page, () => window.timeline.plays), false, "the key belongs to the fold");
    await moment.click();
    assert.equal((await selection(page)).at, Number(await moment.getAttribute("data-at")));
    await page.locator("#story .now").first().waitFor();
  });
});
