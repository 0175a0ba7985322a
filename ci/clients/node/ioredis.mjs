// ioredis's Cluster counts.

import { Cluster } from "ioredis";
import { main, ofError, Refused, Unknown } from "./work.mjs";

async function connect(ports, options = {}) {
  const nodes = ports.map((port) => ({ host: "127.0.0.1", port }));
  const cluster = new Cluster(nodes, options);
  // It goes on after an error by itself; commands tell of theirs.
  cluster.on("error", () => {});
  return async (...words) => {
    try {
      return await cluster.call(...words);
    } catch (error) {
      if (error.name === "ReplyError") throw ofError(error.message);
      // "Too many Cluster redirections. Last error: …"
      const isRefused = /Last error: ReplyError: (CLUSTERDOWN|MOVED|TRYAGAIN) /.test(error.message);
      throw isRefused ? new Refused(error.message) : new Unknown(error.message);
    }
  };
}

// By itself it sends a command again, a tenth of a second after its connection was closed.
const sendsOnce = (ports) => connect(ports, { retryDelayOnFailover: 0 });

await main(sendsOnce, (ports) => connect(ports));
