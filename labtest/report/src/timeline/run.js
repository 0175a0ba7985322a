// The run: its data, unpacked, and what can be asked about a time or a stretch of time.

const KINDS = ["vote", "append", "heartbeat", "snapshot", "other"];
const KIND_NAMES = ["RequestVote", "AppendEntries", "heartbeat", "InstallSnapshot", "other"];
// The numbers of the roles, by which their names are found; a follower is 0.
const PRE_CANDIDATE = 1, CANDIDATE = 2, LEADER = 3, NOT_LEADER = 4;
const ROLE_NAMES = ["follower", "pre-candidate", "candidate", "leader", "not leader"];
const OUTCOMES = [null, "ok", "failed", "unknown"];
const DELIVERED = 0, UNDER_WAY = 1, LOST = 2;

// The first place in 0..length where `isPast` holds; it holds from some place on.
function firstWhere(length, isPast) {
  let low = 0, high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isPast(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// Things that last, sorted by their begin: finds those that touch a stretch of time.
class Spans {
  constructor(ids, startOf, endOf) {
    this.ids = ids;
    this.startOf = startOf;
    // The latest end so far never goes back, so that it can be searched in, which ends can't.
    this.latestEnd = new Float64Array(ids.length);
    let latest = -Infinity;
    ids.forEach((id, place) => {
      latest = Math.max(latest, endOf(id));
      this.latestEnd[place] = latest;
    });
  }

  // Places [from, to) of `ids`: all that touch start..end are in it, and few others.
  range(start, end) {
    const from = firstWhere(this.ids.length, (place) => this.latestEnd[place] >= start);
    const to = firstWhere(this.ids.length, (place) => this.startOf(this.ids[place]) > end);
    return [from, Math.max(from, to)];
  }
}

class Messages {
  constructor(rows) {
    const count = rows.length;
    this.count = count;
    const column = (type, place) => type.from({ length: count }, (_, id) => rows[id][place]);
    this.sent = column(Float64Array, 0);
    this.ended = column(Float64Array, 1);
    this.from = column(Uint16Array, 2);
    this.to = column(Uint16Array, 3);
    this.kind = column(Uint8Array, 4);
    this.reply = column(Uint8Array, 5);
    this.fate = column(Uint32Array, 6);
    this.call = column(Float64Array, 7);
    this.text = column(Uint32Array, 8);
    this.bytes = column(Float64Array, 9);
    this.copyOf = column(Float64Array, 10);
    this.method = column(Uint32Array, 11);

    // What is drawn alike: each kind's requests and its replies.
    const classes = Array.from({ length: 2 * KINDS.length }, () => []);
    for (let id = 0; id < count; id++) classes[this.classOf(id)].push(id);
    this.classes = classes.map((ids) => new Spans(
      Uint32Array.from(ids), (id) => this.sent[id], (id) => this.ended[id]));
  }

  classOf(id) {
    return this.kind[id] + (this.reply[id] ? KINDS.length : 0);
  }

  // The other half of the call: the reply of a request, the request of a reply.
  partner(id) {
    this.byCall ??= new Map(Array.from(this.call, (call, other) => [2 * call + this.reply[other], other]));
    return this.byCall.get(2 * this.call[id] + 1 - this.reply[id]);
  }
}

class Run {
  constructor(data) {
    this.servers = data.servers;
    this.endAt = Math.max(1, data.endAt);
    this.texts = data.texts;
    this.messages = new Messages(data.messages);
    this.states = data.states.map((rows) => rows.map((row) => ({
      at: row[0], term: row[1], role: row[2],
      log: row.length < 4 ? null : {
        votedFor: row[3], lastIndex: row[4], lastTerm: row[5],
        commit: row[6], applied: row[7], snapshot: row[8],
      },
    })));
    this.bands = data.bands.map((rows) => rows.map(
      ([start, end, role, term]) => ({ start, end, role, term })));
    this.applies = data.applies.map((rows) => rows.map(
      ([at, index, text]) => ({ at, index, command: data.texts[text] })));
    this.snapshots = data.snapshots.map((rows) => rows.map(([at, index]) => ({ at, index })));
    this.submits = data.submits.map(([at, server, index, term, text]) => (
      { at, server, index, term, command: data.texts[text] }));
    this.faults = data.faults;
    const textOf = (number) => (number < 0 ? null : data.texts[number]);
    this.operations = data.operations.map(([start, end, client, op, text, outcome, server, answer]) => ({
      start, end, client, op, text: textOf(text), outcome: OUTCOMES[outcome],
      server: server < 0 ? null : server, answer: textOf(answer),
    }));
    this.logs = data.logs;
    this.notes = data.notes;
    this.failures = data.failures;
    // What led to the failure, by time, and the place of the first of it that should not have been, or -1.
    this.causes = data.causes;
    this.cause = this.causes.findIndex(({ wrong }) => wrong);

    this.showsLogs = this.states.some((states) => states.some((state) => state.log));
    // The highest index in any log; 0 in a run that is about elections only.
    this.indexMax = Math.max(0,
      ...this.states.map((states) => states.reduce((most, state) => Math.max(most, state.log?.lastIndex ?? 0), 0)),
      ...this.applies.map((applies) => applies.reduce((most, apply) => Math.max(most, apply.index), 0)));
    this.faultSpans = new Spans(
      this.faults.map((_, id) => id), (id) => this.faults[id].start, (id) => this.faults[id].end);
    this.operationSpans = new Spans(
      this.operations.map((_, id) => id), (id) => this.operations[id].start, (id) => this.operations[id].end);
    this.crashes = Array.from({ length: this.servers }, (_, server) => this.faults.filter(
      (fault) => fault.looks === "crash" && fault.servers.includes(server)));
    // For the gap below each server but the last: the faults with a wall or a fence in it.
    this.walls = Array.from({ length: this.servers - 1 }, (_, gap) => this.faults.filter(
      (fault) => fault.walls.includes(gap) || fault.fences.includes(gap)));
    this.elections = this.findElections();
    this.unknowns = this.bands.map((_, server) => this.findUnknowns(server));
  }

  // The stretches in which a server is up and nobody knows its role.
  findUnknowns(server) {
    const known = [...this.bands[server], ...this.crashes[server]].sort((a, b) => a.start - b.start);
    const gaps = [];
    let last = 0;
    for (const { start, end } of known) {
      if (start > last) gaps.push({ start: last, end: start });
      last = Math.max(last, end);
    }
    if (last < this.endAt) gaps.push({ start: last, end: this.endAt });
    return gaps;
  }

  wallAt(gap, time) {
    return this.walls[gap].some((fault) => fault.start <= time && time <= fault.end);
  }

  // The moments at which an election begins or is won, each once.
  findElections() {
    const moments = [];
    const seen = new Set();
    this.bands.forEach((bands, server) => bands.forEach((band, id) => {
      if ([PRE_CANDIDATE, CANDIDATE, LEADER].includes(band.role)) moments.push({ at: band.start, server, id });
    }));
    moments.sort((a, b) => a.at - b.at);
    // Of several candidates of a term, the first one begins the election.
    return moments.filter(({ server, id }) => {
      const band = this.bands[server][id];
      const key = `${band.term} ${band.role === LEADER ? `leader ${server}` : "candidate"}`;
      return !seen.has(key) && seen.add(key);
    });
  }

  // The content of the logs; put together when first asked for.
  get entries() {
    this.knownEntries ??= new Entries(this);
    return this.knownEntries;
  }

  // How far a server had come before its present life, or 0.
  appliedBefore(server, time) {
    const begin = Math.max(0, ...this.crashes[server].filter(({ start }) => start <= time).map(({ start }) => start));
    let most = 0;
    for (const { at, index } of this.applies[server]) {
      if (at > begin) break;
      most = Math.max(most, index);
    }
    return most;
  }

  // The place of the last row not after `time`, or -1.
  lastBefore(rows, time) {
    return firstWhere(rows.length, (place) => rows[place].at > time) - 1;
  }

  isDown(server, time) {
    return this.crashes[server].some(({ start, end, ended }) => start <= time && (time < end || !ended));
  }

  bandAt(server, time) {
    const bands = this.bands[server];
    const place = firstWhere(bands.length, (id) => bands[id].start > time) - 1;
    // The last band includes the end of the run, others end where the next begins.
    return place >= 0 && (time < bands[place].end || bands[place].end === this.endAt) ? place : -1;
  }

  // All that is known of a server at a time.
  stateAt(server, time) {
    const band = this.bandAt(server, time);
    const state = this.states[server][this.lastBefore(this.states[server], time)];
    const apply = this.applies[server][this.lastBefore(this.applies[server], time)];
    return {
      down: this.isDown(server, time),
      role: band < 0 ? null : this.bands[server][band].role,
      term: band < 0 ? state?.term ?? null : this.bands[server][band].term,
      log: state?.log ?? null,
      applied: state?.log ? state.log.applied : apply?.index ?? null,
    };
  }
}
