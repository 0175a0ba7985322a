//! While nothing is broken, agreement has a price: elections, messages, bytes, refusals, and time to a
//! leader.
//!
//! Source: section 5.6 of the Raft paper for the time; the lab's tests `count` and `rpc_bytes` for
//! messages and bytes; for refusals see [`refusals`](super::refusals). Meaningless under faults, so a
//! scenario says when a stretch without faults begins and ends, and what it may cost.

use super::refusals::{Most, Refusals};
use crate::{Budgets, Violation, property};
use runtime::Instant;
use std::time::Duration;

/// A stretch without faults.
#[derive(Debug)]
pub(crate) struct Stretch {
    budgets: Budgets,
    began: Instant,
    highest_term: u64,
    committed: u64,
    elections: u64,
    /// Calls from this one on were made in it.
    first_call: u64,
    /// A message from before it has brought a term that deposes the leader.
    is_disturbed: bool,
    messages: u64,
    bytes: u64,
    leader_after: Option<Duration>,
    pub(super) refusals: Refusals,
}

impl Stretch {
    /// `highest_term` and `committed`: what there has been before. The next call will be `first_call`.
    pub(crate) fn new(
        budgets: Budgets,
        began: Instant,
        highest_term: u64,
        committed: u64,
        first_call: u64,
    ) -> Stretch {
        Stretch {
            budgets,
            began,
            highest_term,
            committed,
            elections: 0,
            first_call,
            is_disturbed: false,
            messages: 0,
            bytes: 0,
            leader_after: None,
            refusals: Refusals::default(),
        }
    }

    pub(crate) fn message(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes as u64;
    }

    /// Somebody stands for election in `term`.
    pub(crate) fn election(&mut self, term: u64) {
        if term > self.highest_term {
            self.highest_term = term;
            self.elections += 1;
        }
    }

    /// Whether the call was made before.
    pub(crate) fn is_from_before(&self, call: u64) -> bool {
        call < self.first_call
    }

    /// A message from before has arrived and deposes the leader: what elections that takes, and there
    /// may be two when votes are split, is the doing of whoever delayed it.
    pub(crate) fn disturb(&mut self) {
        self.is_disturbed = true;
    }

    /// Somebody acts as a leader.
    pub(crate) fn leader(&mut self, at: Instant) {
        self.leader_after.get_or_insert(at.since(self.began));
    }

    /// The stretch is over; `committed` is the highest index committed by now.
    pub(crate) fn check(&self, at: Instant, committed: u64) -> Result<(), Violation> {
        let lasted = at.since(self.began);
        let entries = committed.saturating_sub(self.committed);
        let begun = |unit: u64| lasted.as_secs() / unit + 1;
        let budgets = &self.budgets;
        let waited = self.leader_after.unwrap_or(lasted);
        let limit = budgets.time_to_leader_max;
        if waited > limit {
            let message = format!("no leader for {waited:?} without faults, allowed are {limit:?}");
            return Err(Violation::new(property::TIME_TO_LEADER, message));
        }
        let seconds = begun(1);
        let elections = if self.is_disturbed { 0 } else { self.elections };
        within("elections", property::ELECTIONS, elections, {
            budgets.elections_per_minute_max.saturating_mul(begun(60))
        })?;
        let Most { follower, term, refusals } = self.refusals.most();
        let what = format!("refusals of server {follower} in term {term}");
        within(&what, property::REFUSALS, refusals, budgets.refusals_max)?;
        let messages = budgets.messages_per_entry_max.saturating_mul(entries);
        let idle = budgets.idle_messages_per_second_max.saturating_mul(seconds);
        let allowed = messages.saturating_add(idle);
        within("messages", property::RPC_COUNT, self.messages, allowed)?;
        let bytes = budgets.bytes_per_entry_max.saturating_mul(entries);
        let idle = budgets.idle_bytes_per_second_max.saturating_mul(seconds);
        within("bytes", property::RPC_BYTES, self.bytes, bytes.saturating_add(idle))
    }
}

fn within(what: &str, property: &'static str, spent: u64, allowed: u64) -> Result<(), Violation> {
    if spent <= allowed {
        return Ok(());
    }
    let message = format!("{spent} {what} without faults, allowed are {allowed}");
    Err(Violation::new(property, message))
}

#[cfg(test)]
mod tests {
    use super::super::refusals::Refusal;
    use super::*;

    fn stretch() -> Stretch {
        let budgets = Budgets {
            elections_per_minute_max: 1,
            messages_per_entry_max: 4,
            bytes_per_entry_max: 100,
            idle_messages_per_second_max: 2,
            idle_bytes_per_second_max: 50,
            refusals_max: 3,
            time_to_leader_max: Duration::from_secs(2),
        };
        let mut stretch = Stretch::new(budgets, Instant::START, 5, 10, 30);
        stretch.leader(Instant::START + Duration::from_millis(700));
        stretch
    }

    /// Server 2 takes the leader of term 6 back.
    fn take_back(stretch: &mut Stretch, call: u64) {
        let heard = stretch.refusals.heard(2, 6);
        stretch.refusals.refused(2, 6, Refusal { call, prev_index: 10 - call, heard });
        stretch.refusals.arrived(2, call);
    }

    fn end() -> Instant {
        Instant::START + Duration::from_millis(9_500)
    }

    #[test]
    fn fires_on_each_budget() {
        let mut elections = stretch();
        (5..=7).for_each(|term| elections.election(term));
        let mut messages = stretch();
        (0..25).for_each(|_| messages.message(1));
        let mut bytes = stretch();
        bytes.message(601);
        let mut refusals = stretch();
        (0..4).for_each(|call| take_back(&mut refusals, call));
        let mut leader = stretch();
        leader.leader_after = None;
        for (stretch, property, message) in [
            (elections, "efficiency:elections", "2 elections without faults, allowed are 1"),
            (messages, "efficiency:rpc-count", "25 messages without faults, allowed are 24"),
            (
                refusals,
                "efficiency:refusals",
                "4 refusals of server 2 in term 6 without faults, allowed are 3",
            ),
            (bytes, "efficiency:rpc-bytes", "601 bytes without faults, allowed are 600"),
            (
                leader,
                "liveness:time-to-leader",
                "no leader for 9.5s without faults, allowed are 2s",
            ),
        ] {
            let violation = stretch.check(end(), 11).unwrap_err();
            assert_eq!((violation.property, violation.message.as_str()), (property, message));
        }
    }

    #[test]
    fn elections_that_a_message_from_before_brings_about_do_not_count() {
        let mut stretch = stretch();
        assert!(stretch.is_from_before(29) && !stretch.is_from_before(30));
        stretch.disturb();
        (5..=9).for_each(|term| stretch.election(term));
        assert_eq!(stretch.check(end(), 11), Ok(()));
    }

    #[test]
    fn stays_silent_within_them() {
        let mut stretch = stretch();
        stretch.election(5);
        stretch.election(6);
        (0..24).for_each(|_| stretch.message(25));
        (0..3).for_each(|call| take_back(&mut stretch, call));
        assert_eq!(stretch.check(end(), 11), Ok(()));
    }
}
