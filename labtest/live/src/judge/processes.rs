//! What servers say and do as processes: who leads, who panics, who ends, and how much memory they take.

use super::facts::{End, Facts, LeaderLine};
use super::{Finding, seconds, violated};
use std::collections::BTreeMap;

/// How much memory a server may have, in bytes.
const MEMORY_MAX_BYTES: u64 = 512 << 20;

/// `safety:election`: all logs name one leader for a term.
pub(super) fn leaders(facts: &Facts) -> Finding {
    if facts.leaders.is_empty() {
        return Finding::Unseen("no log says who leads".to_owned());
    }
    violated(two_leaders(facts).map(|(first, line)| {
        format!(
            "term {} is led by server {} in the log of server {} and by server {} in that of server {}",
            line.term, first.leader, first.server, line.leader, line.server
        )
    }))
}

/// The first two lines that name different leaders of a term.
pub(crate) fn two_leaders(facts: &Facts) -> Option<(&LeaderLine, &LeaderLine)> {
    let mut named: BTreeMap<u64, &LeaderLine> = BTreeMap::new();
    facts.leaders.iter().find_map(|line| {
        let first = *named.entry(line.term).or_insert(line);
        (first.leader != line.leader).then_some((first, line))
    })
}

/// `run:panic`.
pub(super) fn panics(facts: &Facts) -> Finding {
    violated(facts.panics.first().map(|it| format!("server {}: {}", it.server, it.line)))
}

/// `run:live-exit`: nobody ends by himself.
pub(super) fn exits(facts: &Facts) -> Finding {
    violated(ended_by_itself(facts).map(|(server, at_ns, how)| {
        format!("server {server} ended by itself at {}, {how}", seconds(at_ns))
    }))
}

/// The first server that ended by itself, when, and how.
pub(crate) fn ended_by_itself(facts: &Facts) -> Option<(usize, u64, String)> {
    facts.lives.iter().find_map(|life| {
        let (at_ns, how) = match life.ended.as_ref()? {
            (_, End::ByTester | End::ForMemory) => return None,
            (at_ns, End::Exited(code)) => (at_ns, format!("with code {code}")),
            (at_ns, End::Signal(number)) => (at_ns, format!("by signal {number}")),
        };
        Some((life.server, *at_ns, how))
    })
}

/// `efficiency:live-memory`.
pub(super) fn memory(facts: &Facts) -> Finding {
    let Some(most) = &facts.memory_max_bytes else {
        return Finding::Unseen("nobody can see here how much memory servers have".to_owned());
    };
    let too_much = most.iter().enumerate().find(|(_, bytes)| **bytes > MEMORY_MAX_BYTES);
    violated(too_much.map(|(server, bytes)| {
        let (found, limit) = (bytes >> 20, MEMORY_MAX_BYTES >> 20);
        format!("server {server} had {found} MiB of memory, {limit} MiB are the most")
    }))
}
