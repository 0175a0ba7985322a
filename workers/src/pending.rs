//! Commands that this server has started as leader, and the callers that wait to know what becomes
//! of them.

use raft::Started;
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// What has become of a command that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Committed,
    /// Another command is committed in its place, so this one never is.
    Overwritten,
    /// A snapshot covers its place.
    Unknown,
}

/// Who waits for which place in the log. A leader starts one command at a place in a term, and it is committed
/// there in that term or never.
///
/// It holds no more than the log has uncommitted entries: whatever is applied takes out all up to
/// its place.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    waiting: BTreeMap<(u64, u64), oneshot::Sender<Fate>>,
}

impl Pending {
    pub(crate) fn wait_for(&mut self, started: Started) -> oneshot::Receiver<Fate> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.insert((started.index, started.term), sender);
        receiver
    }

    pub(crate) fn applied(&mut self, index: u64, term: u64) {
        self.decide_up_to(index, |place| match place == (index, term) {
            true => Fate::Committed,
            false => Fate::Overwritten,
        });
    }

    pub(crate) fn passed_by_snapshot(&mut self, index: u64, term: u64) {
        self.decide_up_to(index, |place| match place {
            (at, of_term) if at == index && of_term == term => Fate::Committed,
            (at, _) if at == index => Fate::Overwritten,
            _ => Fate::Unknown,
        });
    }

    fn decide_up_to(&mut self, index: u64, fate: impl Fn((u64, u64)) -> Fate) {
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 <= index) {
            let (place, waiter) = first.remove_entry();
            // The caller may have given up.
            let _ = waiter.send(fate(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(decide: impl FnOnce(&mut Pending)) -> Vec<Option<Fate>> {
        let mut pending = Pending::default();
        let places = [(4, 1), (5, 1), (5, 2), (6, 2)];
        let mut waiters = places.map(|(index, term)| pending.wait_for(Started { index, term }));
        decide(&mut pending);
        waiters.iter_mut().map(|waiter| waiter.try_recv().ok()).collect()
    }

    #[test]
    fn a_command_is_committed_in_its_own_term_and_loses_its_place_in_another() {
        let fates = decided(|pending| {
            pending.applied(4, 1);
            pending.applied(5, 2);
        });
        let (committed, overwritten) = (Some(Fate::Committed), Some(Fate::Overwritten));
        assert_eq!(fates, [committed, overwritten, committed, None]);
    }

    #[test]
    fn a_snapshot_decides_its_last_place_only() {
        let fates = decided(|pending| pending.passed_by_snapshot(5, 2));
        let expected = [Fate::Unknown, Fate::Overwritten, Fate::Committed].map(Some);
        assert_eq!(fates, [&expected[..], &[None]].concat());
    }

    #[test]
    fn a_waiter_that_has_gone_is_passed_over() {
        let mut pending = Pending::default();
        drop(pending.wait_for(Started { index: 1, term: 1 }));
        pending.applied(1, 1);
        assert!(pending.waiting.is_empty());
    }
}
