//! What clients saw, for the checker.

use super::Outcome;
use kvd::resp::Reply;
use lincheck::{Checker, Event, EventKind, EventReader, History, Model, Verdict};
use parking_lot::Mutex;
use std::time::Instant;

/// Records what clients ask and see, each of them one thing at a time.
pub struct Recorder<M: Model> {
    events: Mutex<EventReader<M::Input, M::Output>>,
    began: Instant,
    answered: Mutex<usize>,
}

impl<M: Model> Recorder<M> {
    pub fn new() -> Recorder<M> {
        let (events, answered) = (Mutex::new(EventReader::new()), Mutex::new(0));
        Recorder { events, began: Instant::now(), answered }
    }

    /// Does something and notes it; `told` understands the reply. Returns its result.
    pub fn run(
        &self,
        client: u64,
        input: M::Input,
        act: impl FnOnce() -> Outcome,
        told: impl FnOnce(&Reply) -> M::Output,
    ) -> Outcome {
        self.note(client, EventKind::Invoke(input));
        let outcome = act();
        self.note(
            client,
            match &outcome {
                Outcome::Answered(reply) => EventKind::Ok(told(reply)),
                Outcome::Failed => EventKind::Fail,
                Outcome::Unknown => EventKind::Info,
            },
        );
        *self.answered.lock() += usize::from(matches!(outcome, Outcome::Answered(_)));
        outcome
    }

    fn note(&self, process: u64, kind: EventKind<M::Input, M::Output>) {
        let mut events = self.events.lock();
        let at = self.began.elapsed().as_nanos().try_into().expect("a few years at most");
        events.push(Event { at, process, kind }).expect("clients do one thing at a time");
    }

    /// How many operations were answered.
    pub fn answered(&self) -> usize {
        *self.answered.lock()
    }

    pub fn history(self) -> History<M::Input, M::Output> {
        self.events.into_inner().finish()
    }
}

/// Demands that a history is linearizable.
pub fn assert_linearizable<M: Model>(model: &M, history: &History<M::Input, M::Output>) {
    let report = Checker::new(model).explain(history);
    assert_eq!(report.verdict, Verdict::Linearizable, "{}", report.describe(model, history));
}
