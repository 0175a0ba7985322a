// What things are called: times, and each item of the picture in words.

// Digits after the point in threes, so that milli-, micro- and nanoseconds can be told apart.
function grouped(number) {
  const [whole, part] = number.split(".");
  return part ? `${whole}.${part.replace(/(\d{3})(?=\d)/g, "$1\u2009")}` : whole;
}

const exactTime = (time) => `${grouped((Math.max(0, time) / 1e9).toFixed(6))} s`;

function duration(time) {
  if (time >= 1e9) return `${(time / 1e9).toFixed(3)} s`;
  if (time >= 1e6) return `${(time / 1e6).toFixed(2)} ms`;
  if (time >= 1e3) return `${(time / 1e3).toFixed(1)} µs`;
  return `${Math.round(time)} ns`;
}

const REASONS = {
  chance: "lost by chance",
  cut: "lost: the link was cut",
  dead: "lost: the server was down",
  withheld: "withheld by the tester",
};

const plural = (count, one) => `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;

// An item in words: when, a title, and lines of detail.
class Words {
  constructor(run) {
    this.run = run;
  }

  describe(item) {
    return this[item.type](item);
  }

  message({ id }) {
    const { messages, texts } = this.run;
    const heartbeat = KINDS[messages.kind[id]] === "heartbeat";
    const name = heartbeat ? "heartbeat" : texts[messages.method[id]];
    const fate = messages.fate[id];
    const took = duration(messages.ended[id] - messages.sent[id]);
    const bytes = plural(messages.bytes[id], "byte");
    const copy = messages.copyOf[id] >= 0 ? `, a copy of call ${messages.copyOf[id]} made by the network` : "";
    const ending = fate === DELIVERED ? `arrived after ${took}`
      : fate === UNDER_WAY ? "still under way when the run ended"
        : `${REASONS[texts[fate - LOST]] ?? `lost: ${texts[fate - LOST]}`}, after ${took}`;
    return {
      at: messages.sent[id],
      title: `${name}${messages.reply[id] ? " reply" : ""}, server ${messages.from[id]} → server ${messages.to[id]}`,
      lines: [
        texts[messages.text[id]],
        { text: ending, alarm: fate >= LOST },
        `call ${messages.call[id]}${copy}, ${bytes}, sent at ${exactTime(messages.sent[id])}`,
      ],
    };
  }

  traffic({ server, from, to, counts, lost }) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const lines = counts.flatMap((count, kind) => (count ? [`${count} × ${KIND_NAMES[kind]}`] : []));
    if (lost) lines.push({ text: `${lost} of them lost`, alarm: true });
    return {
      at: from,
      title: `${plural(total, "message")} sent by server ${server} in ${duration(to - from)}`,
      lines: [...lines, "zoom in for the arrows"],
    };
  }

  band({ server, id }) {
    const band = this.run.bands[server][id];
    return {
      at: band.start,
      title: band.role === NOT_LEADER
        ? `server ${server} does not lead, term ${band.term}`
        : `server ${server} is ${ROLE_NAMES[band.role]} of term ${band.term}`,
      lines: [`from ${exactTime(band.start)} for ${duration(band.end - band.start)}`],
    };
  }

  level({ server, at }) {
    const { log, applied, term } = this.run.stateAt(server, at);
    if (!log) return { at, title: `server ${server} has applied up to ${applied ?? 0}`, lines: [] };
    return {
      at,
      title: `server ${server}: log up to ${log.lastIndex} (term ${log.lastTerm}), committed up to ${log.commit}`,
      lines: [
        `applied up to ${applied}, term ${term}${log.snapshot ? `, snapshot up to ${log.snapshot}` : ""}`,
        `since ${exactTime(at)}`,
      ],
    };
  }

  apply({ server, id }) {
    const { at, index, command } = this.run.applies[server][id];
    return { at, title: `server ${server} applies index ${index}`, lines: [command, exactTime(at)] };
  }

  snapshot({ server, id }) {
    const { at, index } = this.run.snapshots[server][id];
    return { at, title: `server ${server} has a snapshot up to index ${index}`, lines: [exactTime(at)] };
  }

  fault({ id }) {
    const { start, end, text, what, ended, sides } = this.run.faults[id];
    const until = ended ? `for ${duration(end - start)}` : "to the end of the run";
    const lines = [`from ${exactTime(start)} ${until}`];
    if (sides) lines.push(`who can talk with each other: ${sides}`);
    return { at: start, title: text || what, lines };
  }

  operation({ id }) {
    const { start, end, client, op, text, outcome, server, answer } = this.run.operations[id];
    const ending = outcome ? `${outcome} after ${duration(end - start)}` : "no answer before the end of the run";
    return {
      at: start,
      title: `client ${client}: ${text}`,
      lines: [
        { text: ending, alarm: outcome === "failed" },
        ...(answer === null ? [] : [`${outcome === "ok" ? "answer" : "why"}: ${answer}`]),
        ...(server === null ? [] : [`asked server ${server}`]),
        `operation ${op}, begun at ${exactTime(start)}`,
      ],
    };
  }

  note({ id }) {
    const { at, text } = this.run.notes[id];
    return { at, title: text, lines: [`step of the scenario at ${exactTime(at)}`] };
  }

  cause({ id }) {
    const { at, fact, wrong, text } = this.run.causes[id];
    const what = wrong ? `${fact}: this should not have happened` : fact;
    return { at, title: text, lines: [{ text: `${id + 1} of ${this.run.causes.length}, ${what}`, alarm: wrong }, exactTime(at)] };
  }

  failure({ id }) {
    const { at, text, place, operation } = this.run.failures[id];
    const asked = operation === null ? null : this.operation({ id: operation });
    return { at, title: text, lines: [{ text: place, alarm: true }, ...(asked ? [asked.title, ...asked.lines] : [])] };
  }
}
