// The causal past of a moment: all that it can have come from. Everything else fades.

class Past {
  constructor(run) {
    this.run = run;
    // Arrivals, the latest first; made when first asked for.
    this.arrivals = null;
    // Until when what a server did is part of the past; none while nothing is faded.
    this.until = null;
    this.of = "";
  }

  // The past of what is selected, or none.
  follow(selection, serversOf) {
    const origin = selection && this.originOf(selection, serversOf);
    if (origin) this.show(origin.servers, origin.at);
    else this.clear();
  }

  // At which servers and when something happened: a message where it arrived, if it did; a fact where it was done.
  originOf({ item, at, log }, serversOf) {
    const { messages } = this.run;
    if (item?.type === "message" && messages.fate[item.id] === DELIVERED) {
      return { servers: [messages.to[item.id]], at: messages.ended[item.id] };
    }
    const servers = item ? serversOf(item) : [log?.server];
    const those = item?.type === "cause" ? servers.slice(0, 1) : servers;
    return those.some((server) => server >= 0) ? { servers: those, at } : null;
  }

  // Of these servers at that time.
  show(servers, time) {
    const of = `${servers.join()} ${time}`;
    if (of === this.of) return;
    this.of = of;
    const { messages } = this.run;
    this.arrivals ??= Uint32Array.from(
      Array.from({ length: messages.count }, (_, id) => id).filter((id) => messages.fate[id] === DELIVERED),
    ).sort((a, b) => messages.ended[b] - messages.ended[a]);
    this.until = this.run.states.map((_, server) => (servers.includes(server) ? time : -Infinity));
    // Backwards in one go: what brought a message about has come before its sending.
    for (const id of this.arrivals) {
      const { from, to, sent, ended } = messages;
      if (ended[id] <= this.until[to[id]] && sent[id] > this.until[from[id]]) this.until[from[id]] = sent[id];
    }
  }

  clear() {
    this.until = null;
    this.of = "";
  }

  has(id) {
    const { messages } = this.run;
    if (!this.until) return true;
    return messages.fate[id] === DELIVERED && messages.ended[id] <= this.until[messages.to[id]];
  }

  // Lays a veil over what is not part of it.
  paint(context, view, layout, palette) {
    if (!this.until) return;
    context.fillStyle = palette.paper;
    context.globalAlpha = 0.78;
    this.until.forEach((time, server) => {
      const lane = layout.lanes[server];
      const x = Math.max(view.left, view.x(Math.max(time, view.start)));
      if (x < view.right) context.fillRect(x, lane.boxTop, view.right - x, lane.boxBottom - lane.boxTop);
    });
    context.globalAlpha = 1;
    context.fillStyle = palette.focus;
    this.until.forEach((time, server) => {
      if (time < view.start || time > view.end) return;
      const { boxTop, boxBottom } = layout.lanes[server];
      context.fillRect(view.x(time) - 1, boxTop - 3, 2, boxBottom - boxTop + 6);
    });
  }
}
