"use strict";
const page = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const [view, canvas, names, tip] = ["view", "canvas", "shifted", "tip"].map(find);
const ROW = 42, TOP = 44, BAR = 24, DOT = BAR + 3, MARGIN = 40;
/** How wide an event should be at first, so that most operations can be read. */
const EVENT_WIDTH = 84;
let part, scale, fitted;
/** The row of each operation that is shown. */
let rows;
/** The operations of each row. */
let byRow;
/** Each client that is shown, with its first row. */
let clients;
/** By rank, how many events of shown operations come before it. */
let shownBefore;

/* The axis. Ranks count events; a time is at the rank between the events around it. */
const byTime = () => find("axis").value === "time";
const firstTime = () => part.times.length ? part.times[0] : 0;
function timeOf(rank) {
  const times = part.times, below = Math.min(Math.max(Math.floor(rank), 0), times.length - 1);
  if (times.length === 0) return 0;
  const above = Math.min(below + 1, times.length - 1);
  return times[below] + (times[above] - times[below]) * Math.min(rank - below, 1);
}
function rankOf(time) {
  const times = part.times;
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1; else high = middle;
  }
  if (low === 0) return times.length && time < times[0] ? -0.5 : 0;
  if (low === times.length) return times.length - 0.5;
  return low - 1 + (time - times[low - 1]) / (times[low] - times[low - 1]);
}
/** How far along the axis a rank is: by time, or by the events shown before it. */
function position(rank) {
  if (byTime()) return timeOf(rank) - firstTime();
  const below = Math.min(Math.max(Math.floor(rank), 0), shownBefore.length - 2);
  return shownBefore[below] + (shownBefore[below + 1] - shownBefore[below]) * (rank - below);
}
const xOfRank = (rank) => MARGIN + position(rank) * scale;
const xOfTime = (time) => byTime() ? MARGIN + (time - firstTime()) * scale : xOfRank(rankOf(time));
const length = () => Math.max(position(part.times.length), 1e-9);

function ticks(left, right) {
  const some = [];
  if (byTime()) {
    const least = 110 / scale, power = 10 ** Math.floor(Math.log10(least));
    const step = Math.max(1, power * [1, 2, 5, 10].find((times) => times * power >= least));
    for (let at = Math.max(0, Math.floor((left - MARGIN) / scale / step) * step); MARGIN + at * scale <= right; at += step)
      some.push([MARGIN + at * scale, duration(firstTime() + at)]);
  } else {
    let last = -Infinity;
    part.times.forEach((time, rank) => {
      const x = xOfRank(rank), isShown = shownBefore[rank + 1] > shownBefore[rank];
      if (!isShown || x - last < 110) return;
      last = x;
      if (x >= left && x <= right) some.push([x, duration(time)]);
    });
  }
  return some;
}
