/** An element; text is set as text, so nothing in a history is ever read as markup. */
function make(tag, classes, text) {
  const element = document.createElement(tag);
  element.className = classes || "";
  if (text !== undefined) element.textContent = text;
  return element;
}
function makeSvg(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (text !== undefined) element.textContent = text;
  return element;
}
function place(element, left, top, width, height) {
  element.style.left = left + "px";
  if (top !== undefined) element.style.top = top + "px";
  if (width !== undefined) element.style.width = width + "px";
  if (height !== undefined) element.style.height = height + "px";
  return element;
}
function duration(ns) {
  for (const [unit, name] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]])
    if (Math.abs(ns) >= unit) return +(ns / unit).toFixed(3) + " " + name;
  return ns + " ns";
}
/** How many parts have a button; all are in the list. */
const BUTTONS = 24;
const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
const verdictClass = (verdict) => ({ "linearizable": "yes", "not linearizable": "no" })[verdict] || "maybe";
const label = (part) => part.key === "" ? "(everything)" : part.key;

const onlyCore = () => find("show").value === "core" && part.core.length > 0;
/** One row for each client, more where it has operations open at once; the contradiction on top. */
function layOut() {
  const core = new Set(part.core), coreClients = new Set(part.core.map((number) => part.operations[number].client));
  const byClient = new Map();
  part.operations.forEach((operation, number) => {
    const next = part.operations[number + 1];
    const open = next && next.client === operation.client ? next.from_rank : part.times.length;
    operation.end_rank = operation.to_rank === null ? open : operation.to_rank;
    if (onlyCore() && !core.has(number)) return;
    if (!byClient.has(operation.client)) byClient.set(operation.client, []);
    byClient.get(operation.client).push(number);
  });
  const isShown = new Array(part.times.length).fill(0);
  for (const numbers of byClient.values())
    for (const number of numbers) {
      const { from_rank, to_rank } = part.operations[number];
      isShown[from_rank] = 1;
      if (to_rank !== null) isShown[to_rank] = 1;
    }
  shownBefore = [0];
  for (const one of isShown) shownBefore.push(shownBefore.at(-1) + one);
  if (part.times.length === 0) shownBefore.push(1);
  rows = new Map();
  byRow = [];
  clients = [];
  for (const important of [true, false])
    for (const [client, numbers] of byClient)
      if (coreClients.has(client) === important) addClient(client, numbers, important);
}
function addClient(client, numbers, isInCore) {
  const first = byRow.length;
  clients.push({ client, isInCore, row: first });
  const ends = [];
  for (const number of numbers) {
    const operation = part.operations[number];
    let row = ends.findIndex((end) => end <= operation.from_rank);
    if (row < 0) row = byRow.push([]) - 1 - first;
    ends[row] = operation.end_rank;
    byRow[first + row].push(number);
    rows.set(number, first + row);
  }
}
const topOf = (number) => TOP + rows.get(number) * ROW + 5;

/** Gives the canvas the size of everything, which says how far can be scrolled. */
function stretch() {
  place(canvas, 0, 0, MARGIN * 2 + length() * scale, TOP + byRow.length * ROW + 8);
}

