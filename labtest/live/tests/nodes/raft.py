#!/usr/bin/env python3
"""A node for Maelstrom's workload lin-kv: Raft, one thread, no snapshots.

What it relies on: messages may be lost, late, doubled and out of order, but not changed. What was written to
the file `raft.jsonl` in the working directory is there after the process was killed; nothing is synced, so it
does not bear a loss of power. Two nodes need working directories of their own. The time that a lost message
or a killed leader costs is a second or so.

Reads go through the log. With --local-reads a node answers them from what it has applied: that is wrong, and
here to be found. With --forget it does not keep its file: wrong as soon as it is killed.
"""

import json
import os
import random
import select
import sys
import time

HEARTBEAT_S = 0.05
ELECTION_S = (0.6, 1.2)
# How many entries a message has at most.
BATCH = 200

UNAVAILABLE, ABSENT, DIFFERENT = 11, 20, 22


class Disk:
    """Term, vote and log: a file of changes, read when the process starts."""

    def __init__(self, path, keeps):
        self.term, self.vote, self.log = 0, None, []
        if keeps and os.path.exists(path):
            with open(path, "rb") as file:
                whole = file.read()
            # A change that was cut off by the kill was never acted upon.
            whole = whole[: whole.rfind(b"\n") + 1]
            os.truncate(path, len(whole))
            for line in whole.splitlines():
                self.change(*json.loads(line))
        self.file = open(path, "ab", buffering=0) if keeps else None

    def change(self, term, vote, keep, entries):
        """The log is its first `keep` entries, and these behind them; an entry is [term, command]."""
        self.term, self.vote = term, vote
        del self.log[keep:]
        self.log += entries

    def save(self, term, vote, keep, entries):
        self.change(term, vote, keep, entries)
        if self.file:
            self.file.write(json.dumps([term, vote, keep, entries]).encode() + b"\n")

    def set_term(self, term, vote):
        self.save(term, vote, len(self.log), [])


