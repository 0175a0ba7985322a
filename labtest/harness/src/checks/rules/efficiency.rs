//! While nothing is broken, agreement has a price: elections, messages, bytes, refusals, and time to a
//! leader.
//!
//! Source: section 5.6 of the Raft paper for the time; the lab's tests `count` and `rpc_bytes` for
//! messages and bytes; for refusals see [`refusals`]. Meaningless under faults, so a scenario says
//! when a stretch without faults begins and ends, and what it may cost.

pub(crate) mod refusals;
mod stretch;

use crate::{Budgets, Violation, property};
use refusals::{Most, Refusal};
use runtime::Instant;
use stretch::Stretch;

pub(crate) use stretch::Start;

/// The stretch without faults that the run is in, if it is in one: in none, nothing is counted.
#[derive(Debug, Default)]
pub(crate) struct FaultFree(Option<Stretch>);

impl FaultFree {
    pub(crate) fn begin(&mut self, budgets: &Budgets, start: Start) {
        self.0 = Some(Stretch::new(budgets.clone(), start));
    }

    pub(crate) fn message(&mut self, bytes: usize) {
        if let Some(stretch) = &mut self.0 {
            stretch.message(bytes);
        }
    }

    /// A message that nobody replies to arrives. If it is from before, what is sent because of it,
    /// one message, has nothing to do with the stretch.
    pub(crate) fn answers_late(&mut self, call: u64) {
        if let Some(stretch) = &mut self.0 {
            stretch.late += u64::from(stretch.is_from_before(call));
        }
    }

    /// A server stands for election in `term`.
    pub(crate) fn election(&mut self, term: u64) {
        if let Some(stretch) = &mut self.0 {
            stretch.election(term);
        }
    }

    /// A server acts as a leader.
    pub(crate) fn leader(&mut self, at: Instant) {
        if let Some(stretch) = &mut self.0 {
            stretch.leader(at);
        }
    }

    /// Whether there is a stretch, and the call was made before it.
    pub(crate) fn is_from_before(&self, call: u64) -> bool {
        self.0.as_ref().is_some_and(|stretch| stretch.is_from_before(call))
    }

    /// A message from before has arrived and deposes the leader: the elections that it takes to have
    /// another, and there may be two when votes are split, are not the Raft's doing. Whether a budget is
    /// set aside by that.
    pub(crate) fn disturb(&mut self) -> bool {
        self.0.as_mut().is_some_and(|stretch| {
            stretch.is_disturbed = true;
            stretch.budgets.elections_per_minute_max < u64::MAX
        })
    }

    /// How many steps back to that follower the leader of `term` has heard of.
    pub(crate) fn refusals_heard(&self, follower: usize, term: u64) -> u64 {
        self.0.as_ref().map_or(0, |stretch| stretch.refusals.heard(follower, term))
    }

    /// `follower` refuses a request of the leader of `term`, which it follows.
    pub(crate) fn refused(&mut self, follower: usize, term: u64, refusal: Refusal) {
        if let Some(stretch) = &mut self.0 {
            stretch.refusals.refused(follower, term, refusal);
        }
    }

    /// The reply of `follower` to `call` has arrived.
    pub(crate) fn reply_arrived(&mut self, follower: usize, call: u64) {
        if let Some(stretch) = &mut self.0 {
            stretch.refusals.arrived(follower, call);
        }
    }

    /// The reply of `follower` to `call` will never arrive.
    pub(crate) fn lost(&mut self, follower: usize, call: u64) {
        if let Some(stretch) = &mut self.0 {
            stretch.refusals.lost(follower, call);
        }
    }

    /// The stretch is over; `committed` is the highest index committed by now. `shows_leaders`: every leader is
    /// visible in its messages.
    pub(crate) fn end(
        &mut self,
        at: Instant,
        committed: u64,
        shows_leaders: bool,
    ) -> Result<(), Violation> {
        self.0.take().map_or(Ok(()), |stretch| check(&stretch, at, committed, shows_leaders))
    }
}

