"""A Raft to fill in. It runs as it is: `labtest run --exec 'python3 skeleton.py' 4A` says what is missing.

Names are those of Figure 2 of the extended Raft paper; `raft.py` beside this file is a whole one.
"""

from labtest_exec import Server, run


class Raft(Server):
    NAME = "python skeleton"

    def on_boot(self, state, records, snapshot):
        # TODO (4C): what an earlier life has persisted is in `state`.
        self.currentTerm = 0
        self.is_leader = False
        self.set_timer("election", self.election_timeout_ms())

    def election_timeout_ms(self):
        low, high = self.options["election_timeout_min_ms"], self.options["election_timeout_max_ms"]
        return self.rng.uniform(low, high)

    def on_timer(self, name):
        # TODO (4A): nobody leads: stand for election, and ask the others for their votes with
        #     self.call(server, "RequestVote", {"term": ..., "candidateId": self.me, "lastLogIndex": ..., "lastLogTerm": ...})
        #            A leader sends heartbeats, about ten a second.
        self.set_timer("election", self.election_timeout_ms())

    def on_request(self, sender, method, args):
        # TODO (4A): RequestVote, and AppendEntries as a heartbeat. (4B): with entries. (4D): InstallSnapshot.
        return {"term": self.currentTerm, "voteGranted": False}

    def on_reply(self, sender, method, result):
        # TODO (4A): count votes; with a majority, lead.
        pass

    def on_start(self, command):
        # TODO (4B): as the leader append {"term": self.currentTerm, "command": command} to the log, persist, have
        #            it sent to the others, and return its index and the term at once.
        return None

    def on_snapshot(self, index, data):
        # TODO (4D): the log up to `index` is not needed any more: drop it, and persist state and snapshot.
        pass

    def state(self):
        return self.currentTerm, self.is_leader


if __name__ == "__main__":
    run(Raft)
