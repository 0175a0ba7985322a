//! The properties in plain sentences, for reports.

use super::*;

/// What a property demands, in one plain sentence; nothing for a name that is none of these.
pub fn statement(property: &str) -> Option<&'static str> {
    Some(match property {
        APPLIED_VALUES => "all servers apply the same command at an index, for ever",
        APPLY_ORDER => "a server applies index after index: no gap, nothing twice",
        SNAPSHOT => "a snapshot is the state at its index",
        ELECTION_SAFETY => "a term has at most one leader, ever",
        TERM_MONOTONIC => "a server's term never goes back, not even over a restart",
        NO_QUORUM => "nothing is committed without a majority, or before anyone asked for it",
        COMMIT_RULE => "a leader counts replicas of entries of its own term, and of no other",
        NO_LEADER => "nobody leads, in a client's eyes, without a majority to talk to",
        CORRUPTION => "a server does not start from a disk that its checksums call corrupt",
        DURABILITY => "what a client saw committed stays in the log",
        LOG_MATCHING => "an index and a term name one entry, in all logs",
        LEADER_APPEND_ONLY => "a leader never changes or removes an entry of its log",
        LEADER_COMPLETENESS => "a leader has all that was committed before its term",
        COMMITTED_ENTRIES => "all servers consider the same entry committed at an index",
        ONE_VOTE => "a server votes once in a term, over restarts too",
        ELECTION_RESTRICTION => "a vote is for a candidate whose log is not behind the voter's",
        INDEX_MONOTONIC => "what is committed, applied or in a snapshot never goes back",
        INDEX_ORDER => "nothing is applied before it is committed, or committed before it is there",
        ACKNOWLEDGED => "nothing is acknowledged before it is durable",
        STALE_REQUEST => "a request of a term that is over is refused",
        LINEARIZABLE => "what clients saw could have been one copy, one operation at a time",
        APPENDS => "no append is lost, doubled, or out of its client's order",
        SESSION => "a client sees its own writes, and never less than before",
        COUNTER => "a counter shows each acknowledged increment, once",
        CLIENTS => "clients of the store are answered in time when a majority can talk",
        STORE => "a store can go on with what its Raft applies",
        OPERATION_TIME => "an operation of the store takes no longer than the lab allows",
        LEADER_EXISTS => "a majority that can talk has a leader within five seconds",
        AGREEMENT => "a majority that can talk agrees on a command within ten seconds",
        DECIDED => "a committed index is applied by enough servers in time",
        STABLE_TERM => {
            "servers that can talk agree on a term, and it stays without a reason to change"
        }
        TIME_TO_LEADER => "while nothing is broken there is soon a leader",
        TEST_TIME => "a test ends within its time limit",
        RPC_COUNT => "no more messages are sent than the lab allows",
        RPC_BYTES => "no more bytes are sent than the lab allows",
        REFUSALS => "a leader finds out in few steps where its log and a follower's part",
        ELECTIONS => "while nothing is broken leaders stay",
        LOG_SIZE => "the persisted log stays small when snapshots are taken",
        START => "start returns an index, a term or a refusal that can be true",
        COMMITTED_VALUE => "what is committed was submitted",
        MAKE => "a server can be made from what is on its disk",
        RPC_MISTAKE => "servers call methods that exist, with bytes that can be decoded",
        PANIC => "nothing panics",
        DEADLOCK => "there is always something left that can happen",
        STUCK => "no code goes round without end, blocks its thread, or takes a lock twice",
        STEP_LIMIT => "a run ends: nothing loops for ever",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_has_a_sentence() {
        let source = include_str!("../property.rs");
        let names: Vec<&str> = source
            .lines()
            .filter(|line| line.starts_with("pub const "))
            .filter_map(|line| line.split('"').nth(1))
            .collect();
        assert!(names.len() >= 23);
        for name in names {
            assert!(statement(name).is_some(), "{name} has no statement");
        }
        assert_eq!(statement("safety:nonsense"), None);
    }
}
