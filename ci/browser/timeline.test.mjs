// Looks at a rendered timeline.html in a real browser, as a reader would: opens it from a file,
// points, clicks and types, and expects that the page answers and that the console stays empty.
//
//   TIMELINE_HTML      the page of a failed run
//   TIMELINE_BIG_HTML  the page of a run with 100,000 events or so
//   TIMELINE_KV_HTML   the page of a failed run with clients of a store, in its folder
//   TIMELINE_LIVE_HTML the page of a live run in its folder, as labtest/live/src/record/tests/sample.rs makes it
//
//   npm ci && TIMELINE_HTML=… TIMELINE_BIG_HTML=… TIMELINE_KV_HTML=… TIMELINE_LIVE_HTML=… npm test

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ask, look, open, pageAt, says, SECOND, selection, status, view } from "./page.mjs";

async function failureTime(page) {
  const times = await page.locator("#story .failure button").evaluateAll(
    (buttons) => buttons.map((button) => Number(button.dataset.at)));
  assert.ok(times.length > 0, "TIMELINE_HTML has to be the page of a failed run");
  return times[0];
}

/** The colours of the picture: how many there are, and how light its ground is, from 0 to 1. */
function colours(page) {
  return ask(page, () => {
    const { width, height } = document.getElementById("base");
    // A canvas to be read is another sort than one to be drawn on.
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(document.getElementById("base"), 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    const counts = new Map();
    for (let at = 0; at < data.length; at += 4) {
      const colour = data[at] * 65536 + data[at + 1] * 256 + data[at + 2];
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const [ground] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
    const light = ((ground >> 16) + ((ground >> 8) & 255) + (ground & 255)) / 765;
    return { count: counts.size, light };
  });
}

describe("the page of a failed run", () => {
  let page;
  let complaints;

  beforeEach(async () => {
    complaints = [];
    page = await open(pageAt("TIMELINE_HTML"), complaints);
  });

  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(complaints, []);
  });

  it("opens with the failure's sentence, a summary and a picture", async () => {
    assert.ok(await page.locator(".banner .sentence").isVisible());
    assert.match(await page.locator("#summary").textContent(), /Failure: .+ Verdict: failed\./);
    const servers = await page.locator("#servers button").count();
    assert.ok(servers > 0);
    assert.equal(await page.locator("#states tr").count(), servers);
    assert.ok((await colours(page)).count > 20, "the picture is empty");
  });

  it("opens on the second before the failure", async () => {
    const failure = await failureTime(page);
    const { start, end } = await view(page);
    assert.ok(start < failure && failure < end);
    assert.ok(end - start <= 1.7 * SECOND, `${end - start} ns in sight`);
  });

  it("jumps to the failure by key and by button", async () => {
    const failure = await failureTime(page);
    for (const jump of [() => page.keyboard.press("f"), () => page.click("#to-failure")]) {
      await ask(page, () => { window.timeline.release(); window.timeline.show(0, 1000); });
      await jump();
      const { item, at } = await selection(page);
      assert.deepEqual([item.type, at], ["failure", failure]);
      const { start, end } = await view(page);
      assert.ok(start < failure && failure < end);
      assert.ok((await status(page)).includes(await page.locator(".banner .sentence").textContent()));
    }
  });

  it("tells the whole message under the pointer, and the state of the servers then", async () => {
    const arrows = await ask(page, () => window.timeline.arrows());
    assert.ok(arrows.length > 0, "no message in the last second");
    let told = 0;
    for (const id of arrows) {
      if (told === 20) break;
      const at = await ask(page, (one) => window.timeline.positionOf({ type: "message", id: one }), id);
      await page.mouse.move(at.x, at.y);
      // Another arrow may lie on top of it: then that one is told. It may also be out of sight.
      const expected = await ask(page, ({ x, y }) => {
        const item = window.timeline.itemAt(x, y);
        return item?.type === "message" ? window.timeline.describe(item) : null;
      }, at);
      if (!expected) continue;
      told += 1;
      // It is drawn with the next frame.
      await page.waitForFunction(
        (title) => document.getElementById("tooltip").innerText.startsWith(title), expected.title);
      assert.ok(await page.locator("#tooltip").isVisible());
      const tooltip = await page.locator("#tooltip").innerText();
      assert.ok(tooltip.includes(expected.lines[0]), tooltip);
      assert.match(expected.title, /server \d+ → server \d+/);
      assert.ok((await page.locator("#item").innerText()).includes(expected.title));
    }
    assert.ok(told > 0, "no arrow could be pointed at");
    await page.mouse.move(2, 2);
    await page.locator("#tooltip").waitFor({ state: "hidden" });
  });

  it("keeps what is clicked until Escape", async () => {
    await page.waitForFunction(() => window.timeline.arrows().length > 0);
    const at = await ask(page, () => (
      window.timeline.positionOf({ type: "message", id: window.timeline.arrows()[0] })));
    await page.mouse.click(at.x, at.y);
    const { item } = await selection(page);
    assert.equal(item.type, "message");
    await page.mouse.move(2, 2);
    await page.waitForFunction(
      () => document.getElementById("tooltip").hidden && document.getElementById("item").innerText.includes("→"));
    await page.keyboard.press("Escape");
    assert.equal(await selection(page), null);
  });

  it("tells bands, too", async () => {
    const at = await ask(page, () => {
      window.timeline.fitAll();
      return window.timeline.positionOf({ type: "band", server: 0, id: 0 });
    });
    const item = await ask(page, ({ x, y }) => window.timeline.itemAt(x, y), at);
    assert.equal(item.type, "band");
    assert.equal(item.server, 0);
  });

  it("shows only the kinds that are asked for", async () => {
    const titles = () => ask(page, () => window.timeline.arrows().map(
      (id) => window.timeline.describe({ type: "message", id }).title));
    const replies = page.locator(".kinds button[data-kind=replies]");
    assert.ok((await titles()).some((title) => title.includes("reply")));
    await replies.click();
    assert.equal(await replies.getAttribute("aria-pressed"), "false");
    assert.ok((await titles()).every((title) => !title.includes("reply")));
    await replies.click();
    assert.ok((await titles()).some((title) => title.includes("reply")));

    await ask(page, () => window.timeline.setFilter({ kinds: ["vote"] }));
    assert.ok((await titles()).every((title) => /vote/i.test(title)));
    const pressed = await page.locator(".kinds button[aria-pressed=true]").evaluateAll(
      (buttons) => buttons.map((button) => button.dataset.kind));
    assert.deepEqual(pressed.filter((kind) => !["replies", "lost"].includes(kind)), ["vote"]);
  });

  it("shows only the messages of the servers that are asked for", async () => {
    const button = page.locator("#servers button").nth(1);
    await button.click();
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    const titles = await ask(page, () => window.timeline.arrows().map(
      (id) => window.timeline.describe({ type: "message", id }).title));
    assert.ok(titles.every((title) => title.includes("server 1")), titles.join("\n"));
    await page.keyboard.press("Escape");
    assert.equal(await button.getAttribute("aria-pressed"), "false");
  });

  it("steps through the events that are shown, forth and back", async () => {
    await page.keyboard.press("0");
    const times = [];
    for (let count = 0; count < 12; count++) {
      await page.keyboard.press("n");
      times.push((await selection(page)).at);
    }
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    const last = await status(page);
    await page.keyboard.press("n");
    await page.keyboard.press("p");
    assert.equal(await status(page), last);
    await page.click("#event-before");
    assert.ok((await selection(page)).at <= times.at(-1));
  });

  it("goes from election to election", async () => {
    const elections = await page.locator("#story .leader, #story .candidate").count();
    if (elections === 0) return;
    await ask(page, () => { window.timeline.show(0, 1e9); window.timeline.select(null, 0); });
    await page.keyboard.press("Shift+E");
    const first = await selection(page);
    assert.equal(first.item.type, "band");
    assert.match(await status(page), /candidate|leader/);
    await page.keyboard.press("e");
    assert.match(await status(page), /No earlier election/);
  });

  it("moves and zooms by keys, wheel and dragging", async () => {
    const changed = async (act, check) => {
      const was = await view(page);
      await act();
      await page.waitForFunction((start) => window.timeline.view.start !== start, was.start);
      check(was, await view(page));
    };
    const span = ({ start, end }) => end - start;
    await changed(() => page.keyboard.press("+"), (was, is) => assert.ok(span(is) < span(was)));
    await changed(() => page.keyboard.press("ArrowLeft"), (was, is) => {
      assert.ok(is.start < was.start);
      assert.ok(Math.abs(span(is) - span(was)) < 1);
    });
    await changed(() => page.keyboard.press("-"), (was, is) => assert.ok(span(is) > span(was)));
    const box = await page.locator("#stage").boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height - 6];
    await page.mouse.move(x, y);
    await changed(() => page.mouse.wheel(0, -300), (was, is) => assert.ok(span(is) < span(was)));
    await changed(async () => {
      await page.mouse.down();
      await page.mouse.move(x + 120, y, { steps: 4 });
      await page.mouse.up();
    }, (was, is) => assert.ok(is.start < was.start));
    assert.equal(await selection(page), null, "dragging is not clicking");
    await changed(() => page.keyboard.press("0"), (was, is) => assert.ok(is.start <= 0));
  });

  it("goes to a moment of the story", async () => {
    const moment = page.locator("#story li button").first();
    const at = Number(await moment.getAttribute("data-at"));
    await moment.click();
    assert.equal((await selection(page)).at, at);
    const { start, end } = await view(page);
    assert.ok(start <= at && at <= end);
  });

  it("can be used by keyboard alone, with the focus to be seen", async () => {
    const seen = new Set();
    for (let count = 0; count < 40; count++) {
      await page.keyboard.press("Tab");
      const focused = await ask(page, () => {
        const { activeElement } = document;
        const { id, className, dataset } = activeElement;
        return { name: id || className || dataset.kind, outline: getComputedStyle(activeElement).outlineStyle };
      });
      if (focused.name) assert.notEqual(focused.outline, "none", `${focused.name} has no outline`);
      seen.add(focused.name);
    }
    for (const id of ["stage", "to-failure", "theme", "ask-help", "server"]) {
      assert.ok(seen.has(id), `${id} can't be reached`);
    }
    for (const button of await page.locator("button:visible").all()) {
      const name = (await button.getAttribute("aria-label")) ?? (await button.innerText());
      assert.ok(name.trim(), "a button without a name");
    }
  });

  it("has its help on a key", async () => {
    await page.keyboard.press("?");
    assert.ok(await page.locator("#help").isVisible());
    await page.keyboard.press("Escape");
    assert.ok(!(await page.locator("#help").isVisible()));
  });

  it("is dark or light as the system is, or as the switch says", async () => {
    assert.ok((await colours(page)).light > 0.9);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => document.getElementById("theme").getAttribute("aria-pressed") === "true");
    await ask(page, () => window.timeline.arrows());
    assert.ok((await colours(page)).light < 0.2);
    await page.click("#theme");
    await ask(page, () => window.timeline.arrows());
    assert.ok((await colours(page)).light > 0.9);
  });

  it("prints: light, without the controls, and goes back to what it was", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    const before = await view(page);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    assert.ok(pdf.length > 10_000);
    assert.deepEqual(await view(page), before);
    await page.emulateMedia({ media: "print" });
    assert.ok(!(await page.locator(".moves").isVisible()));
    assert.ok(await page.locator("#story").isVisible());
  });

  it("fits a narrow window", async () => {
    await page.setViewportSize({ width: 420, height: 800 });
    await page.waitForFunction(() => document.getElementById("base").width <= 420 * devicePixelRatio);
    const width = await ask(page, () => document.documentElement.scrollWidth);
    assert.ok(width <= 420, `${width} px wide`);
    const at = await ask(page, () => window.timeline.positionOf({ type: "failure", id: 0 }));
    assert.ok(at.x > 0 && at.x < 420);
  });
});

