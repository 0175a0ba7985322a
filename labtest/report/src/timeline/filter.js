// Which messages are shown.
class Filter {
  constructor(run) {
    this.run = run;
    this.kinds = new Set(KINDS);
    this.replies = true;
    this.lost = true;
    // The servers whose messages are shown; none means all.
    this.servers = new Set();
  }

  showsClass(number) {
    return this.kinds.has(KINDS[number % KINDS.length]) && (number < KINDS.length || this.replies);
  }

  // Whether an event is one of those shown.
  showsItem(item) {
    if (item.type === "message") return this.showsClass(this.run.messages.classOf(item.id)) && this.shows(item.id);
    return item.server === undefined || this.servers.size === 0 || this.servers.has(item.server);
  }

  // Of a message whose class is shown.
  shows(id) {
    const { messages } = this.run;
    return (this.lost || messages.fate[id] < LOST)
      && (this.servers.size === 0 || this.servers.has(messages.from[id]) || this.servers.has(messages.to[id]));
  }

  // Changes what is shown, and the buttons with it.
  set({ kinds, replies, lost, servers }) {
    if (kinds) this.kinds = new Set(kinds);
    if (replies !== undefined) this.replies = replies;
    if (lost !== undefined) this.lost = lost;
    if (servers) this.servers = new Set(servers);
    for (const button of document.querySelectorAll(".kinds button")) {
      const { kind } = button.dataset;
      button.setAttribute("aria-pressed", this[kind] ?? this.kinds.has(kind));
    }
    document.querySelectorAll("#servers button").forEach((button, server) => {
      button.setAttribute("aria-pressed", this.servers.has(server));
    });
  }

  toggleServer(server) { this.set({ servers: toggled(this.servers, server) }); }

  toggleKind(kind) {
    if (kind === "replies" || kind === "lost") this.set({ [kind]: !this[kind] });
    else this.set({ kinds: toggled(this.kinds, kind) });
  }
}

function toggled(set, one) {
  const result = new Set(set);
  if (!result.delete(one)) result.add(one);
  return result;
}