/** Draws what can be seen, and some more on each side: never more, or thousands of rows take minutes. */
function draw() {
  isDue = false;
  stretch();
  const width = canvas.offsetWidth, height = canvas.offsetHeight, more = 400;
  const left = view.scrollLeft - more, right = view.scrollLeft + view.clientWidth + more;
  const top = Math.max(0, view.scrollTop - more), bottom = view.scrollTop + view.clientHeight + more;
  const all = [...drawFaults(left, right, width)];
  const rowAt = (y) => Math.min(Math.max(Math.floor((y - TOP) / ROW), 0), byRow.length);
  const firstRow = rowAt(top), endRow = rowAt(bottom + ROW);
  for (let row = firstRow; row < endRow; row++) all.push(place(make("div", "lane"), 0, TOP + row * ROW));
  all.push(place(make("div", "ruler"), 0, view.scrollTop));
  for (const [x, text] of ticks(left, right))
    all.push(place(make("div", "tick"), x), place(make("div", "time", text), x, view.scrollTop));
  if (part.misfit !== null)
    all.push(place(make("div", "until"), xOfRank(part.operations[part.misfit].to_rank)));
  const core = new Set(part.core);
  for (let row = firstRow; row < endRow; row++)
    for (const number of byRow[row]) all.push(...drawOperation(number, core, left, right, width));
  all.push(drawOrder(left, Math.min(right, width), top, Math.min(bottom, height)));
  canvas.replaceChildren(...all);
  drawNames(endRow);
}
let isDue = false;
function drawSoon() {
  if (!isDue) requestAnimationFrame(draw);
  isDue = true;
}
function drawNames(endRow) {
  // Above them is the ruler.
  const isSeen = (row) => row < endRow && TOP + row * ROW + 4 > view.scrollTop + 20;
  const shown = clients.filter(({ row }) => isSeen(row));
  names.style.transform = `translateY(${-view.scrollTop}px)`;
  names.replaceChildren(...shown.map(({ client, isInCore, row }) => {
    const name = make("div", isInCore ? "core" : "", "client " + client);
    name.style.top = TOP + row * ROW + 7 + "px";
    return name;
  }));
}
function drawFaults(left, right, width) {
  const bands = [];
  for (const fault of page.faults) {
    const from = Math.max(xOfTime(fault.from), 0), to = Math.min(xOfTime(fault.to), width);
    if (to < left || from > right || to < from) continue;
    const band = place(make("div", "fault"), from, undefined, Math.max(to - from, 2));
    band.append(make("span", "", fault.label));
    band.tip = () => ["fault: " + fault.label, [["from", duration(fault.from)], ["to", duration(fault.to)]]];
    bands.push(band);
  }
  return bands;
}
function drawOperation(number, core, left, right, width) {
  const operation = part.operations[number], top = topOf(number), drawn = [];
  const from = xOfRank(operation.from_rank), to = Math.max(xOfRank(operation.end_rank), from + 8);
  if (operation.to_rank === null) drawn.push(place(make("div", "tail"), from, top + DOT, width - from));
  if (to < left || from > right) return drawn;
  const bar = place(make("div", "op"), from, top, to - from);
  bar.append(make("span", "", operation.text));
  bar.classList.toggle("placed", operation.point !== null);
  bar.classList.toggle("unknown", operation.to_rank === null);
  bar.classList.toggle("core", core.has(number));
  bar.classList.toggle("misfit", number === part.misfit);
  bar.tip = () => describe(operation, number);
  bar.id = "op" + number;
  drawn.push(bar);
  return drawn;
}

/** The order, through a point on each operation that it has, as far as it passes what is drawn. */
function drawOrder(left, right, top, bottom) {
  const width = Math.max(right - left, 1), height = Math.max(bottom - top, 1);
  const svg = makeSvg("svg", { id: "path", width, height, viewBox: `${left} ${top} ${width} ${height}` });
  place(svg, left, top);
  const lines = [], dots = [];
  let before = null;
  const isApart = (a, b, low, high) => Math.max(a, b) < low || Math.min(a, b) > high;
  part.order.forEach((number, place) => {
    if (!rows.has(number)) return;
    const x = xOfRank(part.operations[number].point), y = topOf(number) + DOT;
    if (before && !isApart(before[0], x, left, right) && !isApart(before[1], y, top, bottom))
      lines.push(`M${before[0]} ${before[1]}L${x} ${y}`);
    if (x >= left && x <= right && y >= top && y <= bottom) {
      const digits = String(place + 1), radius = 6 + 2.4 * Math.max(0, digits.length - 1);
      dots.push(makeSvg("circle", { cx: x, cy: y, r: radius }), makeSvg("text", { x, y: y + 3.4 }, digits));
    }
    before = [x, y];
  });
  svg.append(makeSvg("path", { d: lines.join("") }), ...dots);
  return svg;
}

