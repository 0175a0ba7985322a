"""What every client does while leaders are killed, and how it tells what it was told.

A program is given the ports of the servers. It counts until its input ends, and then prints one line of JSON,
which judge.py describes. Its connections are of two kinds:

* `plain:0`, `plain:1`: INCR, by a client that sends a write once. What it says of the outcome is counted. In
  between it sets a key of its own and reads it.
* `once:0`: ONCE, by a client as it comes, which may send a write as often as it likes. An increment is sent
  until it is acknowledged and then once more, so the counter must be exact.
"""

import json
import subprocess
import sys
import threading
import time

from ending import end_with_parent

PLAIN = ["plain:0", "plain:0", "plain:1"]
ONCE = ["once:0", "once:0"]
# Before a command that was not carried out is tried again.
PAUSE_S = 0.02
# An increment is not sent again for ever.
PATIENCE_S = 60.0


class Refused(Exception):
    """The command certainly had no effect and never will."""


class Unknown(Exception):
    """The command may have had an effect, or have it yet, once."""


def of_error(text):
    """What an answer of the server that is an error says about its command."""
    code = text.split(" ", 1)[0]
    if code == "UNKNOWN":
        return Unknown(text)
    if code in ("CLUSTERDOWN", "TRYAGAIN", "MOVED"):
        return Refused(text)
    return Exception(f"unexpected: {text}")


class OwnKey:
    """A key that one connection alone sets and reads."""

    def __init__(self, key):
        self.key = key
        self.sets = 0
        self.last = None
        # Each of them may take effect at any time.
        self.unknown = set()

    def set_and_get(self, execute):
        self.sets += 1
        value = str(self.sets)
        try:
            execute("SET", self.key, value)
            self.last = value
        except Unknown:
            self.unknown.add(value)
        except Refused:
            pass
        try:
            found = execute("GET", self.key)
        except (Unknown, Refused):
            return
        if found != self.last and found not in self.unknown:
            raise Exception(f"{self.key}: {self.last} was set last, and {found} is read")


class Work:
    """The counters, and what all connections are told of them."""

    def __init__(self):
        self.ends = threading.Event()
        self.lock = threading.Lock()
        self.counters = {key: {"acknowledged": 0, "unknown": 0} for key in PLAIN + ONCE}
        self.complaints = []

    def tell(self, key, outcome, count):
        with self.lock:
            self.counters[key][outcome] += count

    def count_plain(self, execute, key, requests, own):
        while not self.ends.is_set():
            try:
                execute("INCR", key)
                self.tell(key, "acknowledged", requests)
            except Unknown:
                self.tell(key, "unknown", requests)
                time.sleep(PAUSE_S)
            except Refused:
                time.sleep(PAUSE_S)
            if own is not None:
                own.set_and_get(execute)

    def count_once(self, execute, key):
        session = insist(execute, "SESSION")
        sequence = 0
        while not self.ends.is_set():
            sequence += 1
            words = ["ONCE", session, str(sequence), "INCR", key]
            first, again = insist(execute, *words), insist(execute, *words)
            self.tell(key, "acknowledged", 1)
            if first != again:
                raise Exception(f"{key}: increment {sequence} is answered with {first}, and then with {again}")

    def guarded(self, count, *arguments):
        """Whatever goes wrong is told."""
        try:
            count(*arguments)
        except Exception as error:
            with self.lock:
                self.complaints.append(f"{type(error).__name__}: {error}")


def run(command):
    """Runs a program that carries out a command: what it wrote, and its exit code.

    After a time in which any command is answered its outcome is unknown: redis-benchmark 7.0 sometimes turns
    in circles for ever when its connection breaks.
    """
    pipes = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    try:
        return subprocess.run(command, timeout=20, preexec_fn=end_with_parent, **pipes)
    except subprocess.TimeoutExpired as error:
        raise Unknown(str(error)) from error


def insist(execute, *words):
    """Sends a command until it is answered."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return execute(*words)
        except (Unknown, Refused):
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_S)


def main(sends_once, as_it_comes, requests=1, reads=True):
    """Works until the input ends, with connections that the first two make, given the ports of the servers.
    What they return carries out the words of a command; it raises Refused, Unknown, or what should not be.

    `requests` says how often a client sends an INCR that it is given, and `reads` whether it shows answers.
    """
    ports = [int(port) for port in sys.argv[1:]]
    work = Work()
    threads = []
    for number, key in enumerate(PLAIN):
        own = OwnKey(f"own:{number}") if reads else None
        arguments = (work.count_plain, sends_once(ports), key, requests, own)
        threads.append(threading.Thread(target=work.guarded, args=arguments))
    for key in ONCE:
        arguments = (work.count_once, as_it_comes(ports), key)
        threads.append(threading.Thread(target=work.guarded, args=arguments))
    for thread in threads:
        thread.start()
    sys.stdin.read()
    work.ends.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"counters": work.counters, "complaints": work.complaints}))
