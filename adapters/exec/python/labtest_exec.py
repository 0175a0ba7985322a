"""What stands between `labtest run --exec 'python3 raft.py'` and a Raft in Python.

A server is a subclass of `Server`. The tester calls its `on_...` methods, one at a time, and it answers with
`call`, `set_timer`, `persist`, `apply` and `note`. It must do the same whenever the same happens: take chance
from `self.rng` alone and time from `self.now_ns`, use no threads, and go through no set whose order is chance.

Commands and snapshots are texts in base64: pass them on as they are. Arguments, replies and the state are your
own: anything that `json` can write. With the names of Figure 2 the tester understands them, and checks more.
"""

import json
import random
import sys

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Server:
    NAME = "python raft"
    VERSION = ""
    # "rpc": servers call each other. "message": the same, as messages; an answer is one named "...Reply".
    STYLE = "rpc"
    CAN = ["reset"]

    def __init__(self, me, servers, seed, options):
        self.me = me
        self.servers = servers  # the numbers of all servers, this one included
        self.others = [server for server in servers if server != me]
        self.rng = random.Random(seed)
        self.options = options  # heartbeat_ms, election_timeout_min_ms, election_timeout_max_ms
        self.now_ns = 0
        self._out = []
        self._calls = {}
        self._next_call = 0

    # What happens.

    def on_boot(self, state, records, snapshot):
        """A life begins, with what an earlier one has persisted; None if none ever did."""

    def on_timer(self, name):
        """A timer is due."""

    def on_request(self, sender, method, args):
        """Another server calls: return the reply."""

    def on_reply(self, sender, method, result):
        """A call was answered."""

    def on_lost(self, sender, method):
        """A call was not, and never will be."""

    def on_start(self, command):
        """A client wants a command: return (index, term), or None if this server does not lead."""
        return None

    def on_snapshot(self, index, data):
        """The service has put everything up to `index` into a snapshot: the log up to there can go."""

    def state(self):
        """The present term, and whether this server leads."""
        return 0, False

    def inspect(self):
        """What the server looks like inside, for CAN = ["inspect"]: see docs/exec-protocol.md."""
        return {}

    # What a server does.

    def call(self, to, method, args):
        if self.STYLE == "message":
            self._write(type="send", to=to, method=method, body=args)
            return
        self._next_call += 1
        self._calls[self._next_call] = (to, method)
        self._write(type="call", call=self._next_call, to=to, method=method, args=args)

    def set_timer(self, name, after_ms):
        self._write(type="set_timer", id=name, after=int(after_ms * 1_000_000))

    def cancel_timer(self, name):
        self._write(type="cancel_timer", id=name)

    def persist(self, state, snapshot=None):
        """All that must survive a crash. What is done after it waits until it is on the disk."""
        if snapshot is None:
            self._write(type="persist", state=state)
        else:
            self._write(type="persist", state=state, snapshot=snapshot)

    def append(self, record):
        """A record behind what is persisted: `on_boot` gets all since the last `persist`."""
        self._write(type="append", record=record)

    def apply(self, index, term, command):
        self._write(type="apply", index=index, term=term, command=command)

    def apply_snapshot(self, index, term, data):
        self._write(type="apply_snapshot", index=index, term=term, data=data)

    def note(self, text):
        """Something for those who read about the run."""
        self._write(type="note", text=text)

    def fail(self, text):
        """Something is wrong: the run fails with this sentence."""
        self._write(type="fail", text=text)

    def _write(self, **line):
        self._out.append(_encode(line))

    # The lines.

    def _answer(self, line):
        self.now_ns = int(line["at"])
        kind = line["type"]
        done = {"type": "done"}
        if kind == "request":
            result = self.on_request(line["from"], line["method"], line["args"])
            self._write(type="reply", call=line["call"], result=result)
        elif kind == "reply":
            to, method = self._calls.pop(line["call"])
            if line.get("lost"):
                self.on_lost(to, method)
            else:
                self.on_reply(to, method, line["result"])
        elif kind == "message":
            self._message(line["from"], line["method"], line["body"])
        elif kind == "timer":
            self.on_timer(line["id"])
        elif kind == "start":
            started = self.on_start(line["command"])
            if started is None:
                done["not_leader"] = {}
            else:
                done["started"] = {"index": started[0], "term": started[1]}
        elif kind == "snapshot":
            self.on_snapshot(line["index"], line["data"])
        elif kind == "init":
            self.on_boot(line["state"], line["records"], line["snapshot"])
        elif kind == "inspect":
            done.update(self.inspect())
        elif kind != "state":
            raise ValueError(f"a line of an unknown type: {kind}")
        done["term"], done["is_leader"] = self.state()
        self._out.append(_encode(done))

    def _message(self, sender, method, body):
        if method.endswith("Reply"):
            self.on_reply(sender, method.removesuffix("Reply"), body)
        else:
            result = self.on_request(sender, method, body)
            self._write(type="send", to=sender, method=method + "Reply", body=result)


def run(server_class):
    """Answers the tester's lines until there are no more."""
    server = None
    for text in sys.stdin:
        line = json.loads(text)
        kind = line["type"]
        if kind == "hello":
            of = server_class
            hello = {"type": "hello", "protocol": 1, "name": of.NAME, "version": of.VERSION}
            out = [_encode({**hello, "style": of.STYLE, "can": of.CAN})]
        elif kind == "reset":
            server, out = None, ['{"type":"done"}']
        else:
            if kind == "init":
                server = server_class(line["me"], line["servers"], line["seed"], line["options"])
            server._answer(line)
            out, server._out = server._out, []
        sys.stdout.write("\n".join(out) + "\n")
        sys.stdout.flush()
