//! Reads that wait for a leader to be sure that it leads.

use raft_api::{NotLeader, ReadIndexError, State};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// What a read waits for.
pub(super) type Answer = oneshot::Receiver<Result<u64, ReadIndexError>>;

/// The reads that wait, by their number.
#[derive(Default)]
pub(super) struct Reads {
    begun: u64,
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    /// In which the server led when it began.
    term: u64,
    answer: oneshot::Sender<Result<u64, ReadIndexError>>,
}

impl Reads {
    /// A number for the next read.
    pub(super) fn next_number(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    pub(super) fn begin(&mut self, read: u64, term: u64) -> Answer {
        let (answer, receiver) = oneshot::channel();
        self.waiting.insert(read, Waiting { term, answer });
        receiver
    }

    /// One that nobody waits for any more, or that has failed, is passed over.
    pub(super) fn answer(&mut self, read: u64, index: u64) {
        if let Some(waiting) = self.waiting.remove(&read) {
            let _ = waiting.answer.send(Ok(index));
        }
    }

    /// Fails those that began when the server led a term that it leads no longer.
    pub(super) fn fail_unless_led(&mut self, state: State) {
        let is_led = |it: &Waiting| state.is_leader && it.term == state.term;
        let (led, lost): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(_, it)| is_led(it));
        self.waiting = led;
        for waiting in lost.into_values() {
            let _ = waiting.answer.send(Err(NotLeader { leader: None }.into()));
        }
    }
}
