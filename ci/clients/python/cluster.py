"""A cluster of three kvd servers in a folder that is thrown away, and what is done to them."""

import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ending import end_with_parent
from resp import Refused, ask, leader

SERVERS = 3
# Nothing that is waited for takes nearly as long, on a machine however busy.
PATIENCE_S = 90.0
# How often it is looked whether what is waited for is there.
INTERVAL_S = 0.02


class Failed(Exception):
    """What did not come about."""


def wait_for(what, condition):
    """Waits until the condition returns something that is true, and returns it."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(INTERVAL_S)
    raise Failed(f"waited {PATIENCE_S:.0f} s for {what}")


def free_ports(count):
    """Ports that nobody uses.

    They lie below those that the system gives to outgoing connections: while a server is down, the port of a
    client that connects to it could otherwise be its very own, and the client would speak with itself.
    """
    ports = []
    for port in random.sample(range(10_000, 32_000), 10_000):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise Failed(f"no {count} ports are free")


@contextmanager
def stopping(*processes):
    """Processes do nothing while this is a context."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


class Server(NamedTuple):
    """One of the servers, as servers.json has it."""

    id: int
    client_port: int
    log_port: int


class Cluster:
    """A `kvd cluster --restart` that runs while this is a context."""

    def __init__(self, kvd):
        self.kvd = kvd
        ports = free_ports(2 * SERVERS)
        self.servers = [Server(id, ports[2 * id], ports[2 * id + 1]) for id in range(SERVERS)]

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="kvd-clients-")
        folder = Path(self.folder.name)
        config = folder / "servers.json"
        config.write_text(json.dumps([server._asdict() for server in self.servers]))
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.spawner = subprocess.Popen(
                [self.kvd, "cluster", "--restart", "--config", config, "--data", folder / "data"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )
        return self

    def __exit__(self, *_):
        self.spawner.terminate()
        try:
            self.spawner.wait(timeout=20)
        except subprocess.TimeoutExpired:
            # Its servers end with it.
            self.spawner.kill()
            self.spawner.wait()
        self.folder.cleanup()

    def last_lines(self, count=30):
        """What the servers said last."""
        return self.log.read_text(errors="replace").splitlines()[-count:]

    def leader(self):
        """The server that leads, or None."""
        if self.spawner.poll() is not None:
            raise Failed(f"kvd cluster ended with {self.spawner.returncode}")
        port = leader(server.client_port for server in self.servers)
        return next((server for server in self.servers if server.client_port == port), None)

    def pid(self, server):
        """The process of that server, or None."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                # After the name, which stands in brackets: state and parent.
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                words = (stat.parent / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == self.spawner.pid and b"--id" in words:
                if words[words.index(b"--id") + 1] == b"%d" % server.id:
                    return int(stat.parent.name)
        return None

    def values(self, keys):
        """The numbers that the leader has under those keys, or None where there is no leader."""
        server = self.leader()
        if server is None:
            return None
        try:
            return {key: int(ask(server.client_port, "GET", key) or 0) for key in keys}
        except (OSError, Refused):
            return None

    def leader_and_pid(self):
        """The server that leads, and its process."""
        server = wait_for("a leader", self.leader)
        return server, wait_for("the leader's process", lambda: self.pid(server))

    def stop_leader(self):
        """Stops the process of the server that leads until another one leads. Entries that it had begun are
        then replaced by others, or not."""
        server, stopped = self.leader_and_pid()
        others = [other.client_port for other in self.servers if other != server]
        with stopping(stopped):
            wait_for("another leader", lambda: leader(others))

    def stop_followers(self):
        """Stops the processes of all servers but the one that leads, until that one gives up a write. Its entry
        may be committed yet, and so may those of clients."""
        server, _ = self.leader_and_pid()
        others = [other for other in self.servers if other != server]

        def is_given_up():
            try:
                ask(server.client_port, "SET", "any", "thing", timeout_s=PATIENCE_S)
            except Refused:
                return True
            # The others had not stopped yet.
            return False

        with stopping(*(wait_for("a follower", lambda: self.pid(other)) for other in others)):
            wait_for("a write that is given up", is_given_up)

    def kill_leader(self):
        """Kills the process of the server that leads, and waits until another one leads, or the same in its
        next life. Returns the server, and the process that is no more."""
        server, killed = self.leader_and_pid()
        os.kill(killed, signal.SIGKILL)
        wait_for("the leader's end", lambda: self.pid(server) != killed)
        wait_for("another leader", self.leader)
        return server, killed

    def wait_until_back(self, server, killed):
        """Waits until that server answers again, in another process."""

        def is_back():
            try:
                is_another = self.pid(server) not in (None, killed)
                return is_another and ask(server.client_port, "PING") == b"PONG"
            except OSError:
                return False

        wait_for(f"server {server.id}, which is started again", is_back)
