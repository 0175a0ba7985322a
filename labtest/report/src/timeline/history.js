// The history of one index: who appended an entry there, stored it, dropped it, committed and applied it.

class IndexHistory {
  constructor(run) {
    this.run = run;
  }

  // Everything that happened at an index, by time: when, at which server, in words, and whether an entry was
  // lost that had been committed.
  of(index) {
    const { run } = this;
    const events = [...this.taken(index)];
    for (let server = 0; server < run.servers; server++) {
      events.push(...this.stored(server, index), ...this.committed(server, index),
        ...this.applied(server, index), ...this.covered(server, index));
    }
    events.sort((a, b) => a.at - b.at || a.rank - b.rank);
    this.accuse(events);
    return foldedLives(events);
  }

  taken(index) {
    return this.run.submits.filter((submit) => submit.index === index).map(({ at, server, term, command }) => (
      { at, server, rank: 0, term, text: `takes in ${command}, as the leader of term ${term}` }));
  }

  // Where it came into a log, and where it went.
  stored(server, index) {
    const found = [];
    const tell = (change, rank, term, text) => found.push({ at: change.at, server, rank, term, text });
    let own = 0, last = 0;
    for (const change of this.run.entries.changes[server]) {
      const before = index <= last ? own : undefined;
      last = change.keep + change.terms.length;
      if (index > change.keep) own = change.terms[index - change.keep - 1] ?? 0;
      const now = index <= last ? own : undefined;
      if (before === now) continue;
      const from = change.append === undefined ? "" : `, from server ${this.run.messages.from[change.append]}`;
      if (before !== undefined) {
        const instead = now === undefined ? "" : `, for one ${termWords(now)}${from}`;
        tell(change, 2, before, `drops its entry ${termWords(before)}${instead}`);
        found.at(-1).drops = true;
      } else if (index > change.snapshot && !this.wasTaken(server, index, change.at)) {
        const what = change.leads ? "appends an entry of its own," : "stores an entry";
        tell(change, 3, now, `${what} ${termWords(now)}${from}`);
      }
    }
    return found;
  }

  wasTaken(server, index, at) {
    return this.run.submits.some((submit) => submit.server === server && submit.index === index && submit.at === at);
  }

  committed(server, index) {
    const found = [];
    let before = 0;
    for (const { at, term, role, log } of this.run.states[server]) {
      if (!log) continue;
      if (before < index && log.commit >= index && log.snapshot < index) {
        const entry = this.run.entries.at(server, at)[index] ?? 0;
        const as = role === LEADER ? `, as the leader of term ${term}` : "";
        found.push({ at, server, rank: 4, term: entry, commits: true, text: `commits its entry ${termWords(entry)}${as}` });
      }
      before = log.commit;
    }
    return found;
  }

  applied(server, index) {
    return this.run.applies[server].flatMap((apply, id) => (apply.index !== index ? [] : [
      { at: apply.at, server, rank: 5, item: { type: "apply", server, id }, text: `applies ${apply.command}` }]));
  }

  // The first snapshot in which it is.
  covered(server, index) {
    const { snapshots } = this.run;
    const id = snapshots[server].findIndex((snapshot) => snapshot.index >= index);
    return id < 0 ? [] : [{
      at: snapshots[server][id].at, server, rank: 6, item: { type: "snapshot", server, id },
      text: `has it in a snapshot, up to ${snapshots[server][id].index}`,
    }];
  }

  // What is dropped though some server has committed it, and what is committed or applied beside it.
  accuse(events) {
    let first;
    for (const event of events) {
      // Of a term that is not known nothing can be said.
      if (!event.term) continue;
      if (event.commits) {
        first ??= event.term;
        event.wrong = event.term !== first;
      }
      if (event.drops) event.wrong = event.term === first;
    }
    const applies = events.filter(({ rank }) => rank === 5);
    for (const event of applies) event.wrong = event.text !== applies[0].text;
  }
}

const termWords = (term) => (term ? `of term ${term}` : "of a term that is not known");

// What a server repeats in each of its lives is shown once.
function foldedLives(events) {
  const first = new Map();
  const told = [];
  for (const event of events) {
    const key = `${event.server} ${event.text.replace(/, (from|as) .*/, "")}`;
    const before = first.get(key);
    if (before && event.rank >= 4) {
      before.again = (before.again ?? 0) + 1;
      continue;
    }
    first.set(key, event);
    told.push(event);
  }
  return told;
}

// The history beside the picture; each line leads to its moment.
class HistoryPanel {
  constructor(run, onEvent, onIndex, onClose) {
    this.run = run;
    this.history = new IndexHistory(run);
    this.section = document.getElementById("history");
    this.heading = this.section.querySelector("h2");
    this.list = this.section.querySelector("ol");
    this.index = null;
    this.events = [];
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) onEvent(this.events[[...this.list.children].indexOf(item)]);
    });
    this.section.querySelector(".close").addEventListener("click", onClose);
    for (const [name, step] of [["before", -1], ["after", 1]]) {
      this.section.querySelector(`.${name}`).addEventListener("click", () => onIndex(this.index + step));
    }
  }

  // Whether there is such an index.
  open(index) {
    if (index < 1 || index > this.run.indexMax) return false;
    if (this.index !== index) {
      this.index = index;
      this.events = this.history.of(index);
      this.heading.textContent = `History of index ${index}`;
      this.list.replaceChildren(...this.events.map((event) => this.row(event)));
    }
    this.section.hidden = false;
    this.list.scrollTop = 0;
    return true;
  }

  row({ at, server, text, again, wrong }) {
    const row = element("li", undefined, wrong ? "wrong" : "");
    const button = element("button");
    button.type = "button";
    const more = again ? ` (and in ${plural(again, "later life").replace("lifes", "lives")})` : "";
    const name = element("b");
    name.append(element("i", "server ", "unseen"), server);
    button.append(element("time", (at / 1e9).toFixed(3)), name, element("span", `${text}${more}`));
    button.title = `${exactTime(at)}, server ${server}`;
    row.append(button);
    return row;
  }

  close() {
    this.section.hidden = true;
    this.index = null;
  }

  // Marks what has happened until then.
  mark(time) {
    if (this.section.hidden) return;
    const now = this.events.findLastIndex(({ at }) => at <= time);
    [...this.list.children].forEach((row, place) => row.classList.toggle("now", place === now));
  }
}
