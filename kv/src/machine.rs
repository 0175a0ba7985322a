//! Everything that is replicated: the store and the sessions, and how far the log has been applied.

use crate::command::Command;
use crate::operation::{Answer, Versioned};
use crate::sessions::{Seen, Sessions};
use crate::store::Store;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The format of snapshots.
const FORMAT: u8 = 1;

/// The replicated state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The last entry that was applied.
    applied: u64,
    store: Store,
    sessions: Sessions,
}

/// The outcome of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The session of that number is open.
    Opened(u64),
    /// The write or read is answered so, now or when it was first made.
    Answered(Answer),
    /// The client has made a later write.
    Late,
    /// The session is closed; nothing was done.
    Expired,
}

/// Why entries or a snapshot can't be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MachineError {
    #[error("entry {index} is no command of this store: {reason}")]
    BadCommand { index: u64, reason: String },
    #[error("entry {index} comes after entry {applied}: what was in between is missing")]
    Gap { index: u64, applied: u64 },
    #[error("the snapshot can't be read: {reason}")]
    BadSnapshot { reason: String },
    #[error("the snapshot of entry {index} shows entry {shown}")]
    OtherEntry { index: u64, shown: u64 },
    #[error("the snapshot has format {format}, expected {FORMAT}")]
    OtherFormat { format: u8 },
}

impl Machine {
    /// The last entry that was applied.
    pub(crate) fn applied(&self) -> u64 {
        self.applied
    }

    /// Whether the session of that number was closed. One that is yet to be opened was not.
    pub(crate) fn is_closed(&self, session: u64) -> bool {
        session <= self.applied && !self.sessions.is_open(session)
    }

    /// Applies the entry at `index`; nothing happens when it has been applied before.
    pub(crate) fn apply(
        &mut self,
        index: u64,
        command: &[u8],
    ) -> Result<Option<Outcome>, MachineError> {
        if index <= self.applied {
            return Ok(None);
        }
        if index > self.applied + 1 {
            return Err(MachineError::Gap { index, applied: self.applied });
        }
        let command =
            labrpc::decode(command).map_err(|reason| MachineError::BadCommand { index, reason })?;
        self.applied = index;
        Ok(Some(self.execute(index, command)))
    }

    /// The entry at `index` is no command; nothing happens when it has been passed before.
    pub(crate) fn pass(&mut self, index: u64) -> Result<(), MachineError> {
        if index > self.applied + 1 {
            return Err(MachineError::Gap { index, applied: self.applied });
        }
        self.applied = self.applied.max(index);
        Ok(())
    }

    fn execute(&mut self, index: u64, command: Command) -> Outcome {
        match command {
            Command::OpenSession { sessions_max } => {
                self.sessions.open(index, sessions_max);
                Outcome::Opened(index)
            }
            Command::Read { key } => Outcome::Answered(Answer::Got(self.store.get(&key))),
            Command::Execute { session, sequence, request } => {
                match self.sessions.look_up(session, sequence) {
                    Seen::New => {}
                    Seen::Before(answer) => return Outcome::Answered(answer.clone()),
                    Seen::Late => return Outcome::Late,
                    Seen::Expired => return Outcome::Expired,
                }
                let answer = self.store.apply(request);
                self.sessions.answered(session, sequence, index, answer.clone());
                Outcome::Answered(answer)
            }
        }
    }

    /// What is under a key.
    pub(crate) fn get(&self, key: &str) -> Versioned {
        self.store.get(key)
    }

    /// The answer to a write that has been made, if it is the latest of its session.
    pub(crate) fn answer_before(&self, session: u64, sequence: u64) -> Option<Answer> {
        match self.sessions.look_up(session, sequence) {
            Seen::Before(answer) => Some(answer.clone()),
            Seen::New | Seen::Late | Seen::Expired => None,
        }
    }

    /// Everything as bytes, the same on every server that has applied as much.
    pub(crate) fn snapshot(&self) -> Bytes {
        // Plain maps, lists, numbers and strings always have an encoding.
        let bytes = labrpc::encode(&(FORMAT, self)).expect("the state has an encoding");
        Bytes::from(bytes)
    }

