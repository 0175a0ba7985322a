// What ci/clients/python/work.py is for clients in Python: the same counters, the same report.

import { setTimeout as pause } from "node:timers/promises";

const PLAIN = ["plain:0", "plain:0", "plain:1"];
const ONCE = ["once:0", "once:0"];
// Before a command that was not carried out is tried again.
const PAUSE_MS = 20;
// An increment is not sent again for ever.
const PATIENCE_MS = 60_000;

// The command certainly had no effect and never will.
export class Refused extends Error {}

// The command may have had an effect, or have it yet, once.
export class Unknown extends Error {}

// What an answer of the server that is an error says about its command.
export function ofError(text) {
  const code = text.split(" ", 1)[0];
  if (code === "UNKNOWN") return new Unknown(text);
  if (["CLUSTERDOWN", "TRYAGAIN", "MOVED"].includes(code)) return new Refused(text);
  return new Error(`unexpected: ${text}`);
}

// A key that one connection alone sets and reads.
class OwnKey {
  sets = 0;
  last = null;
  // Each of them may take effect at any time.
  unknown = new Set();

  constructor(key) {
    this.key = key;
  }

  async setAndGet(execute) {
    const value = String((this.sets += 1));
    try {
      await execute("SET", this.key, value);
      this.last = value;
    } catch (error) {
      if (error instanceof Unknown) this.unknown.add(value);
      else if (!(error instanceof Refused)) throw error;
    }
    let found;
    try {
      found = await execute("GET", this.key);
    } catch (error) {
      if (error instanceof Unknown || error instanceof Refused) return;
      throw error;
    }
    if (found !== this.last && !this.unknown.has(found))
      throw new Error(`${this.key}: ${this.last} was set last, and ${found} is read`);
  }
}

// Sends a command until it is answered.
async function insist(execute, ...words) {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await execute(...words);
    } catch (error) {
      const mayPass = error instanceof Unknown || error instanceof Refused;
      if (!mayPass || performance.now() > until) throw error;
      await pause(PAUSE_MS);
    }
  }
}

// Works until the input ends, with connections that these two make, given the ports of the servers. What they
// promise carries out the words of a command; it throws Refused, Unknown, or what should not be.
export async function main(sendsOnce, asItComes) {
  const ports = process.argv.slice(2).map(Number);
  const counters = {};
  for (const key of [...PLAIN, ...ONCE]) counters[key] = { acknowledged: 0, unknown: 0 };
  const complaints = [];
  let ends = false;

  async function countPlain(key, own) {
    const execute = await sendsOnce(ports);
    while (!ends) {
      try {
        await execute("INCR", key);
        counters[key].acknowledged += 1;
      } catch (error) {
        if (error instanceof Unknown) counters[key].unknown += 1;
        else if (!(error instanceof Refused)) throw error;
        await pause(PAUSE_MS);
      }
      await own.setAndGet(execute);
    }
  }

  async function countOnce(key) {
    const execute = await asItComes(ports);
    const session = await insist(execute, "SESSION");
    for (let sequence = 1; !ends; sequence += 1) {
      const words = ["ONCE", session, String(sequence), "INCR", key];
      const first = await insist(execute, ...words);
      const again = await insist(execute, ...words);
      counters[key].acknowledged += 1;
      if (first !== again)
        throw new Error(`${key}: increment ${sequence} is answered with ${first}, and then with ${again}`);
    }
  }

  const workers = [
    ...PLAIN.map((key, number) => countPlain(key, new OwnKey(`own:${number}`))),
    ...ONCE.map((key) => countOnce(key)),
  ];
  // Whatever goes wrong is told.
  const guarded = workers.map((worker) => worker.catch((error) => complaints.push(String(error))));
  process.stdin.resume().on("end", () => (ends = true));
  await Promise.all(guarded);
  console.log(JSON.stringify({ counters, complaints }));
  process.exit(0);
}
