// What is written beside the picture: the tooltip, the moment with every server's state, the story.

const HINT = matchMedia("(hover: none)").matches ? "Tap anything in the picture to read about it."
  : "Point at anything in the picture to read about it; click to keep it here.";

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// A title and lines of detail as paragraphs. Text is only ever set as text.
function paragraphs({ title, lines }, withoutTitle = false) {
  return [
    ...(withoutTitle ? [] : [element("p", title, "title")]),
    ...lines.map((entry) => element("p", entry.text ?? entry, entry.alarm ? "alarm" : "detail")),
  ];
}

class Tooltip {
  constructor(box) {
    this.box = box;
  }

  show(words, x, y, width, height) {
    this.box.replaceChildren(...paragraphs(words));
    this.box.hidden = false;
    const { offsetWidth, offsetHeight } = this.box;
    // Beside the pointer, on the side where there is room.
    const left = x + 16 + offsetWidth > width ? x - 16 - offsetWidth : x + 16;
    const top = y + 14 + offsetHeight > height ? y - 14 - offsetHeight : y + 14;
    this.box.style.left = `${Math.max(4, left)}px`;
    this.box.style.top = `${Math.max(4, top)}px`;
  }

  hide() { this.box.hidden = true; }
}

// The state of every server at a time, and the item that was asked about.
class MomentPanel {
  constructor(run, words, onItem, onIndex) {
    this.run = run;
    this.words = words;
    this.onItem = onItem;
    this.onIndex = onIndex;
    this.time = document.getElementById("moment-time");
    this.item = document.getElementById("item");
    this.earlier = document.getElementById("earlier");
    this.rows = run.states.map((_, server) => {
      const row = element("tr");
      row.append(element("td", server));
      for (let column = 0; column < 6; column++) row.append(element("td"));
      return row;
    });
    document.getElementById("states").replaceChildren(...this.rows);
    if (!run.showsLogs) {
      for (const row of [...this.rows, document.querySelector("#moment thead tr")]) {
        for (const column of [3, 4, 5]) row.cells[column].hidden = true;
      }
    }
  }

  // `open`: the index whose history is open.
  show(time, item, open) {
    this.time.textContent = exactTime(time);
    if (item) this.item.replaceChildren(...paragraphs(this.words.describe(item), isAbovePicture(item)));
    else this.item.replaceChildren(element("p", HINT, "detail hint"));
    if (item?.type === "message") this.addPartner(item.id);
    const index = indexOf(this.run, item);
    if (index && index !== open) this.addButton(`history of index ${index}`, () => this.onIndex(index));
    const tells = this.rows.map((row, server) => this.showServer(row, server, time));
    this.earlier.hidden = !tells.includes(true);
  }

  addPartner(id) {
    const { messages } = this.run;
    const partner = messages.partner(id);
    if (partner === undefined) return;
    const words = messages.reply[id] ? "← its request" : "its reply →";
    this.addButton(words, () => this.onItem({ type: "message", id: partner }));
  }

  addButton(words, act) {
    const button = element("button", words);
    button.type = "button";
    button.addEventListener("click", act);
    this.item.append(button);
  }

  // Whether an earlier life of the server is mentioned.
  showServer(row, server, time) {
    const { down, role, term, log, applied } = this.run.stateAt(server, time);
    row.className = down ? "gone" : "";
    const cell = element("span", down ? "crashed" : role === null ? "–" : ROLE_NAMES[role], "role");
    if (!down && role !== null) {
      const swatch = element("i");
      const hue = term > 0 ? (term - 1) % TERM_HUES + 1 : 0;
      swatch.style.setProperty("--tint", `var(--tint-${hue})`);
      swatch.style.setProperty("--solid", `var(--solid-${hue})`);
      cell.classList.add(ROLE_NAMES[role].replace(" ", "-"));
      cell.prepend(swatch);
    }
    row.cells[1].replaceChildren(cell);
    const values = [
      term ?? "–",
      !log || log.votedFor < 0 ? "–" : log.votedFor,
      log ? `${log.lastIndex}${log.lastIndex ? ` (${log.lastTerm})` : ""}` : "–",
      log ? log.commit : "–",
      applied ?? "–",
    ];
    values.forEach((value, place) => {
      // What a crashed server had in memory is gone; its term, vote and log are on its disk.
      row.cells[place + 2].textContent = down && place > 2 ? "–" : value;
    });
    return this.tellEarlierLife(row.cells[6], this.run.appliedBefore(server, time), down ? -1 : applied ?? 0);
  }

  // A restarted server applies from its snapshot on; what it applied before is shown beside it.
  tellEarlierLife(cell, before, applied) {
    const tells = before > Math.max(0, applied);
    cell.title = tells ? `applied up to ${before} in an earlier life` : "";
    if (tells) cell.append(element("small", ` (${before})`));
    return tells;
  }
}

// The list of the run's moments; the last one before the time in question is marked.
class Story {
  constructor(onMoment) {
    this.list = document.querySelector("#story ol");
    // The end of the run is not what anybody looks for.
    this.items = [...this.list.querySelectorAll("li:has(> button):not(.end)")];
    this.times = this.items.map((item) => Number(item.firstElementChild.dataset.at));
    this.marked = -1;
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) onMoment(Number(button.dataset.at));
    });
  }

  mark(time, scroll) {
    const place = firstWhere(this.times.length, (id) => this.times[id] > time) - 1;
    if (place !== this.marked) {
      this.list.querySelectorAll(".now").forEach((item) => item.classList.remove("now"));
      this.items[place]?.classList.add("now");
      this.items[place]?.closest(".fold")?.classList.add("now");
      this.marked = place;
    }
    if (!scroll || place < 0) return;
    // Only within the list: the page itself stays where it is.
    const { list } = this;
    const item = this.items[place].closest("details:not([open])")?.parentElement ?? this.items[place];
    const above = item.offsetTop - list.offsetTop;
    if (above < list.scrollTop || above + item.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = above - list.clientHeight / 2;
    }
  }
}

// Whether its title is above the picture anyway.
const isAbovePicture = ({ type, id }) => type === "failure" && id === 0;

// The index that an item is about, or none.
function indexOf(run, item) {
  switch (item?.type) {
    case "apply": return run.applies[item.server][item.id].index;
    case "snapshot": return run.snapshots[item.server][item.id].index;
    case "level": return run.stateAt(item.server, item.at).log?.lastIndex;
    case "failure": return run.failures[item.id].index ?? undefined;
    default: return undefined;
  }
}