class Node:
    def __init__(self, flags):
        self.local_reads = "--local-reads" in flags
        self.disk = Disk("raft.jsonl", "--forget" not in flags)
        self.name, self.nodes = None, []
        self.role, self.leader, self.votes = "follower", None, set()
        self.committed, self.applied, self.store = 0, 0, {}
        # By node: the next entry to send, and how many are known to be there.
        self.next, self.match = {}, {}
        # By place in the log: the term in which a client waits for it, and the request.
        self.waiting = {}
        self.elect_at = self.beat_at = 0

    # Messages

    def send(self, dest, body):
        sys.stdout.write(json.dumps({"src": self.name, "dest": dest, "body": body}) + "\n")
        sys.stdout.flush()

    def reply(self, request, body):
        self.send(request["src"], body | {"in_reply_to": request["body"]["msg_id"]})

    def fail(self, request, code, text):
        self.reply(request, {"type": "error", "code": code, "text": text})

    def receive(self, message):
        body = message["body"]
        kind = body["type"]
        if kind == "init":
            self.name, self.nodes = body["node_id"], body["node_ids"]
            self.put_off_election()
            self.reply(message, {"type": "init_ok"})
        elif kind in ("read", "write", "cas"):
            self.request(message)
        else:
            if body["term"] > self.disk.term:
                self.disk.set_term(body["term"], None)
                self.follow(None)
            getattr(self, kind)(message["src"], body)

    # Clients

    def request(self, message):
        body = message["body"]
        if body["type"] == "read" and self.local_reads:
            return self.answer(message, body)
        if self.role != "leader":
            return self.fail(message, UNAVAILABLE, f"the leader is {self.leader}")
        log, term = self.disk.log, self.disk.term
        self.disk.save(term, self.disk.vote, len(log), [[term, body]])
        self.waiting[len(log)] = (term, message)
        self.replicate()

    def answer(self, message, body):
        """Carries out a command, and answers it where a client waits here."""
        key, kind = str(body["key"]), body["type"]
        found = self.store.get(key)
        code = None
        if kind == "read":
            answer = {"type": "read_ok", "value": found}
            code = ABSENT if found is None else None
        elif kind == "write":
            self.store[key] = body["value"]
            answer = {"type": "write_ok"}
        else:
            answer = {"type": "cas_ok"}
            if found == body["from"]:
                self.store[key] = body["to"]
            else:
                code = ABSENT if found is None else DIFFERENT
        if message and code:
            self.fail(message, code, f"{key} is {found}")
        elif message:
            self.reply(message, answer)

    def apply(self):
        while self.applied < self.committed:
            term, body = self.disk.log[self.applied]
            self.applied += 1
            waits = self.waiting.pop(self.applied, None)
            if body is None:
                continue
            # Where another entry took the place of a request, its client is never answered.
            self.answer(waits[1] if waits and waits[0] == term else None, body)

    # Elections

    def put_off_election(self):
        self.elect_at = time.monotonic() + random.uniform(*ELECTION_S)

    def follow(self, leader):
        self.role, self.leader = "follower", leader

    def stand(self):
        self.disk.set_term(self.disk.term + 1, self.name)
        self.role, self.leader, self.votes = "candidate", None, set()
        self.put_off_election()
        length, last = self.end()
        body = {"type": "ask_vote", "term": self.disk.term, "length": length, "last": last}
        for other in self.others():
            self.send(other, body)
        self.vote_of(self.name)

    def end(self):
        log = self.disk.log
        return len(log), log[-1][0] if log else 0

    def others(self):
        return [node for node in self.nodes if node != self.name]

    def ask_vote(self, candidate, body):
        length, last = self.end()
        is_current = (body["last"], body["length"]) >= (last, length)
        is_free = self.disk.vote in (None, candidate)
        if body["term"] == self.disk.term and is_current and is_free:
            self.disk.set_term(self.disk.term, candidate)
            self.put_off_election()
            self.send(candidate, {"type": "give_vote", "term": self.disk.term})

    def give_vote(self, voter, body):
        if body["term"] == self.disk.term and self.role == "candidate":
            self.vote_of(voter)

    def vote_of(self, voter):
        self.votes.add(voter)
        if 2 * len(self.votes) > len(self.nodes):
            self.role, self.leader = "leader", self.name
            print(f"leader of term {self.disk.term}", file=sys.stderr, flush=True)
            length = len(self.disk.log)
            self.next = {other: length for other in self.others()}
            self.match = {other: 0 for other in self.others()}
            # What earlier terms left is committed with an entry of this one.
            self.disk.save(self.disk.term, self.disk.vote, length, [[self.disk.term, None]])
            self.replicate()

    # The log

    def replicate(self):
        self.beat_at = time.monotonic() + HEARTBEAT_S
        log = self.disk.log
        for other in self.others():
            begin = self.next[other]
            entries = log[begin : begin + BATCH]
            body = {"type": "append", "term": self.disk.term, "begin": begin, "entries": entries}
            body |= {"before": log[begin - 1][0] if begin else 0, "committed": self.committed}
            self.send(other, body)
        self.commit()

    def append(self, leader, body):
        log, begin, entries = self.disk.log, body["begin"], body["entries"]
        answer = {"type": "appended", "term": self.disk.term}
        if body["term"] < self.disk.term:
            return self.send(leader, answer | {"match": None, "length": len(log)})
        self.follow(leader)
        self.put_off_election()
        if begin > len(log) or (begin and log[begin - 1][0] != body["before"]):
            length = min(len(log), begin - 1)
            return self.send(leader, answer | {"match": None, "length": length})
        # Only what contradicts is cut off: a late message may have less than what is there.
        for place, entry in enumerate(entries, begin):
            if place >= len(log) or log[place][0] != entry[0]:
                new = entries[place - begin :]
                self.disk.save(self.disk.term, self.disk.vote, place, new)
                break
        match = begin + len(entries)
        self.committed = max(self.committed, min(body["committed"], match))
        self.apply()
        self.send(leader, answer | {"match": match, "length": match})

    def appended(self, follower, body):
        if body["term"] < self.disk.term or self.role != "leader":
            return
        if body["match"] is None:
            self.next[follower] = max(self.match[follower], min(self.next[follower], body["length"]))
        else:
            self.match[follower] = max(self.match[follower], body["match"])
            self.next[follower] = max(self.next[follower], self.match[follower])
            self.commit()

    def commit(self):
        """What most have is committed, if it is of this term."""
        matches = sorted([*self.match.values(), len(self.disk.log)], reverse=True)
        most = matches[len(self.nodes) // 2]
        if most > self.committed and self.disk.log[most - 1][0] == self.disk.term:
            self.committed = most
            self.apply()

    # Time

    def tick(self):
        now = time.monotonic()
        if self.role == "leader" and now >= self.beat_at:
            self.replicate()
        elif self.role != "leader" and self.nodes and now >= self.elect_at:
            self.stand()


def main():
    node = Node(sys.argv[1:])
    rest = b""
    while True:
        if select.select([sys.stdin], [], [], 0.01)[0]:
            piece = os.read(sys.stdin.fileno(), 1 << 16)
            if not piece:
                return
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                node.receive(json.loads(line))
        node.tick()


if __name__ == "__main__":
    main()