describe("the pages of a run with clients of a store", () => {
  it("lead to each other, and show what clients saw", async () => {
    const timeline = pageAt("TIMELINE_KV_HTML");
    const linearizability = new URL("linearizability.html", timeline).href;
    const complaints = [];
    const page = await open(timeline, complaints);
    page.removeAllListeners("request");
    page.on("request", (request) => {
      const url = request.url();
      if (url !== timeline && url !== linearizability) complaints.push(`request: ${url}`);
    });

    await page.getByRole("link", { name: "what clients saw" }).click();
    await page.waitForURL(linearizability);
    assert.match(await page.locator("#verdict").textContent(), /linearizable|unknown/);
    assert.ok(await page.locator("#parts button").count() > 0, "a key is shown");
    const operations = page.locator("#canvas .op");
    assert.ok(await operations.count() > 0, "operations are drawn");
    await operations.first().hover();
    assert.ok(await page.locator("#tip").isVisible());
    await look(page, "linearizability");

    await page.getByRole("link", { name: "timeline of the run" }).click();
    await page.waitForURL(timeline);
    await page.waitForFunction(() => window.timeline);
    await look(page, "timeline-kv");
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it("are not promised where there is only one", async () => {
    const complaints = [];
    const page = await open(pageAt("TIMELINE_HTML"), complaints);
    assert.equal(await page.getByRole("link").count(), 0);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});

describe("the page of a live run", () => {
  let page;
  let complaints;

  beforeEach(async () => {
    complaints = [];
    page = await open(pageAt("TIMELINE_LIVE_HTML"), complaints);
  });

  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(complaints, []);
  });

  const roleAt = async (server, at) => {
    await ask(page, (time) => window.timeline.select(null, time), at * SECOND);
    return page.locator("#states tr").nth(server).locator("td").nth(1).textContent();
  };

  it("says that it is one, and opens at the answer that fits nowhere", async () => {
    assert.match(await page.locator(".facts").textContent(), /live run, real clock/);
    assert.match(await page.locator(".banner .where").textContent(), /safety:linearizable at .+ · server 2/);
    const { start, end } = await view(page);
    const at = await failureTime(page);
    assert.ok(start < at && at < end);
    await page.keyboard.press("f");
    await says(page, "#item", /client 77: get x1.+asked server 2/);
    await says(page, "#log h2", /server 2/);
    await look(page, "timeline-live-failure");
  });

  it("shows who leads, and a lane of nobody while a server is down", async () => {
    assert.equal(await roleAt(0, 4), "leader");
    assert.equal(await roleAt(0, 6), "crashed");
    assert.equal(await roleAt(0, 6.8), "–", "what it is nobody knows until it says so");
    assert.equal(await roleAt(0, 8), "not leader");
    assert.equal(await roleAt(1, 16.2), "crashed", "it ended by itself");
    assert.equal(await roleAt(2, 9), "leader", "so it thinks, cut off");
    await ask(page, () => window.timeline.fitAll());
    await look(page, "timeline-live");
  });

  it("shows each fault on the lanes that it hits", async () => {
    await ask(page, () => window.timeline.fitAll());
    const faults = await ask(page, () => [1, 2, 3].map((id) => {
      const { x, y } = window.timeline.positionOf({ type: "fault", id });
      return window.timeline.describe(window.timeline.itemAt(x, y)).title;
    }));
    assert.deepEqual(faults, ["server 2 is cut off", "server 1 stands still", "the disk of server 0 is slow"]);
  });

  it("shows what a server logged around a click", async () => {
    await ask(page, () => window.timeline.fitAll());
    const { x, y } = await ask(page, () => window.timeline.positionOf({ type: "band", server: 1, id: 0 }));
    await page.mouse.click(x, y);
    assert.equal(await page.locator("#log h2").textContent(), "What server 1 logged");
    assert.ok(await page.locator("#log li").count() > 10);
    assert.equal(await page.locator("#log a").getAttribute("href"), "logs/server-1.log");
  });

  it("has room for all lanes and clients in a narrow window", async () => {
    await page.setViewportSize({ width: 420, height: 800 });
    await page.waitForFunction(() => document.getElementById("base").width <= 420 * devicePixelRatio);
    assert.ok(await ask(page, () => document.documentElement.scrollWidth) <= 420);
    const { scrollHeight, clientHeight } = await ask(page, () => {
      const { scrollHeight, clientHeight } = document.getElementById("scroller");
      return { scrollHeight, clientHeight };
    });
    assert.ok(scrollHeight <= clientHeight, `${scrollHeight} pixels in ${clientHeight}`);
  });
});

describe("the same page without its script", () => {
  it("still tells what failed and the story", async () => {
    const complaints = [];
    const page = await open(pageAt("TIMELINE_HTML"), complaints, { javaScriptEnabled: false });
    assert.ok(await page.locator(".banner .sentence").isVisible());
    assert.ok((await page.locator("#story li").count()) > 0);
    await page.context().close();
    assert.deepEqual(complaints, []);
  });
});

describe("the page of a long run", () => {
  it("opens, draws the whole run and the smallest part of it, and answers", async (test) => {
    const complaints = [];
    const begin = performance.now();
    const page = await open(pageAt("TIMELINE_BIG_HTML"), complaints);
    const opened = performance.now() - begin;
    const { messages } = await ask(page, () => window.timeline.counts);

    const drawing = await ask(page, () => {
      const took = (act) => {
        const from = performance.now();
        act();
        return performance.now() - from;
      };
      const { start, end } = window.timeline.view;
      const whole = took(() => window.timeline.fitAll());
      const zooms = [];
      for (let part = 1; part > 1e-6; part /= 3) {
        const middle = (start + end) / 2, half = middle * part;
        zooms.push(took(() => window.timeline.show(middle - half, middle + half)));
      }
      return { whole, slowest: Math.max(...zooms), mean: zooms.reduce((a, b) => a + b) / zooms.length };
    });
    const times = Object.entries({ opened, ...drawing }).map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`);
    test.diagnostic(`${messages} messages: ${times.join(", ")}`);

    const whole = await ask(page, () => { window.timeline.fitAll(); return window.timeline.counts; });
    assert.ok(whole.inColumns > 0, "so many messages can't all be arrows");
    assert.ok(await page.locator("#omitted").innerText());
    const close = await ask(page, () => {
      window.timeline.jumpToFailure();
      return window.timeline.counts;
    });
    assert.ok(close.arrows + close.inColumns < whole.arrows + whole.inColumns);
    await page.keyboard.press("n");
    await page.keyboard.press("0");
    await page.mouse.move(600, 450);
    await page.mouse.wheel(0, -2000);
    await page.waitForFunction((count) => window.timeline.counts.arrows !== count, whole.arrows);
    assert.ok((await colours(page)).count > 20);
    await page.context().close();
    assert.deepEqual(complaints, []);
  });
});
