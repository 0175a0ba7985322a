//! Histories from events, as recorders write them.

use crate::{History, HistoryError, Moment, Operation, Outcome};
use std::collections::BTreeMap;
use thiserror::Error;

/// Something that a client did or saw, in the terms of Jepsen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<I, O> {
    /// When.
    pub at: u64,
    /// Which client; it does one thing at a time.
    pub process: u64,
    /// What.
    pub kind: EventKind<I, O>,
}

/// What an event says of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind<I, O> {
    /// It begins.
    Invoke(I),
    /// It was answered.
    Ok(O),
    /// It certainly did not take effect and never will, so the history does not have it.
    Fail,
    /// Nobody knows whether it took effect or will yet. The process may go on to the next.
    Info,
}

/// Why events do not make a history.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EventError {
    /// The process has not finished what it began before.
    #[error(
        "process {process} invokes an operation while its last one, invoked at {since}, is open"
    )]
    StillOpen {
        /// The process.
        process: u64,
        /// When it began what it has not finished.
        since: u64,
    },
    /// The process has nothing to finish.
    #[error("process {process} completes an operation, but has none open")]
    NothingOpen {
        /// The process.
        process: u64,
    },
    /// An event is earlier than the one before it.
    #[error("time goes back, from {from} to {to}")]
    TimeGoesBack {
        /// The time of the event before.
        from: u64,
        /// The time of this event.
        to: u64,
    },
    /// The operations don't make a history.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Makes a history of events, one by one and in the order in which they happened.
///
/// Events of the same time keep their order: what returned in an earlier event than another
/// operation was invoked comes before it.
///
/// ```
/// use lincheck::models::{Register, RegisterInput::*, RegisterOutput::*};
/// use lincheck::{check, Event, EventKind, EventReader, Verdict};
///
/// let mut reader = EventReader::new();
/// for (at, process, kind) in [
///     (10, 0, EventKind::Invoke(Write(1))),
///     (20, 0, EventKind::Ok(Written)),
///     (20, 1, EventKind::Invoke(Read)),
///     (30, 1, EventKind::Ok(Value(None))),
/// ] {
///     reader.push(Event { at, process, kind })?;
/// }
/// let history = reader.finish();
/// assert_eq!(check(&Register::new(), &history).verdict, Verdict::NotLinearizable);
/// # Ok::<(), lincheck::EventError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EventReader<I, O> {
    /// In the order of their invocations; of unknown outcome until it is known.
    history: History<I, O>,
    /// The numbers of those that did not take effect, and do not belong there.
    failed: Vec<usize>,
    /// By process, the number of the operation that it has open.
    open: BTreeMap<u64, usize>,
    now: Moment,
}

impl<I, O> EventReader<I, O> {
    /// Before the first event.
    pub fn new() -> EventReader<I, O> {
        EventReader {
            history: History::new(),
            failed: Vec::new(),
            open: BTreeMap::new(),
            now: Moment::from(0),
        }
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// When it does not fit those before it.
    pub fn push(&mut self, event: Event<I, O>) -> Result<(), EventError> {
        let Event { at, process, kind } = event;
        if at < self.now.at {
            return Err(EventError::TimeGoesBack { from: self.now.at, to: at });
        }
        self.now = Moment { at, order: self.now.order + 1 };
        let outcome = match kind {
            EventKind::Invoke(input) => return self.begin(process, input),
            EventKind::Ok(output) => Some(Outcome::Returned { at: self.now, output }),
            EventKind::Info => Some(Outcome::Unknown),
            EventKind::Fail => None,
        };
        let number = self.open.remove(&process).ok_or(EventError::NothingOpen { process })?;
        match outcome {
            Some(outcome) => self.history.end(number, outcome),
            None => self.failed.push(number),
        }
        Ok(())
    }

    fn begin(&mut self, process: u64, input: I) -> Result<(), EventError> {
        if let Some(&open) = self.open.get(&process) {
            let since = self.history.operations()[open].invoked.at;
            return Err(EventError::StillOpen { process, since });
        }
        let operation = Operation::new(process, self.now, input).unknown();
        self.open.insert(process, self.history.push(operation)?);
        Ok(())
    }

    /// When the latest event was.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// What the process asked for in the operation that it has open.
    pub fn open(&self, process: u64) -> Option<&I> {
        self.open.get(&process).map(|&number| &self.history.operations()[number].input)
    }

    /// The history, its operations in the order of their invocations. What is still open is of
    /// unknown outcome.
    pub fn finish(mut self) -> History<I, O> {
        self.failed.sort_unstable();
        self.history.remove(&self.failed);
        self.history
    }
}

impl<I, O> Default for EventReader<I, O> {
    fn default() -> EventReader<I, O> {
        EventReader::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Kind = EventKind<&'static str, u8>;

    fn read(events: &[(u64, u64, Kind)]) -> Result<History<&'static str, u8>, EventError> {
        let mut reader = EventReader::new();
        for (at, process, kind) in events.iter().cloned() {
            reader.push(Event { at, process, kind })?;
        }
        Ok(reader.finish())
    }

    #[test]
    fn outcomes_follow_the_events() {
        let history = read(&[
            (1, 0, Kind::Invoke("answered")),
            (2, 1, Kind::Invoke("failed")),
            (2, 2, Kind::Invoke("timed out")),
            (2, 3, Kind::Invoke("left open")),
            (3, 2, Kind::Info),
            (3, 1, Kind::Fail),
            (3, 2, Kind::Invoke("next of the same process")),
            (4, 0, Kind::Ok(7)),
            (4, 2, Kind::Ok(8)),
        ])
        .unwrap();
        let seen: Vec<_> = (history.operations().iter())
            .map(|it| (it.input, it.output().copied(), it.returned_at().map(|it| it.at)))
            .collect();
        let expected = [
            ("answered", Some(7), Some(4)),
            ("timed out", None, None),
            ("left open", None, None),
            ("next of the same process", Some(8), Some(4)),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn events_that_do_not_fit_are_refused() {
        let twice = read(&[(1, 0, Kind::Invoke("a")), (2, 0, Kind::Invoke("b"))]);
        assert_eq!(twice, Err(EventError::StillOpen { process: 0, since: 1 }));
        let nothing = read(&[(1, 0, Kind::Ok(1))]);
        assert_eq!(nothing, Err(EventError::NothingOpen { process: 0 }));
        let back = read(&[(2, 0, Kind::Invoke("a")), (1, 0, Kind::Ok(1))]);
        assert_eq!(back, Err(EventError::TimeGoesBack { from: 2, to: 1 }));
    }

    #[test]
    fn events_of_one_instant_keep_their_order() {
        let history = read(&[
            (5, 0, Kind::Invoke("first")),
            (5, 0, Kind::Ok(1)),
            (5, 1, Kind::Invoke("second")),
        ])
        .unwrap();
        let [first, second] = history.operations() else { panic!("{history:?}") };
        assert!(first.returned_at().unwrap() < second.invoked);
    }
}
