//! What is counted in a stretch without faults.

use super::refusals::Refusals;
use crate::Budgets;
use runtime::Instant;
use std::time::Duration;

/// A stretch without faults.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) budgets: Budgets,
    pub(super) began: Instant,
    highest_term: u64,
    /// The highest index that was committed before.
    pub(super) committed: u64,
    pub(super) elections: u64,
    /// Calls from this one on were made in it.
    first_call: u64,
    /// A message from before it has brought a term that deposes the leader.
    pub(super) is_disturbed: bool,
    pub(super) messages: u64,
    /// How many messages from before it have arrived that nobody replies to.
    pub(super) late: u64,
    pub(super) bytes: u64,
    pub(super) leader_after: Option<Duration>,
    pub(super) refusals: Refusals,
}

/// How a run stands when a stretch begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) at: Instant,
    /// The highest term there has been.
    pub(crate) highest_term: u64,
    /// The highest index that is committed.
    pub(crate) committed: u64,
    /// The number of the next call.
    pub(crate) next_call: u64,
}

impl Stretch {
    pub(super) fn new(budgets: Budgets, start: Start) -> Stretch {
        Stretch {
            budgets,
            began: start.at,
            highest_term: start.highest_term,
            committed: start.committed,
            elections: 0,
            first_call: start.next_call,
            is_disturbed: false,
            messages: 0,
            late: 0,
            bytes: 0,
            leader_after: None,
            refusals: Refusals::default(),
        }
    }

    pub(super) fn message(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes as u64;
    }

    /// A server stands for election in `term`.
    pub(super) fn election(&mut self, term: u64) {
        if term > self.highest_term {
            self.highest_term = term;
            self.elections += 1;
        }
    }

    /// Whether the call was made before.
    pub(super) fn is_from_before(&self, call: u64) -> bool {
        call < self.first_call
    }

    /// A server acts as a leader.
    pub(super) fn leader(&mut self, at: Instant) {
        self.leader_after.get_or_insert(at.since(self.began));
    }
}