/** The place of each operation in the order, from 0. */
let placeOf;
function describe(operation, number) {
  const facts = [["client", operation.client], ["invoked", duration(operation.from)]];
  facts.push(["returned", operation.to === null ? "never: may have taken effect at any time since, or not"
    : duration(operation.to) + (operation.answered ? "" : " at the latest: its effect was seen, its answer was not")]);
  const place = placeOf.get(number);
  if (place !== undefined) {
    const before = place === 0 ? part.initial : part.operations[part.order[place - 1]].state;
    facts.push(["order", place + 1], ["state before", before], ["state after", operation.state]);
  } else {
    facts.push(["order", number === part.misfit ? "fits nowhere" : "not placed"]);
    if (number === part.misfit && part.reason) facts.push(["why", part.reason]);
  }
  return [operation.text, facts];
}

function finding() {
  const total = part.operations.length, placed = part.order.length;
  if (part.verdict === "linearizable") return `All answers are explained by this order of ${count(placed, "operation")}.`;
  if (part.misfit !== null)
    return "What returned before the dashed line can be put in order, as numbered; "
      + `together with “${part.operations[part.misfit].text}” of client ${part.operations[part.misfit].client} it cannot.`;
  return part.verdict === "undecided" ? `Not decided. The order that got furthest places ${placed} of ${count(total, "operation")}.`
    : `No order explains all answers. The one that got furthest places ${placed} of ${count(total, "operation")}.`;
}

function showCore() {
  const section = find("core");
  section.replaceChildren();
  if (part.core.length === 0) return;
  const these = part.core.length === 1 ? "No order explains this operation" : `These ${part.core.length} contradict each other`;
  section.append(make("p", "", `${these}, even if every other operation may take effect at any time since its invocation, or never:`));
  const list = make("ol");
  for (const number of part.core) {
    const operation = part.operations[number], item = make("li");
    const button = make("button", number === part.misfit ? "misfit" : "", operation.text);
    button.onclick = () => reveal(number);
    item.append(button, make("small", "", `  client ${operation.client}, ${duration(operation.from)} – ${duration(operation.to)}`));
    list.append(item);
  }
  section.append(list);
}

function reveal(number) {
  const operation = part.operations[number];
  view.scrollTo(xOfRank(operation.from_rank) - view.clientWidth / 3, topOf(number) - view.clientHeight / 2);
  draw();
  const bar = find("op" + number);
  if (bar) {
    bar.classList.add("flash");
    setTimeout(() => bar.classList.remove("flash"), 900);
  }
}

function zoom(factor, center) {
  const x = center === undefined ? view.clientWidth / 2 : center;
  const at = (view.scrollLeft + x - MARGIN) / scale;
  scale = Math.min(Math.max(scale * factor, fitted), fitted * 1e7);
  stretch();
  view.scrollLeft = at * scale + MARGIN - x;
  draw();
}

/** Everything if it is readable so; else the surroundings of what is of interest. */
function fit() {
  fitted = Math.max(view.clientWidth - 2 * MARGIN, 100) / length();
  scale = fitted;
  stretch();
  view.scrollLeft = 0;
}
function start() {
  fit();
  const readable = EVENT_WIDTH * shownBefore.at(-1) / (view.clientWidth || 1000);
  if (readable > 1) scale = fitted * Math.min(readable, 1e4);
  stretch();
  if (part.misfit !== null) {
    const returns = xOfRank(part.operations[part.misfit].to_rank);
    view.scrollTo(returns - view.clientWidth * 0.8, topOf(part.misfit) + 2 * ROW - view.clientHeight);
  }
  draw();
}

