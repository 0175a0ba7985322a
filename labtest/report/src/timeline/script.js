// The page: puts everything together, and starts it.

const THEME_KEY = "labtest.timeline.theme";

// Dark and light: as the system has it, until the button says otherwise.

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : systemIsDark.matches;
}

// A page from a file may have no storage; then the choice lasts as long as the page.
function remember(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch { /* It is only a convenience. */ }
}

function recall() {
  try {
    return localStorage.getItem(THEME_KEY);
  } catch {
    return null;
  }
}

// What does not occur in this run needs neither a legend nor a button.
function hideUnused(run) {
  const occurs = new Set();
  for (let id = 0; id < run.messages.count; id++) {
    occurs.add(KINDS[run.messages.kind[id]]);
    if (run.messages.reply[id]) occurs.add("replies");
    if (run.messages.fate[id] >= LOST) occurs.add("lost");
  }
  for (const button of document.querySelectorAll(".kinds button")) {
    button.hidden = !occurs.has(button.dataset.kind);
  }
  document.getElementById("to-failure").hidden = run.failures.length === 0;
  document.getElementById("to-cause").hidden = run.causes.length === 0;
  for (const id of ["election-before", "election-after"]) {
    document.getElementById(id).disabled = run.elections.length === 0;
  }
  const looks = new Set(run.faults.map((fault) => fault.looks));
  for (const role of new Set(run.bands.flat().map((band) => band.role))) looks.add(ROLE_NAMES[role]);
  if (run.unknowns.some((gaps) => gaps.some(({ start, end }) => end - start > run.endAt / 1000))) looks.add("unknown");
  for (const { outcome } of run.operations) looks.add(`operation ${outcome ?? "unknown"}`);
  if (run.faults.some((fault) => fault.fences.length > 0)) looks.add("fence");
  for (const line of document.querySelectorAll("[data-looks]")) line.hidden = !looks.has(line.dataset.looks);
  document.querySelector(".commit-legend").hidden = run.indexMax === 0 || !run.showsLogs;
  document.querySelector(".apply-legend").hidden = run.indexMax === 0;
}

// For a console or a test: the page's own doings by name, times in nanoseconds, points as the
// window has them.
function expose(timeline) {
  const drawn = (act) => (...values) => {
    const result = act(...values);
    timeline.draw();
    return result;
  };
  const corner = () => timeline.stage.getBoundingClientRect();
  window.timeline = {
    get view() { return { start: timeline.view.start, end: timeline.view.end }; },
    get selection() { return timeline.selection; },
    get counts() { return { ...timeline.picture.messages.counts, operationsInColumns: timeline.picture.operations.inColumns, messages: timeline.run.messages.count, labels: timeline.picture.labels.shown }; },
    get filter() {
      const { kinds, replies, lost, servers } = timeline.filter;
      return { kinds: [...kinds], replies, lost, servers: [...servers] };
    },
    show: drawn((start, end) => timeline.show(start, end)),
    fitAll: drawn(() => timeline.fitAll()),
    jumpToFailure: drawn(() => timeline.jumps.toFailure()),
    jumpToCause: drawn((direction) => timeline.jumps.alongCauses(direction)),
    jumpToElection: drawn((direction) => timeline.jumps.toElection(direction)),
    step: drawn((direction) => timeline.jumps.step(direction)),
    openHistory: drawn((index) => timeline.openHistory(index)),
    // The terms of the entries in a server's log at a time, by index from 1.
    entries: (server, at) => timeline.run.entries.at(server, at),
    // Until when each server is in the past of what is selected.
    get past() { return timeline.past.until; },
    get plays() { return timeline.player.plays; },
    setFilter: drawn((filter) => timeline.setFilter(filter)),
    select: drawn((item, at) => timeline.select(item, at)),
    release: drawn(() => timeline.release()),
    // The messages that are drawn as arrows now.
    arrows() {
      timeline.draw();
      return timeline.picture.messages.arrows.flatMap(({ spans, from, to }) => (
        [...spans.ids.slice(from, to)].filter((id) => timeline.filter.shows(id))));
    },
    describe: (item) => timeline.words.describe(item),
    itemAt(x, y) {
      timeline.draw();
      return timeline.picker.itemAt(x - corner().left, y - corner().top);
    },
    positionOf(item) {
      timeline.draw();
      const { x, y } = timeline.picker.position(item);
      return { x: x + corner().left, y: y + corner().top };
    },
  };
}

function main() {
  const theme = recall();
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  const run = new Run(JSON.parse(document.getElementById("run").textContent));
  hideUnused(run);
  const timeline = new Timeline(run);
  timeline.recolour();
  systemIsDark.addEventListener("change", () => timeline.recolour());
  new ResizeObserver(() => timeline.resize()).observe(timeline.scroller);
  listenToPointer(timeline);
  listenToOverview(timeline);
  listenToKeys(timeline);
  listenToButtons(timeline);
  listenToPrinter(timeline);
  timeline.draw();
  expose(timeline);
  // After what is drawn can be seen.
  requestAnimationFrame(() => setTimeout(() => timeline.opened()));
}

main();
