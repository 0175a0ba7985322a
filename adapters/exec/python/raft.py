"""A whole Raft: elections, replication, persistence, snapshots. Names are those of Figure 2 of the extended
Raft paper, which the comments mean by "figure" and "section".

    labtest run --exec 'python3 raft.py' 4A 4B 4C 4D

With `--messages` servers send messages instead of calling each other; with `--inspect` the tester may look
inside.
"""

import sys

from labtest_exec import Server, run

FOLLOWER, CANDIDATE, LEADER = "follower", "candidate", "leader"

# A follower that has missed much gets it bit by bit.
ENTRIES_MAX = 200


class Raft(Server):
    NAME = "python raft"
    VERSION = "1"
    STYLE = "message" if "--messages" in sys.argv else "rpc"
    CAN = ["reset", "inspect"] if "--inspect" in sys.argv else ["reset"]

    def on_boot(self, state, records, snapshot):
        # Persistent. The log begins behind the last entry that the snapshot stands for.
        state = state or {}
        self.currentTerm = state.get("currentTerm", 0)
        self.votedFor = state.get("votedFor")
        self.log = state.get("log", [])
        self.lastIncludedIndex = state.get("lastIncludedIndex", 0)
        self.lastIncludedTerm = state.get("lastIncludedTerm", 0)
        self.snapshot = snapshot
        for record in records:
            self.currentTerm, self.votedFor = record["currentTerm"], record["votedFor"]
            if "firstIndex" in record:
                self.cut_and_extend(record["firstIndex"], record["entries"])
        # Volatile. The service has what is in the snapshot.
        self.commitIndex = self.lastApplied = self.lastIncludedIndex
        self.role = FOLLOWER
        self.votes = set()  # only its size counts
        self.nextIndex = {}
        self.matchIndex = {}
        # Whom a leader waits for: entries are sent as soon as the ones before are answered.
        self.waitsFor = {}
        self.reset_election_timer()

    # The log.

    def last_index(self):
        return self.lastIncludedIndex + len(self.log)

    def term_at(self, index):
        """None for an entry that there is not (any more)."""
        if index == self.lastIncludedIndex:
            return self.lastIncludedTerm
        place = index - self.lastIncludedIndex - 1
        return self.log[place]["term"] if 0 <= place < len(self.log) else None

    def entries_from(self, index):
        return self.log[index - self.lastIncludedIndex - 1 :]

    def cut_and_extend(self, index, entries):
        self.log[index - self.lastIncludedIndex - 1 :] = entries

    # The disk: one of these is called whenever something persistent has changed, before anybody else can know.

    def save(self, **more):
        self.append({"currentTerm": self.currentTerm, "votedFor": self.votedFor, **more})

    def save_entries_from(self, index):
        self.save(firstIndex=index, entries=self.entries_from(index))

    def save_with_snapshot(self):
        """Everything: what was appended before is not needed any more."""
        state = {
            "currentTerm": self.currentTerm,
            "votedFor": self.votedFor,
            "log": self.log,
            "lastIncludedIndex": self.lastIncludedIndex,
            "lastIncludedTerm": self.lastIncludedTerm,
        }
        self.persist(state, self.snapshot)

    # Elections (section 5.2).

    def reset_election_timer(self):
        low, high = self.options["election_timeout_min_ms"], self.options["election_timeout_max_ms"]
        self.set_timer("election", self.rng.randint(low, high))

    def on_timer(self, name):
        if name == "heartbeat":
            self.send_to_all()
        elif self.role != LEADER:
            self.stand()

    def stand(self):
        self.currentTerm += 1
        self.role = CANDIDATE
        self.votedFor = self.me
        self.votes = {self.me}
        self.save()
        self.reset_election_timer()
        for server in self.others:
            args = {
                "term": self.currentTerm,
                "candidateId": self.me,
                "lastLogIndex": self.last_index(),
                "lastLogTerm": self.term_at(self.last_index()),
            }
            self.call(server, "RequestVote", args)
        self.count_votes()

    def count_votes(self):
        if len(self.votes) * 2 <= len(self.servers):
            return
        self.role = LEADER
        self.nextIndex = {server: self.last_index() + 1 for server in self.others}
        self.matchIndex = {server: 0 for server in self.others}
        self.waitsFor = {server: False for server in self.others}
        self.cancel_timer("election")
        self.send_to_all()

    def heard_term(self, term):
        """Rules for all servers: a higher term makes a follower. True if it has changed what must persist."""
        if term <= self.currentTerm:
            return False
        if self.role == LEADER:
            self.cancel_timer("heartbeat")
            self.reset_election_timer()
        self.currentTerm = term
        self.votedFor = None
        self.role = FOLLOWER
        return True

    # What other servers ask.

    def on_request(self, sender, method, args):
        changed = self.heard_term(args["term"])
        if args["term"] < self.currentTerm:
            return self.refusal(method)
        if method == "RequestVote":
            return self.request_vote(args, changed)
        # It is from this term's leader.
        self.role = FOLLOWER
        self.reset_election_timer()
        if method == "AppendEntries":
            return self.append_entries(args, changed)
        return self.install_snapshot(args, changed)

    def refusal(self, method):
        reply = {"term": self.currentTerm}
        if method == "RequestVote":
            reply["voteGranted"] = False
        elif method == "AppendEntries":
            reply["success"] = False
        return reply

    def request_vote(self, args, changed):
        candidate = args["candidateId"]
        own_last = (self.term_at(self.last_index()), self.last_index())
        is_up_to_date = (args["lastLogTerm"], args["lastLogIndex"]) >= own_last  # section 5.4.1
        granted = self.votedFor in (None, candidate) and is_up_to_date
        if granted:
            changed = changed or self.votedFor is None
            self.votedFor = candidate
            self.reset_election_timer()
        if changed:
            self.save()
        return {"term": self.currentTerm, "voteGranted": granted}

    def append_entries(self, args, changed):
        prev, entries = args["prevLogIndex"], args["entries"]
        if prev < self.lastIncludedIndex:
            # What the snapshot stands for is committed, and so the same.
            entries = entries[self.lastIncludedIndex - prev :]
            prev = self.lastIncludedIndex
        elif self.term_at(prev) != args["prevLogTerm"]:
            if changed:
                self.save()
            reply = {"term": self.currentTerm, "success": False, "prevLogIndex": prev}
            return {**reply, **self.where_logs_part(prev)}
        for place, entry in enumerate(entries):
            if self.term_at(prev + 1 + place) != entry["term"]:
                # Only a conflict cuts the log: a late request must not remove what came after it.
                self.cut_and_extend(prev + 1 + place, entries[place:])
                self.save_entries_from(prev + 1 + place)
                changed = False
                break
        if changed:
            self.save()
        match = args["prevLogIndex"] + len(args["entries"])
        if args["leaderCommit"] > self.commitIndex:
            self.commit(min(args["leaderCommit"], match))
        return {"term": self.currentTerm, "success": True, "matchIndex": match}

    def where_logs_part(self, prev):
        """For the leader, so that it skips a term at a time (end of section 5.3)."""
        if self.last_index() < prev:
            return {"conflictTerm": None, "conflictIndex": self.last_index() + 1}
        term, first = self.term_at(prev), prev
        while first - 1 > self.lastIncludedIndex and self.term_at(first - 1) == term:
            first -= 1
        return {"conflictTerm": term, "conflictIndex": first}

    def install_snapshot(self, args, changed):
        index, term = args["lastIncludedIndex"], args["lastIncludedTerm"]
        if index > self.commitIndex:
            # What follows the last entry of the snapshot stays, if that entry is here (figure 13).
            has_it = self.term_at(index) == term
            self.log = self.entries_from(index + 1) if has_it else []
            self.lastIncludedIndex, self.lastIncludedTerm = index, term
            self.snapshot = args["data"]
            self.save_with_snapshot()
            self.commitIndex = self.lastApplied = index
            self.apply_snapshot(index, term, self.snapshot)
        elif changed:
            self.save()
        return {"term": self.currentTerm, "matchIndex": index}

    # Replication (section 5.3).

    def on_start(self, command):
        if self.role != LEADER:
            return None
        self.log.append({"term": self.currentTerm, "command": command})
        self.save_entries_from(self.last_index())
        for server in self.others:
            if not self.waitsFor[server]:
                self.send_to(server)
        self.find_committed()
        return self.last_index(), self.currentTerm

    def send_to_all(self):
        self.set_timer("heartbeat", self.options["heartbeat_ms"])
        for server in self.others:
            self.send_to(server)

    def send_to(self, server):
        self.waitsFor[server] = True
        prev = self.nextIndex[server] - 1
        if prev < self.lastIncludedIndex:
            args = {
                "term": self.currentTerm,
                "leaderId": self.me,
                "lastIncludedIndex": self.lastIncludedIndex,
                "lastIncludedTerm": self.lastIncludedTerm,
                "data": self.snapshot,
            }
            self.call(server, "InstallSnapshot", args)
            return
        args = {
            "term": self.currentTerm,
            "leaderId": self.me,
            "prevLogIndex": prev,
            "prevLogTerm": self.term_at(prev),
            "entries": self.entries_from(prev + 1)[:ENTRIES_MAX],
            "leaderCommit": self.commitIndex,
        }
        self.call(server, "AppendEntries", args)

    def on_reply(self, sender, method, result):
        if self.heard_term(result["term"]):
            self.save()
        if result["term"] != self.currentTerm:
            return
        if method == "RequestVote":
            if self.role == CANDIDATE and result["voteGranted"]:
                self.votes.add(sender)
                self.count_votes()
        elif self.role == LEADER:
            self.waitsFor[sender] = False
            if "matchIndex" in result:
                self.matched(sender, result["matchIndex"])
            elif "conflictIndex" in result:
                self.back_up(sender, result)
            # Otherwise it refuses a request of an earlier term.

    def matched(self, server, index):
        self.matchIndex[server] = max(self.matchIndex[server], index)
        self.nextIndex[server] = self.matchIndex[server] + 1
        self.find_committed()
        if self.nextIndex[server] <= self.last_index():
            self.send_to(server)

    def back_up(self, server, result):
        """The log of a follower parts from this one before what was sent."""
        if result["prevLogIndex"] != self.nextIndex[server] - 1:
            return  # Late: more is known by now.
        index, term = result["conflictIndex"], result["conflictTerm"]
        if term is not None:
            # This leader's last entry of that term, if it has any.
            last = self.nextIndex[server] - 1
            while last > self.lastIncludedIndex and self.term_at(last) > term:
                last -= 1
            if last > self.lastIncludedIndex and self.term_at(last) == term:
                index = last + 1
        self.nextIndex[server] = max(index, self.matchIndex[server] + 1)
        self.send_to(server)

    def find_committed(self):
        """Rules for leaders: an entry of this term that a majority has is committed (section 5.4.2)."""
        matched = sorted([self.last_index(), *self.matchIndex.values()], reverse=True)
        index = matched[len(self.servers) // 2]
        if index > self.commitIndex and self.term_at(index) == self.currentTerm:
            self.commit(index)

    def commit(self, index):
        self.commitIndex = max(self.commitIndex, index)
        while self.lastApplied < self.commitIndex:
            self.lastApplied += 1
            entry = self.log[self.lastApplied - self.lastIncludedIndex - 1]
            self.apply(self.lastApplied, entry["term"], entry["command"])

    # Snapshots (section 7).

    def on_snapshot(self, index, data):
        if index <= self.lastIncludedIndex:
            return
        term = self.term_at(index)
        self.log = self.entries_from(index + 1)
        self.lastIncludedIndex, self.lastIncludedTerm = index, term
        self.snapshot = data
        self.save_with_snapshot()

    # What the tester asks.

    def state(self):
        return self.currentTerm, self.role == LEADER

    def inspect(self):
        match = [self.matchIndex.get(server, self.last_index()) for server in self.servers]
        return {
            "voted_for": self.votedFor,
            "role": self.role,
            "commit": self.commitIndex,
            "applied": self.lastApplied,
            "last_index": self.last_index(),
            "last_term": self.term_at(self.last_index()),
            "snapshot_index": self.lastIncludedIndex,
            "snapshot_term": self.lastIncludedTerm,
            "match": match if self.role == LEADER else [],
        }


if __name__ == "__main__":
    run(Raft)
