"""Has a client count in a cluster whose leader is killed again and again, and judges the counters.

failovers.py KVD KILLS NAME COMMAND…
"""

import json
import random
import signal
import subprocess
import sys
import time

from cluster import PATIENCE_S, Cluster, Failed, wait_for
from ending import end_with_parent
from judge import complaints

# The counters of every client: see work.py.
KEYS = ["plain:0", "plain:1", "once:0"]


def wait_for_counting(cluster, client, increments):
    """Waits until every counter has grown, and all together by that much."""
    before = wait_for("the counters", lambda: cluster.values(KEYS))

    def have_grown():
        if client.poll() is not None:
            raise Failed(f"the client ended with {client.returncode}")
        now = cluster.values(KEYS)
        if now is None:
            return False
        growth = [now[key] - before[key] for key in KEYS]
        return min(growth) > 0 and sum(growth) >= increments

    wait_for("counters that grow", have_grown)


def fail_over(cluster, client, kills):
    """Stops servers for a while and kills leaders while the client counts, and waits each time until it counts
    again. At the end all servers are there."""
    wait_for_counting(cluster, client, 10)
    cluster.stop_followers()
    for _ in range(kills):
        # At no special moment.
        wait_for_counting(cluster, client, random.randint(10, 100))
        cluster.stop_leader()
        wait_for_counting(cluster, client, random.randint(10, 100))
        server, killed = cluster.kill_leader()
        wait_for_counting(cluster, client, 10)
        cluster.wait_until_back(server, killed)
    wait_for_counting(cluster, client, 10)


def run(cluster, command, kills):
    """The client's report, and the values of the counters after it ended."""
    wait_for("a leader", cluster.leader)
    ports = [str(server.client_port) for server in cluster.servers]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    client = subprocess.Popen(command + ports, **pipes, preexec_fn=end_with_parent)
    with client:
        try:
            fail_over(cluster, client, kills)
            output, _ = client.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Failed("the client does not end") from None
        finally:
            client.kill()
    if client.returncode != 0:
        raise Failed(f"the client ended with {client.returncode}")
    return json.loads(output), wait_for("the counters", lambda: cluster.values(KEYS))


def show(report, values):
    """What was acknowledged and what became of it, in a line."""

    def total(kind, what):
        return sum(counter[what] for key, counter in report["counters"].items() if key.startswith(kind))

    def value(kind):
        return sum(value for key, value in values.items() if key.startswith(kind))

    return (
        f"INCR {total('plain', 'acknowledged')} acknowledged, {total('plain', 'unknown')} unknown, "
        f"value {value('plain')}; ONCE {total('once', 'acknowledged')} acknowledged, value {value('once')}"
    )


def main(kvd, kills, name, *command):
    # So that servers and folder go, too, however this is ended.
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()
    with Cluster(kvd) as cluster:
        try:
            report, values = run(cluster, list(command), int(kills))
            found = complaints(report, values)
            shown = show(report, values)
        except Failed as failed:
            found, shown = [str(failed)], "no result"
        verdict = "FAIL" if found else "PASS"
        seconds = time.monotonic() - began
        print(f"{name:<17} {verdict}  {shown}; {kills} failovers, {seconds:.0f} s", flush=True)
        for sentence in found:
            print(f"    {sentence}")
        if found:
            print("    What the servers said last:")
            for line in cluster.last_lines():
                print(f"    {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
