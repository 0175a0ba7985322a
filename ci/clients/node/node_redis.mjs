// node-redis's cluster counts.

import { createCluster, ErrorReply } from "redis";
import { main, ofError, Unknown } from "./work.mjs";

async function connect(ports) {
  const rootNodes = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }));
  const cluster = createCluster({ rootNodes });
  // It connects again by itself; commands tell of their errors.
  cluster.on("error", () => {});
  cluster.on("node-error", () => {});
  await cluster.connect();
  return async (...words) => {
    // Of the words it knows no key, so it is told: any command is for the master.
    const key = { INCR: words[1], SET: words[1], GET: words[1], ONCE: words[4] }[words[0]];
    try {
      return await cluster.sendCommand(key, false, words);
    } catch (error) {
      if (error instanceof ErrorReply) throw ofError(error.message);
      throw new Unknown(error.message);
    }
  };
}

// It never sends a command again that was sent and not answered: one connection for all.
await main(connect, connect);
