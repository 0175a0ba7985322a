//! The properties a run can break, as `kind:check`: one table.
//!
//! The kind says how bad it is. `safety`: something happened that must never happen. `liveness`:
//! something that must happen did not, within the lab's time. `efficiency`: it happened at too high
//! a price. `contract`: a method did not do what it promises. `mistake`: a programming mistake that
//! the network noticed. `run`: the run itself came to an end it should not come to.
//!
//! A row says when the property is broken, its name, what it demands, its source (sections and figures
//! of the extended Raft paper), and what must be seen for it to be checked. The table of
//! `docs/properties.md` is made from this one: `UPDATE=1 cargo test -p harness property`.

/// A property that a run can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name, as `kind:check`.
    pub name: &'static str,
    /// What it demands, in one plain sentence.
    pub statement: &'static str,
    /// When it is broken.
    pub broken: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// What must be seen for it to be checked.
    pub seen: &'static str,
}

macro_rules! properties {
    ($($(#[doc = $broken:literal])+ $constant:ident = $name:literal => $statement:literal,
        from $source:literal, seen $seen:literal;)+) => {
        $($(#[doc = $broken])+ pub const $constant: &str = $name;)+

        /// Every property.
        pub const ALL: &[Property] = &[$(Property {
            name: $name,
            statement: $statement,
            broken: concat!($($broken),+),
            source: $source,
            seen: $seen,
        }),+];
    };
}

properties! {
    /// Two servers applied different commands at one index, or one applied another than was reported
    /// committed there (State Machine Safety).
    APPLIED_VALUES = "safety:applied-values" =>
        "all servers apply the same command at an index, for ever",
        from "figure 3", seen "applied values; what was reported committed, inside or in messages";
    /// A server applied with a gap, out of order, or an index twice within one life.
    APPLY_ORDER = "safety:apply-order" =>
        "a server applies index after index: no gap, nothing twice",
        from "figure 2 (`lastApplied`)", seen "applied values";
    /// A snapshot was handed to the service, or found on a disk, that is not the state at its index;
    /// or it takes a server back.
    SNAPSHOT = "safety:snapshot" => "a snapshot is the state at its index",
        from "7; the lab's suite D", seen "what the service takes and is handed";
    /// Two leaders in one term, where a restarted server counts as another one; or a leader without the
    /// votes of a majority (Election Safety).
    ELECTION_SAFETY = "safety:election" => "a term has at most one leader, ever",
        from "figure 3, 5.2",
        seen "inside: the role after every step; outside: senders of AppendEntries and \
              InstallSnapshot, grants that left their voters; what a server says when asked";
    /// A server reported, or wrote, a lower term than before, perhaps in an earlier life.
    TERM_MONOTONIC = "safety:term" => "a server's term never goes back, not even over a restart",
        from "figure 2 (`currentTerm`)",
        seen "inside: after every step; outside: the first words of a new life, the disk; what a \
              server says when asked";
    /// What is reported committed is not on a majority's disks (in their logs, where disks can't be
    /// read); or something was committed before a client asked for it, or while no majority could.
    NO_QUORUM = "safety:no-quorum" =>
        "nothing is committed without a majority, or before anyone asked for it",
        from "5.3",
        seen "inside: commit indices; outside: commit indices in messages, applied values; the lab's \
              tests, by what is applied";
    /// Committed before a majority had confirmed it to one leader, together with an entry of that
    /// leader's term, or all servers had; or a leader counts more of a follower's log than that has
    /// confirmed in its term.
    COMMIT_RULE = "safety:commit-rule" =>
        "a leader counts replicas of entries of its own term, and of no other",
        from "figure 2 (`matchIndex`), 5.4.2",
        seen "inside: commit indices, `match_index`; outside: commit indices in messages, applied \
              values";
    /// A leader was seen where none can be: its server has no majority to talk to.
    NO_LEADER = "safety:no-leader" =>
        "nobody leads, in a client's eyes, without a majority to talk to",
        from "5.2; the lab's `checkNoLeader`", seen "what connected servers say when asked";
    /// An index and a term name two different entries, or have two in front of them; a snapshot ends in
    /// another term than was committed there; or what a leader says to be in front of its entries is
    /// nowhere (Log Matching).
    LOG_MATCHING = "safety:log-matching" => "an index and a term name one entry, in all logs",
        from "figure 3, 5.3, 7",
        seen "inside: each entry that appears in a log, a leader's log when it sends; outside: each \
              entry in a message or on a disk";
    /// A leader changed or removed an entry of its log (Leader Append-Only).
    LEADER_APPEND_ONLY = "safety:leader-append-only" =>
        "a leader never changes or removes an entry of its log",
        from "figure 3", seen "inside: its log (outside it shows as log matching or completeness)";
    /// A leader lacks what was committed before its term; or a server could come to lead without what
    /// is reported committed, because a majority would vote for its log (Leader Completeness).
    LEADER_COMPLETENESS = "safety:leader-completeness" =>
        "a leader has all that was committed before its term",
        from "figures 3 and 8, 5.4",
        seen "inside: its whole log, when elected and later; outside: the entries it sends and the \
              terms it claims in front of them, disks";
    /// Servers consider different entries committed at one index (State Machine Safety).
    COMMITTED_ENTRIES = "safety:committed-entries" =>
        "all servers consider the same entry committed at an index",
        from "figure 3", seen "inside: logs up to the commit index (outside it shows as applied values)";
    /// A server voted twice in one term, perhaps in different lives, or lost its vote.
    ONE_VOTE = "safety:one-vote" => "a server votes once in a term, over restarts too",
        from "5.2, figure 2 (`votedFor`)",
        seen "inside: a vote that changes within a life; outside: grants and candidacies, the disk";
    /// A server voted for a candidate whose log was behind its own.
    ELECTION_RESTRICTION = "safety:election-restriction" =>
        "a vote is for a candidate whose log is not behind the voter's",
        from "5.4.1", seen "the request, against the voter's disk when the vote leaves";
    /// A commit index, an applied index or a snapshot went back within one life.
    INDEX_MONOTONIC = "safety:index" =>
        "what is committed, applied or in a snapshot never goes back",
        from "figure 2",
        seen "inside: after every step; outside: the commit index a leader sends (not on the real \
              clock, where threads overtake each other)";
    /// Something is applied before it is committed, or committed before it is in the log; or a snapshot
    /// holds what is not committed.
    INDEX_ORDER = "safety:index-order" =>
        "nothing is applied before it is committed, or committed before it is there",
        from "figure 2", seen "inside: after every step";
    /// A vote, a request for votes, accepted entries or an accepted snapshot left a server before they
    /// were durable.
    ACKNOWLEDGED = "safety:acknowledged" => "nothing is acknowledged before it is durable",
        from "5.2, figure 2", seen "the message, against the disk";
    /// A request of a term that was over was accepted.
    STALE_REQUEST = "safety:stale-request" => "a request of a term that is over is refused",
        from "5.1", seen "the reply, against the receiver's term when the request arrived";
    /// A server started from a disk whose checksums show that it is corrupt.
    CORRUPTION = "safety:corruption" =>
        "a server does not start from a disk that its checksums call corrupt",
        from "Alagappan et al., 2018; [flipped-bit](faults.md)",
        seen "whether `make` refuses the disk, where the Raft says that it has checksums";
    /// What was committed is no longer on a majority; a server lost what it acknowledged in the term
    /// that lasts, or removed what it knows to be committed; a log was cut on disk without its snapshot;
    /// or a value that a client was told of is missing.
    DURABILITY = "safety:durability" => "what a client saw committed stays in the log",
        from "5.3, 5.4, 7; the lab's and the course's tests",
        seen "inside: logs; outside: disks; what clients were told and read";
    /// What clients of the store saw can't have been one copy.
    LINEARIZABLE = "safety:linearizable" =>
        "what clients saw could have been one copy, one operation at a time",
        from "Herlihy and Wing, 1990", seen "the clients' history, when the run is over";
    /// A server started again with another term, vote or log, or an older snapshot, than its disk held.
    RESTART = "safety:restart" =>
        "a server starts again with the term, vote, log and snapshot that its disk holds",
        from "figure 2",
        seen "states shown at a start, against the disk";
    /// A server gave an index for a read that does not reach what had been applied before the read began.
    READ_INDEX = "safety:read-index" =>
        "a read index reaches all that was applied anywhere when the read began",
        from "6.4 of Ongaro's dissertation",
        seen "what `read_index` returns, against what any server had applied before";
    /// An append was lost, doubled, or out of its client's order.
    APPENDS = "safety:appends" => "no append is lost, doubled, or out of its client's order",
        from "the course's key/value tests", seen "the clients' history, when the run is over";
    /// A client did not see its own write, or saw less than before.
    SESSION = "safety:session" => "a client sees its own writes, and never less than before",
        from "Terry et al., 1994", seen "the clients' history, when the run is over";
    /// A counter lacks an acknowledged increment, or counts one twice.
    COUNTER = "safety:counter" => "a counter shows each acknowledged increment, once",
        from "Jepsen's counter workload", seen "the clients' history, when the run is over";

    /// A majority that can talk showed no leader in time.
    LEADER_EXISTS = "liveness:leader" =>
        "a majority that can talk has a leader within five seconds",
        from "5.6; the lab's `checkOneLeader`",
        seen "what connected servers say when asked, in the lab's tests and in a recovery";
    /// A command was not committed in time.
    AGREEMENT = "liveness:agreement" =>
        "a majority that can talk agrees on a command within ten seconds",
        from "the lab's `one`", seen "applied values, where a test or a recovery waits for a command";
    /// An index was not applied by enough servers in time.
    DECIDED = "liveness:decided" => "a committed index is applied by enough servers in time",
        from "the lab's `wait`", seen "applied values, where a test waits for an index";
    /// Servers that can talk did not agree on a term, or leaders changed without a reason.
    STABLE_TERM = "liveness:stable-term" =>
        "servers that can talk agree on a term, and it stays without a reason to change",
        from "the lab's `checkTerms`", seen "what connected servers say when asked, in the lab's tests";
    /// No leader in time although nothing was broken.
    TIME_TO_LEADER = "liveness:time-to-leader" => "while nothing is broken there is soon a leader",
        from "5.6", seen "messages, in a stretch without faults";
    /// A client of the store was not answered in time, or was when it can't have been.
    CLIENTS = "liveness:clients" =>
        "clients of the store are answered in time when a majority can talk",
        from "the course's key/value tests", seen "the answers: within ten seconds when nothing is broken";
    /// A test took longer than it may: 120 seconds, as in the lab, if nothing else is configured.
    TEST_TIME = "liveness:test-time" => "a test ends within its time limit",
        from "the lab's limit", seen "the run's clock";
    /// In a live run: a client that looks for the leader was not served in five seconds, or in 50 times the 99th
    /// percentile of a quiet beginning where that is longer; or the last reads or the last write failed.
    LIVE_REQUESTS = "liveness:live-requests" =>
        "while a majority of processes is up and connected, clients that look for the leader are served",
        from "5.6; the 99th percentile is of the run's own first seconds",
        seen "the clients' history, in stretches without a new fault and when all is mended";

    /// More messages than the lab allows.
    RPC_COUNT = "efficiency:rpc-count" => "no more messages are sent than the lab allows",
        from "the lab's `count`", seen "messages, in a stretch without faults and in 4B";
    /// More bytes than the lab allows.
    RPC_BYTES = "efficiency:rpc-bytes" => "no more bytes are sent than the lab allows",
        from "the lab's `rpc_bytes`", seen "messages, in a stretch without faults and in 4B";
    /// A follower refused more requests of a leader than its log gives reason to.
    REFUSALS = "efficiency:refusals" =>
        "a leader finds out in few steps where its log and a follower's part",
        from "end of 5.3", seen "replies, in a stretch without faults";
    /// A server promised its vote to one whose log is behind its own.
    PRE_VOTE = "efficiency:pre-vote" =>
        "a pre-vote is given only to a log as up to date as the voter's own",
        from "9.6 of Ongaro's dissertation", seen "replies to pre-votes, against the voter's log";
    /// More elections than a stretch without faults may have, unless a message from before it deposes
    /// the leader.
    ELECTIONS = "efficiency:elections" => "while nothing is broken leaders stay",
        from "5.6", seen "requests for votes, in a stretch without faults";
    /// Operations of the store take longer than the lab allows: 33 ms, a third of a heartbeat interval.
    OPERATION_TIME = "efficiency:operation-time" =>
        "an operation of the store takes no longer than the lab allows",
        from "the course's speed test", seen "the answers";
    /// The persisted log grows although snapshots are taken: more than 8,000 bytes with snapshots at
    /// 1,000.
    LOG_SIZE = "efficiency:log-size" =>
        "the persisted log stays small when snapshots are taken",
        from "the lab's suite D; the course's key/value tests", seen "the size of the state on the disk";
    /// In a live run: a server had more than 512 MiB of memory.
    LIVE_MEMORY = "efficiency:live-memory" => "a server's memory stays within 512 MiB",
        from "what the tester demands", seen "the resident memory of each process, from time to time";

    /// `start` returned an index, a refusal or a term that it can't have; or it promised a command a
    /// place that another has.
    START = "contract:start" => "start returns an index, a term or a refusal that can be true",
        from "the lab's `Start`",
        seen "what `start` returns, against applied values of that index and term; refusals in the lab's \
              tests";
    /// An applied command came as one of term 0, of a lower term than the one before it, or of another
    /// term than its entry has elsewhere.
    APPLY = "contract:apply" => "what is applied carries the term of its entry",
        from "figures 2 and 3 (`term` of an entry)",
        seen "the term of each applied value, against other servers' and against a log that is shown";
    /// A committed value is none that was ever submitted there.
    COMMITTED_VALUE = "contract:committed-value" => "what is committed was submitted",
        from "the lab's tests", seen "applied values against submitted ones, in 4B, in churn and by `check`";
    /// A store could not go on with what its Raft applied.
    STORE = "contract:store" => "a store can go on with what its Raft applies",
        from "`StoreServer::failure`", seen "what the store says of itself";
    /// A server's own code has ended its node, as it does after a failed sync, and nothing went on.
    ENDED = "contract:ended" => "a server that nobody ends goes on",
        from "`Node::kill`", seen "whether its node lives, when something that had to happen did not";
    /// `make` returned an error.
    MAKE = "contract:make" => "a server can be made from what is on its disk",
        from "`Implementation::make`", seen "what `make` returns at each start";

    /// An unknown method, or bytes that can't be decoded, were sent over the network.
    RPC_MISTAKE = "mistake:rpc" =>
        "servers call methods that exist, with bytes that can be decoded",
        from "labrpc", seen "each call, at its receiver";

    /// The code under test, or a client of the test, panicked.
    PANIC = "run:panic" => "nothing panics",
        from "the run", seen "every task of the run";
    /// Nothing is left that could ever happen.
    DEADLOCK = "run:deadlock" => "there is always something left that can happen",
        from "the simulation", seen "its queue; not on the real clock";
    /// Code goes round and gets nowhere, or holds its thread for good.
    STUCK = "run:stuck" => "no code goes round without end, blocks its thread, or takes a lock twice",
        from "the simulation; `--poll-limit`",
        seen "its calls and steps, and from another thread; on the real clock, the run's end";
    /// The run used up its step budget: an endless loop.
    STEP_LIMIT = "run:step-limit" => "a run ends: nothing loops for ever",
        from "the simulation; `limits.steps`", seen "its steps; not on the real clock";
    /// The program that is a server ended, wrote what its protocol does not know, or was silent for too long.
    PROGRAM = "run:program" => "the program of a server answers every line, as its protocol says",
        from "[`labtest-exec/1`](exec-protocol.md)",
        seen "all that it writes, and how it ends, with `--exec`";
    /// The program that is a server said that something is wrong.
    OWN_CHECK = "run:own-check" => "what a program checks of itself holds",
        from "`fail` of [`labtest-exec/1`](exec-protocol.md)", seen "what it writes, with `--exec`";
    /// In a live run: a server's process ended, even with 0, though the tester did nothing that ends one.
    LIVE_EXIT = "run:live-exit" => "a process ends when the tester ends it, and not by itself",
        from "what the tester demands", seen "how each process ended";
    /// In a live run, which then is not judged: less than 100 operations were acknowledged, or less than a tenth
    /// of the first seconds' rate while a majority was well.
    LIVE_LOAD = "run:live-load" => "clients are answered often enough for a verdict to mean something",
        from "what the tester demands", seen "the clients' history";
    /// In a live run, which then is not judged: the tester's own timer was late by more than a second, or the
    /// system ended a server for lack of memory.
    LIVE_MACHINE = "run:live-machine" => "the machine keeps up with what runs on it",
        from "what the tester demands", seen "a timer of the tester; how each process ended";
}

/// What a property demands, in one plain sentence; nothing for a name that is none of these.
pub fn statement(property: &str) -> Option<&'static str> {
    ALL.iter().find(|known| known.name == property).map(|known| known.statement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The lines around the table in `docs/properties.md`.
    const BEGIN: &str = "<!-- The table of labtest/harness/src/property.rs. -->\n";
    const END: &str = "<!-- End of the table. -->\n";

    fn table() -> String {
        let mut table = String::from(
            "| property | what must hold | broken when | source | seen |\n\
             | --- | --- | --- | --- | --- |\n",
        );
        for Property { name, statement, broken, source, seen } in ALL {
            let broken = broken.trim().trim_end_matches('.');
            table += &format!("| `{name}` | {statement} | {broken} | {source} | {seen} |\n");
        }
        table
    }

    #[test]
    fn the_page_about_properties_has_a_row_for_each() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/properties.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (found, after) = rest.split_once(END).unwrap();
        let expected = table();
        if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
            std::fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
            return;
        }
        assert_eq!(found, expected, "UPDATE=1 cargo test -p harness property writes the page anew");
    }

    #[test]
    fn names_are_of_a_kind_and_of_one_property_each() {
        let kinds = ["safety", "liveness", "efficiency", "contract", "mistake", "run"];
        for Property { name, .. } in ALL {
            let (kind, _) = name.split_once(':').unwrap();
            assert!(kinds.contains(&kind), "{name}");
        }
        let names: BTreeSet<&str> = ALL.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert_eq!(statement(TERM_MONOTONIC), Some(ALL[4].statement));
        assert_eq!(statement("safety:nonsense"), None);
    }
}
