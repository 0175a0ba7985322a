// Makes pictures of a timeline.html, light and dark, as the README has them:
//
//   node picture.mjs PAGE OUT [BEGIN END]   writes OUT-light.png and OUT-dark.png
//
// BEGIN and END are seconds from the start of the run; without them it is the page as it opens. SIZE=1500x960 is another
// size of the window.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const SECOND = 1e9;
const [, , path, out, begin, end] = process.argv;
const [width, height] = (process.env.SIZE ?? "1400x840").split("x").map(Number);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu"],
});
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(pathToFileURL(resolve(path)).href);
  await page.waitForFunction(() => window.timeline);
  if (end) await page.evaluate(([from, to]) => window.timeline.show(from, to), [begin * SECOND, end * SECOND]);
  await page.evaluate(() => window.timeline.arrows()); // Draws what is to be drawn.
  await page.screenshot({ path: `${out}-${colorScheme}.png` });
}
await browser.close();