fn check(
    stretch: &Stretch,
    at: Instant,
    committed: u64,
    shows_leaders: bool,
) -> Result<(), Violation> {
    let lasted = at.since(stretch.began);
    let entries = committed.saturating_sub(stretch.committed);
    let begun = |unit: u64| lasted.as_secs() / unit + 1;
    let budgets = &stretch.budgets;
    let waited = stretch.leader_after.unwrap_or(lasted);
    let limit = budgets.time_to_leader_max;
    if shows_leaders && waited > limit {
        let message = format!("no leader for {waited:?} without faults, allowed are {limit:?}");
        return Err(Violation::new(property::TIME_TO_LEADER, message));
    }
    let seconds = begun(1);
    let elections = if stretch.is_disturbed { 0 } else { stretch.elections };
    within("elections", property::ELECTIONS, elections, {
        budgets.elections_per_minute_max.saturating_mul(begun(60))
    })?;
    let Most { follower, term, refusals } = stretch.refusals.most();
    let what = format!("refusals of server {follower} in term {term}");
    within(&what, property::REFUSALS, refusals, budgets.refusals_max)?;
    let messages = budgets.messages_per_entry_max.saturating_mul(entries);
    let idle = budgets.idle_messages_per_second_max.saturating_mul(seconds);
    let allowed = messages.saturating_add(idle).saturating_add(stretch.late);
    within("messages", property::RPC_COUNT, stretch.messages, allowed)?;
    let bytes = budgets.bytes_per_entry_max.saturating_mul(entries);
    let idle = budgets.idle_bytes_per_second_max.saturating_mul(seconds);
    within("bytes", property::RPC_BYTES, stretch.bytes, bytes.saturating_add(idle))
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
    use super::*;
    use std::time::Duration;

    fn stretch() -> FaultFree {
        let budgets = Budgets {
            elections_per_minute_max: 1,
            messages_per_entry_max: 4,
            bytes_per_entry_max: 100,
            idle_messages_per_second_max: 2,
            idle_bytes_per_second_max: 50,
            refusals_max: 3,
            time_to_leader_max: Duration::from_secs(2),
        };
        let mut stretch = FaultFree::default();
        let (at, highest_term, committed, next_call) = (Instant::START, 5, 10, 30);
        stretch.begin(&budgets, Start { at, highest_term, committed, next_call });
        stretch.leader(Instant::START + Duration::from_millis(700));
        stretch
    }

    /// Server 2 takes the leader of term 6 back.
    fn take_back(stretch: &mut FaultFree, call: u64) {
        let heard = stretch.refusals_heard(2, 6);
        stretch.refused(2, 6, Refusal { call, prev_index: 10 - call, heard });
        stretch.reply_arrived(2, call);
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
        leader.0.as_mut().unwrap().leader_after = None;
        for (mut stretch, property, message) in [
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
            let violation = stretch.end(end(), 11, true).unwrap_err();
            assert_eq!((violation.property, violation.message.as_str()), (property, message));
        }
    }

    #[test]
    fn elections_that_a_message_from_before_brings_about_do_not_count() {
        let mut stretch = stretch();
        assert!(stretch.is_from_before(29) && !stretch.is_from_before(30));
        stretch.disturb();
        (5..=9).for_each(|term| stretch.election(term));
        assert_eq!(stretch.end(end(), 11, true), Ok(()));
    }

    #[test]
    fn leaders_that_do_not_show_themselves_are_not_missed() {
        let mut stretch = stretch();
        stretch.0.as_mut().unwrap().leader_after = None;
        assert_eq!(stretch.end(end(), 11, false), Ok(()));
    }

    #[test]
    fn stays_silent_within_them() {
        let mut stretch = stretch();
        stretch.election(5);
        stretch.election(6);
        (0..24).for_each(|_| stretch.message(25));
        (0..3).for_each(|call| take_back(&mut stretch, call));
        assert_eq!(stretch.end(end(), 11, true), Ok(()));
    }
}
