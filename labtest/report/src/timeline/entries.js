// The content of each log, entry by entry. A trace says where logs end, and the term of the last entry; the
// entries before it follow from what leaders appended and sent.

class Entries {
  constructor(run) {
    this.run = run;
    // For each server, by time: from when, how much of the log stayed, and the terms of what came after it; 0
    // where a term is not known.
    this.changes = run.states.map(() => []);
    this.appends = this.appendsByArrival();
    // By term: the longest log that its leader has had.
    this.led = new Map();
    this.collect();
  }

  // The requests with entries, by who got them and when.
  appendsByArrival() {
    const { messages } = this.run;
    const found = new Map();
    const { ids } = messages.classes[KINDS.indexOf("append")];
    for (const id of ids) {
      if (messages.fate[id] === DELIVERED) found.set(`${messages.to[id]} ${messages.ended[id]}`, id);
    }
    return found;
  }

  collect() {
    const steps = this.run.states.flatMap((states, server) => states.flatMap(
      (state, place) => (state.log ? [{ server, state, place }] : [])));
    // Stable: of one server, states of one time stay in their order.
    steps.sort((a, b) => a.state.at - b.state.at);
    const logs = this.run.states.map(() => [0]);
    for (const { server, state } of steps) {
      const own = logs[server];
      const { lastIndex, lastTerm } = state.log;
      if (own.length - 1 !== lastIndex || (lastIndex > 0 && own[lastIndex] !== lastTerm)) {
        const change = { ...this.change(server, state, own), snapshot: state.log.snapshot };
        this.changes[server].push(change);
        own.length = change.keep + 1;
        own.push(...change.terms);
      }
      if (state.role !== LEADER) continue;
      const led = this.led.get(state.term);
      if (!led || led.length < own.length) this.led.set(state.term, [...own]);
    }
  }

  // How a log has come to end where it ends now.
  change(server, { at, term, role, log: { lastIndex, lastTerm } }, own) {
    if (own[lastIndex] === lastTerm) return { at, term, keep: lastIndex, terms: [] };
    const source = role === LEADER ? undefined : this.led.get(term);
    if (source?.[lastIndex] === lastTerm) {
      const append = this.appends.get(`${server} ${at}`);
      const keep = append === undefined ? sharedLength(own, source) : this.keptFor(append, own, source);
      return { at, term, keep, terms: source.slice(keep + 1, lastIndex + 1), append };
    }
    const keep = Math.max(0, Math.min(own.length - 1, lastIndex - 1));
    // A leader appends entries of its own term; of others only the last one is known.
    const between = role === LEADER ? lastTerm : 0;
    return { at, term, keep, terms: [...Array(lastIndex - keep - 1).fill(between), lastTerm], leads: role === LEADER };
  }

  // What stays when a request is followed: everything in front of its entries, and those that are there already.
  keptFor(append, own, source) {
    const { messages, texts } = this.run;
    const after = /after (\d+) of term/.exec(texts[messages.text[append]]);
    if (!after) return sharedLength(own, source);
    let keep = Math.min(Number(after[1]), own.length - 1);
    while (keep + 1 < own.length && own[keep + 1] === source[keep + 1]) keep += 1;
    return keep;
  }

  // The terms of a server's entries at a time, by index from 1.
  at(server, time) {
    const terms = [0];
    for (const change of this.changes[server]) {
      if (change.at > time) break;
      terms.length = Math.min(terms.length, change.keep + 1);
      terms.push(...change.terms);
    }
    return terms;
  }
}

// How far two logs are the same.
function sharedLength(one, other) {
  let index = 0;
  while (index + 1 < one.length && index + 1 < other.length && one[index + 1] === other[index + 1]) index += 1;
  return index;
}
