// The logs as boxes at the time of the cursor, with the term of each entry, as in the figures of the Raft paper.

const BOX_WIDTH = 25;
const BOXES_MOST = 30;
// How many entries after the disputed one are shown, if there are that many.
const BOXES_BEHIND = 3;
// Without one, this much of the row is for entries that are not known to be committed.
const UNCOMMITTED_PART = 0.6;

class BoxesPanel {
  constructor(run, onIndex) {
    this.run = run;
    this.table = document.getElementById("boxes");
    this.section = this.table.parentElement;
    this.section.hidden = !run.showsLogs;
    this.shown = "";
    this.table.addEventListener("click", (event) => {
      const { index } = event.target.closest("[data-index]")?.dataset ?? {};
      if (index) onIndex(Number(index));
    });
  }

  // Shows the logs at a time: around the index in question, or around the last one that is committed.
  show(time, disputed) {
    if (!this.run.showsLogs) return;
    this.isOfFailure = this.run.failures.some(({ index }) => index === disputed);
    const servers = this.run.states.map((_, server) => this.logAt(server, time));
    const last = Math.max(1, ...servers.map(({ terms }) => terms.length - 1));
    const room = Math.floor((this.section.clientWidth - 46) / BOX_WIDTH);
    const count = Math.min(BOXES_MOST, Math.max(4, room));
    const committed = Math.max(...servers.map(({ commit }) => commit));
    const wanted = disputed ? Math.max(Math.min(last, disputed + BOXES_BEHIND), disputed)
      : Math.min(last, committed + Math.floor(count * UNCOMMITTED_PART));
    const first = Math.max(1, wanted - count + 1);
    const end = Math.max(wanted, Math.min(last, first + count - 1));
    const shown = JSON.stringify([first, end, disputed, servers.map(({ terms, commit, snapshot, down }) => (
      [terms.slice(first, end + 1), commit, snapshot, down]))]);
    if (shown === this.shown) return;
    this.shown = shown;
    const rows = servers.map((log, server) => this.row(log, server, first, end, disputed));
    // What had the focus is made again, and has it again.
    const { index } = this.table.contains(document.activeElement) ? document.activeElement.dataset : {};
    this.table.replaceChildren(this.head(first, end, disputed), ...rows);
    if (index) this.table.querySelector(`button[data-index="${index}"]`)?.focus();
  }

  logAt(server, time) {
    const { log, down } = this.run.stateAt(server, time);
    return {
      terms: this.run.entries.at(server, time), down,
      commit: down ? 0 : log?.commit ?? 0, snapshot: log?.snapshot ?? 0,
    };
  }

  head(first, end, disputed) {
    const row = element("tr");
    row.append(element("th", first > 1 ? "…" : ""));
    for (let index = first; index <= end; index++) {
      const cell = element("th"), button = element("button", index);
      cell.scope = "col";
      button.type = "button";
      button.dataset.index = index;
      button.title = `History of index ${index}`;
      button.setAttribute("aria-pressed", index === disputed);
      cell.append(button);
      row.append(cell);
    }
    return row;
  }

  row({ terms, commit, snapshot, down }, server, first, end, disputed) {
    const row = element("tr", undefined, down ? "gone" : "");
    const name = element("th", server);
    name.scope = "row";
    row.append(name);
    if (terms.length === 1 && !snapshot && !down) {
      const cell = element("td", "empty", "empty");
      cell.colSpan = end - first + 1;
      row.append(cell);
      return row;
    }
    for (let index = first; index <= end; index++) {
      const cell = element("td");
      cell.dataset.index = index;
      if (index <= snapshot) {
        cell.className = "snapshot";
        cell.title = `in the snapshot up to ${snapshot}`;
      } else if (index < terms.length) {
        this.fill(cell, terms[index], index <= commit, index === disputed);
        cell.title = `server ${server}: entry ${index} ${termWords(terms[index])}${index <= commit ? ", committed" : ""}`;
      }
      row.append(cell);
    }
    return row;
  }

  fill(cell, term, committed, disputed) {
    cell.textContent = term || "?";
    cell.classList.add("entry");
    if (committed) cell.classList.add("committed");
    if (disputed) cell.classList.add(this.isOfFailure ? "disputed" : "chosen");
    cell.style.setProperty("--tint", `var(--tint-${term ? (term - 1) % TERM_HUES + 1 : 0})`);
  }
}
