//! What a leader knows of a follower.

use std::collections::VecDeque;

/// A follower as its leader sees it.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Up to there its log is known to be the leader's.
    pub(crate) match_index: u64,
    /// The next entry to be sent.
    pub(crate) next_index: u64,
    pub(crate) mode: Mode,
    /// The latest heartbeat that it has answered, and the first after a refusal had it probed again.
    answered: u64,
    heartbeat_after_refusal: u64,
}

/// How it is sent entries.
#[derive(Debug)]
pub(crate) enum Mode {
    /// One message at a time, until it is known where its log is the leader's.
    Probe { waits: bool },
    /// Ahead of its answers: the last entry of each message under way.
    Replicate { inflight: VecDeque<u64> },
    /// Not at all while a snapshot is under way that ends at `index`.
    Snapshot { index: u64 },
}

impl Progress {
    pub(crate) fn new(last_index: u64) -> Progress {
        Progress {
            match_index: 0,
            next_index: last_index + 1,
            mode: Mode::Probe { waits: false },
            answered: 0,
            heartbeat_after_refusal: 0,
        }
    }

    pub(crate) fn is_paused(&self, inflight_max: usize) -> bool {
        match &self.mode {
            Mode::Probe { waits } => *waits,
            Mode::Replicate { inflight } => inflight.len() >= inflight_max,
            Mode::Snapshot { .. } => true,
        }
    }

    pub(crate) fn probe(&mut self) {
        self.next_index = self.match_index + 1;
        self.mode = Mode::Probe { waits: false };
    }

    /// Its snapshot is under way no longer. If it is there, its log ends with it soon.
    pub(crate) fn snapshot_sent(&mut self, has_arrived: bool) {
        if let Mode::Snapshot { index } = self.mode {
            self.probe();
            if has_arrived {
                (self.next_index, self.mode) = (index + 1, Mode::Probe { waits: true });
            }
        }
    }

    /// A message whose last entry is at `last` is sent; `last` is `None` when it has none.
    pub(crate) fn sent(&mut self, last: Option<u64>) {
        match (&mut self.mode, last) {
            (Mode::Probe { waits }, _) => *waits = true,
            (Mode::Replicate { inflight }, Some(last)) => {
                self.next_index = last + 1;
                inflight.push_back(last);
            }
            (Mode::Replicate { .. } | Mode::Snapshot { .. }, _) => {}
        }
    }

    /// Its log is the leader's up to `index`; the leader's begins after `snapshot_index`.
    pub(crate) fn confirmed(&mut self, index: u64, snapshot_index: u64) {
        self.match_index = self.match_index.max(index);
        self.next_index = self.next_index.max(self.match_index + 1);
        match &mut self.mode {
            Mode::Replicate { inflight } => inflight.retain(|last| *last > index),
            Mode::Snapshot { .. } if self.match_index < snapshot_index => {}
            Mode::Probe { .. } | Mode::Snapshot { .. } => {
                self.next_index = self.match_index + 1;
                self.mode = Mode::Replicate { inflight: VecDeque::new() };
            }
        }
    }

    /// It has no entry as that at `prev_index`; at best up to `hint_index`. False for an answer to
    /// something older than what is known.
    ///
    /// Where messages overtake each other, a missing one causes all after it to be refused. If each refusal
    /// caused everything to be sent again, a network that reorders would be flooded. So none does until a
    /// heartbeat is answered that was sent after the last one that did: `heartbeats` counts those sent.
    pub(crate) fn refused(&mut self, prev_index: u64, hint_index: u64, heartbeats: u64) -> bool {
        match self.mode {
            Mode::Replicate { .. }
                if prev_index > self.match_index
                    && self.answered >= self.heartbeat_after_refusal =>
            {
                self.heartbeat_after_refusal = heartbeats + 1;
                self.probe();
            }
            Mode::Probe { .. } if prev_index + 1 == self.next_index => {
                let next_index = prev_index.min(hint_index + 1);
                self.next_index = next_index.max(self.match_index + 1);
                self.mode = Mode::Probe { waits: false };
            }
            _ => return false,
        }
        true
    }

    /// It has answered that heartbeat, so what it was sent may be lost.
    pub(crate) fn heard(&mut self, heartbeat: u64, inflight_max: usize) {
        self.answered = self.answered.max(heartbeat);
        match &mut self.mode {
            Mode::Probe { waits } => *waits = false,
            Mode::Replicate { inflight } if inflight.len() >= inflight_max => {
                inflight.pop_front();
            }
            Mode::Replicate { .. } | Mode::Snapshot { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A follower that is sent entries 1 to 9 ahead of its answers.
    fn replicating() -> Progress {
        let mut progress = Progress::new(0);
        progress.confirmed(0, 0);
        (1..=9).for_each(|index| progress.sent(Some(index)));
        progress
    }

    #[test]
    fn of_many_refusals_one_has_entries_sent_again_in_a_round_trip() {
        let mut progress = replicating();
        assert!(progress.refused(3, 1, 5));
        assert!(matches!(progress.mode, Mode::Probe { waits: false }));
        progress.confirmed(1, 0);
        progress.sent(Some(2));
        // These were under way before, and heartbeat 5 was too.
        assert!(!progress.refused(4, 1, 5));
        progress.heard(5, 64);
        assert!(!progress.refused(5, 1, 6));
        progress.heard(6, 64);
        assert!(progress.refused(6, 1, 6));
    }

    #[test]
    fn a_probe_goes_back_to_where_the_logs_may_agree_and_not_before_what_is_confirmed() {
        let mut progress = Progress::new(20);
        assert!(progress.refused(20, 7, 0));
        assert_eq!(progress.next_index, 8);
        assert!(!progress.refused(20, 7, 0), "it is an answer to an earlier probe");
        progress.match_index = 5;
        assert!(progress.refused(7, 2, 0));
        assert_eq!(progress.next_index, 6);
    }

    #[test]
    fn a_snapshot_that_is_lost_is_sent_again_and_one_that_is_there_is_waited_for() {
        let mut progress = Progress::new(20);
        progress.snapshot_sent(true);
        assert_eq!(progress.next_index, 21, "it was sent none");
        progress.mode = Mode::Snapshot { index: 9 };
        progress.snapshot_sent(false);
        assert_eq!((progress.next_index, progress.is_paused(64)), (1, false));
        progress.mode = Mode::Snapshot { index: 9 };
        progress.snapshot_sent(true);
        assert_eq!((progress.next_index, progress.is_paused(64)), (10, true));
        // It has lost it after all.
        assert!(progress.refused(9, 0, 0));
        assert_eq!(progress.next_index, 1);
    }

    #[test]
    fn after_a_snapshot_it_goes_on_once_the_log_reaches_back_to_it() {
        let mut progress = Progress::new(20);
        progress.mode = Mode::Snapshot { index: 9 };
        progress.confirmed(9, 10);
        assert!(progress.is_paused(64));
        progress.confirmed(10, 10);
        assert!(!progress.is_paused(64));
        assert_eq!(progress.next_index, 11);
    }
}