    /// The state that a snapshot shows.
    pub(crate) fn restore(snapshot: &[u8]) -> Result<Machine, MachineError> {
        match snapshot.first() {
            Some(&FORMAT) => {}
            Some(&format) => return Err(MachineError::OtherFormat { format }),
            None => return Err(MachineError::BadSnapshot { reason: "it is empty".to_owned() }),
        }
        let (_, machine): (u8, Machine) =
            labrpc::decode(snapshot).map_err(|reason| MachineError::BadSnapshot { reason })?;
        Ok(machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Action, Request};
    use proptest::prelude::*;

    fn encoded(command: &Command) -> Vec<u8> {
        labrpc::encode(command).unwrap()
    }

    fn append(session: u64, sequence: u64, tail: &str) -> Command {
        let request = Request { key: "k".to_owned(), action: Action::Append(tail.to_owned()) };
        Command::Execute { session, sequence, request }
    }

    fn apply(machine: &mut Machine, command: &Command) -> Outcome {
        machine.apply(machine.applied + 1, &encoded(command)).unwrap().unwrap()
    }

    fn with_a_session() -> Machine {
        let mut machine = Machine::default();
        let opened = apply(&mut machine, &Command::OpenSession { sessions_max: 2 });
        assert_eq!(opened, Outcome::Opened(1));
        machine
    }

    const DONE: Outcome = Outcome::Answered(Answer::Done { version: 1 });

    #[test]
    fn a_retried_write_is_answered_as_before_and_not_made_again() {
        let mut machine = with_a_session();
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), DONE);
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), DONE);
        assert_eq!(machine.get("k").value.as_deref(), Some("a"));
        assert_eq!(machine.answer_before(1, 1), Some(Answer::Done { version: 1 }));
        assert_eq!(machine.answer_before(1, 2), None);
    }

    #[test]
    fn a_write_that_comes_after_a_later_one_is_not_made() {
        let mut machine = with_a_session();
        apply(&mut machine, &append(1, 2, "b"));
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), Outcome::Late);
        assert_eq!(machine.get("k").value.as_deref(), Some("b"));
    }

    #[test]
    fn in_a_closed_session_nothing_is_written() {
        let mut machine = with_a_session();
        for _ in 0..2 {
            apply(&mut machine, &Command::OpenSession { sessions_max: 2 });
        }
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), Outcome::Expired);
        assert_eq!(machine.get("k"), Versioned::default());
    }

    #[test]
    fn a_snapshot_keeps_what_was_answered() {
        let mut machine = with_a_session();
        apply(&mut machine, &append(1, 1, "a"));
        let mut restored = Machine::restore(&machine.snapshot()).unwrap();
        assert_eq!(restored, machine);
        assert_eq!(apply(&mut restored, &append(1, 1, "a")), DONE);
        assert_eq!(restored.get("k").value.as_deref(), Some("a"));
    }

    #[test]
    fn entries_are_applied_in_order_and_once() {
        let mut machine = with_a_session();
        let command = encoded(&append(1, 1, "a"));
        assert_eq!(machine.apply(1, &command), Ok(None));
        assert_eq!(machine.apply(3, &command), Err(MachineError::Gap { index: 3, applied: 1 }));
        assert_eq!(machine.applied(), 1);
    }

    #[test]
    fn an_entry_of_rafts_own_takes_a_place_and_does_nothing() {
        let mut machine = with_a_session();
        let before = machine.applied();
        machine.pass(before + 1).unwrap();
        machine.pass(before + 1).unwrap();
        assert_eq!(machine.applied(), before + 1);
        let gap = MachineError::Gap { index: before + 3, applied: before + 1 };
        assert_eq!(machine.pass(before + 3), Err(gap));
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), DONE);
    }

    #[test]
    fn what_is_no_command_or_snapshot_is_named() {
        let error = Machine::default().apply(1, b"").unwrap_err().to_string();
        assert!(error.starts_with("entry 1 is no command of this store: "), "{error}");
        let error = Machine::restore(b"\x02rest").unwrap_err().to_string();
        assert_eq!(error, "the snapshot has format 2, expected 1");
        let error = Machine::restore(b"").unwrap_err().to_string();
        assert_eq!(error, "the snapshot can't be read: it is empty");
        assert!(Machine::restore(b"\x01").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(bytes: Vec<u8>) {
            let _ = Machine::default().apply(1, &bytes);
            let _ = Machine::restore(&bytes);
            let _ = Machine::restore(&[&[FORMAT], &bytes[..]].concat());
        }
    }
}