function select(number) {
  part = page.parts[number];
  placeOf = new Map(part.order.map((number, place) => [number, place]));
  [...find("parts").children].forEach((button, place) => button.setAttribute("aria-pressed", place === number));
  find("part").value = String(number);
  find("finding").replaceChildren(finding());
  if (part.reason) find("finding").append(make("br"), make("b", "", "Why: "), part.reason + ".");
  find("show").parentElement.hidden = part.core.length === 0;
  showCore();
  layOut();
  start();
}

find("verdict").textContent = page.verdict;
find("verdict").classList.add(verdictClass(page.verdict));
find("summary").textContent = `${count(page.operations, "operation")} in ${count(page.parts.length + page.named.length + page.left_out, "part")}, ${count(page.steps, "step")}`
  + (page.left_out ? `; ${count(page.left_out, "part")} not named here` : "");
for (const { address, text } of page.links) {
  const link = make("a", "", text);
  link.href = address;
  find("links").append(link);
}
page.parts.slice(0, BUTTONS).forEach((part, number) => {
  const button = make("button", verdictClass(part.verdict), `${label(part)} (${part.operations.length})`);
  button.title = `${label(part)}: ${part.verdict}`;
  button.onclick = () => select(number);
  find("parts").append(button);
});
/** All parts that have the wanted text in their name, to choose from. */
function offer() {
  const wanted = find("wanted").value.toLowerCase(), marks = { yes: "✓", no: "✗", maybe: "?" };
  const option = (part, operations, value) => {
    const choice = make("option", "", `${marks[verdictClass(part.verdict)]} ${label(part)} (${operations})`);
    choice.value = value;
    return choice;
  };
  const isWanted = (part) => label(part).toLowerCase().includes(wanted);
  const drawn = page.parts.flatMap((part, number) => isWanted(part) ? [option(part, part.operations.length, number)] : []);
  const named = page.named.flatMap((part, number) => isWanted(part) ? [option(part, part.count + ", not on this page", "named " + number)] : []);
  find("part").replaceChildren(...drawn, ...named);
  find("part").value = String(page.parts.indexOf(part));
}
function choose(value) {
  if (!value.startsWith("named ")) return select(Number(value));
  const { key, verdict } = page.named[Number(value.slice(6))];
  find("finding").textContent = `“${key}” is ${verdict}. It is not on this page, which would be too large with it; `
    + `labtest check-history draws it first with --part ${JSON.stringify(key)}.`;
}
find("all").hidden = page.parts.length <= BUTTONS && page.named.length === 0;
find("wanted").oninput = offer;
find("part").onchange = (event) => choose(event.target.value);

find("in").onclick = () => zoom(1.6);
find("out").onclick = () => zoom(1 / 1.6);
find("fit").onclick = () => { fit(); draw(); };
find("axis").onchange = start;
find("show").onchange = () => { layOut(); start(); };
find("theme").onclick = () => {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = (root.dataset.theme || (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
};
view.onscroll = drawSoon;
onresize = () => { const ratio = scale / fitted; fitted = Math.max(view.clientWidth - 2 * MARGIN, 100) / length(); scale = fitted * ratio; draw(); };
view.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - view.getBoundingClientRect().left);
}, { passive: false });
view.onkeydown = (event) => ({ "+": () => zoom(1.6), "=": () => zoom(1.6), "-": () => zoom(1 / 1.6), "0": () => { fit(); draw(); } })[event.key]?.();
canvas.onpointermove = (event) => {
  const target = event.target.closest?.(".op, .fault");
  tip.hidden = !target;
  if (!target) return;
  const [title, facts] = target.tip(), list = make("dl");
  for (const [name, value] of facts) list.append(make("dt", "", name), make("dd", "", String(value)));
  tip.replaceChildren(make("b", "", title), list);
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + "px";
  tip.style.top = (event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 18) + "px";
};
canvas.onpointerleave = () => { tip.hidden = true; };
offer();
if (page.parts.length) select(0);
