//! What ends a run before its time: a node that did what no node may do, or Ctrl-C.

use parking_lot::Mutex;
use tokio::sync::Notify;

/// What was reported so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    state: Mutex<State>,
    noticed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What nodes did, a sentence each, in the order in which it came.
    told: Vec<String>,
    is_interrupted: bool,
}

/// How many are kept: a node that writes rubbish writes much of it.
const KEPT: usize = 10;

impl Problems {
    /// A node did what no node may do.
    pub(super) fn tell(&self, sentence: String) {
        let mut state = self.state.lock();
        if state.told.len() < KEPT {
            state.told.push(sentence);
        }
        // Kept for the one that waits, if it does not wait yet.
        self.noticed.notify_one();
    }

    /// Nobody wants the run to go on.
    pub(super) fn interrupt(&self) {
        self.state.lock().is_interrupted = true;
        self.noticed.notify_one();
    }

    pub(super) fn all(&self) -> Vec<String> {
        self.state.lock().told.clone()
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.state.lock().is_interrupted
    }

    /// Whether the run is to end.
    pub(super) fn is_over(&self) -> bool {
        let state = self.state.lock();
        state.is_interrupted || !state.told.is_empty()
    }

    /// Waits until it is. One task may wait at a time.
    pub(super) async fn over(&self) {
        while !self.is_over() {
            self.noticed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn the_first_problem_ends_the_waiting_and_so_does_an_interrupt() {
        let nothing = Problems::default();
        assert!(runtime::timeout(Duration::from_millis(20), nothing.over()).await.is_err());
        nothing.interrupt();
        nothing.over().await;
        assert_eq!((nothing.all(), nothing.is_interrupted()), (Vec::new(), true));

        let one = Problems::default();
        one.tell("n1 has ended".to_owned());
        one.over().await;
        assert_eq!((one.all().len(), one.is_interrupted()), (1, false));
        (0..100).for_each(|_| one.tell("again".to_owned()));
        assert_eq!(one.all().len(), KEPT);
    }
}
