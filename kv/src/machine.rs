//! Everything that is replicated: the store and the sessions, and how far the log has been applied.

use crate::command::{Command, Once};
use crate::operation::{Answer, Request, Versioned};
use crate::sessions::{Seen, Sessions};
use crate::store::Store;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The format of snapshots.
const FORMAT: u8 = 2;

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
    /// The session with that number is open.
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

    /// Whether the session with that number was closed. One that is yet to be opened was not.
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
        let command = Command::decode(command)
            .map_err(|reason| MachineError::BadCommand { index, reason })?;
        self.applied = index;
        Ok(Some(self.execute(index, command)))
    }

    /// The entry at `index` is not a command; nothing happens when it has been passed before.
    pub(crate) fn pass(&mut self, index: u64) -> Result<(), MachineError> {
        if index > self.applied + 1 {
            return Err(MachineError::Gap { index, applied: self.applied });
        }
        self.applied = self.applied.max(index);
        Ok(())
    }

    fn execute(&mut self, index: u64, command: Command) -> Outcome {
        match command {
            Command::OpenSession(new) => {
                self.sessions.open(index, new);
                Outcome::Opened(index)
            }
            Command::Read { key } => Outcome::Answered(Answer::Got(self.store.get(&key))),
            Command::Execute { once: None, requests } => {
                Outcome::Answered(self.apply_all(requests))
            }
            Command::Execute { once: Some(once), requests } => {
                match self.sessions.look_up(once) {
                    Seen::New => {}
                    Seen::Before(answer) => return Outcome::Answered(answer.clone()),
                    Seen::Late => return Outcome::Late,
                    Seen::Expired => return Outcome::Expired,
                }
                let answer = self.apply_all(requests);
                self.sessions.answered(once, index, answer.clone());
                Outcome::Answered(answer)
            }
        }
    }

    /// One answer to one request; several to several.
    fn apply_all(&mut self, requests: Vec<Request>) -> Answer {
        let mut answers = requests.into_iter().map(|request| self.store.apply(request));
        match answers.len() {
            1 => answers.next().expect("there is one"),
            _ => Answer::Several(answers.collect()),
        }
    }

    /// What is under a key.
    pub(crate) fn get(&self, key: &[u8]) -> Versioned {
        self.store.get(key)
    }

    /// Keys and values.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The answer to a write that has been made, if it is the latest of its session.
    pub(crate) fn answer_before(&self, once: Once) -> Option<Answer> {
        match self.sessions.look_up(once) {
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
    use crate::command::NewSession;
    use crate::operation::Action;
    use proptest::prelude::*;

    fn encoded(command: &Command) -> Vec<u8> {
        labrpc::encode(command).unwrap()
    }

    fn once(session: u64, sequence: u64) -> Once {
        Once { session, token: 0, sequence }
    }

    fn open(sessions_max: u64) -> Command {
        Command::OpenSession(NewSession {
            owner_sessions_max: u64::MAX,
            sessions_max,
            ..NewSession::default()
        })
    }

    fn append(session: u64, sequence: u64, tail: &str) -> Command {
        let request = Request::new("k", Action::Append(tail.to_owned().into()));
        Command::Execute { once: Some(once(session, sequence)), requests: vec![request] }
    }

    fn apply(machine: &mut Machine, command: &Command) -> Outcome {
        machine.apply(machine.applied + 1, &encoded(command)).unwrap().unwrap()
    }

    fn with_a_session() -> Machine {
        let mut machine = Machine::default();
        let opened = apply(&mut machine, &open(2));
        assert_eq!(opened, Outcome::Opened(1));
        machine
    }

    const DONE: Outcome = Outcome::Answered(Answer::Done { version: 1 });

    #[test]
    fn a_retried_write_is_answered_as_before_and_not_made_again() {
        let mut machine = with_a_session();
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), DONE);
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), DONE);
        assert_eq!(machine.get(b"k").value, Some("a".into()));
        assert_eq!(machine.answer_before(once(1, 1)), Some(Answer::Done { version: 1 }));
        assert_eq!(machine.answer_before(once(1, 2)), None);
    }

    #[test]
    fn what_is_asked_in_one_command_is_done_at_once_and_answered_in_order() {
        let mut machine = with_a_session();
        let requests = |number: &'static str| {
            vec![
                Request::new("a", Action::Put(number.into())),
                Request::new("b", Action::Add(1)),
                Request::new("a", Action::Get),
            ]
        };
        let several = |value: &'static str, version, sum| {
            let got = Answer::Got(Versioned { value: Some(value.into()), version });
            Outcome::Answered(Answer::Several(vec![
                Answer::Done { version },
                Answer::Number(sum),
                got,
            ]))
        };
        let plain = Command::Execute { once: None, requests: requests("x") };
        assert_eq!(apply(&mut machine, &plain), several("x", 1, 1));
        assert_eq!(apply(&mut machine, &plain), several("x", 2, 2), "there is no session");
        let once = Command::Execute { once: Some(once(1, 1)), requests: requests("y") };
        assert_eq!(apply(&mut machine, &once), several("y", 3, 3));
        assert_eq!(apply(&mut machine, &once), several("y", 3, 3));
        assert_eq!(machine.get(b"b").version, 3);
        let nothing = Command::Execute { once: None, requests: Vec::new() };
        assert_eq!(apply(&mut machine, &nothing), Outcome::Answered(Answer::Several(Vec::new())));
    }

    #[test]
    fn a_write_that_comes_after_a_later_one_is_not_made() {
        let mut machine = with_a_session();
        apply(&mut machine, &append(1, 2, "b"));
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), Outcome::Late);
        assert_eq!(machine.get(b"k").value, Some("b".into()));
    }

    #[test]
    fn in_a_closed_session_nothing_is_written() {
        let mut machine = with_a_session();
        for _ in 0..2 {
            apply(&mut machine, &open(2));
        }
        assert_eq!(apply(&mut machine, &append(1, 1, "a")), Outcome::Expired);
        assert_eq!(machine.get(b"k"), Versioned::default());
    }

    #[test]
    fn a_snapshot_keeps_what_was_answered() {
        let mut machine = with_a_session();
        apply(&mut machine, &append(1, 1, "a"));
        let mut restored = Machine::restore(&machine.snapshot()).unwrap();
        assert_eq!(restored, machine);
        assert_eq!(apply(&mut restored, &append(1, 1, "a")), DONE);
        assert_eq!(restored.get(b"k").value, Some("a".into()));
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
        let error = Machine::restore(b"\x01rest").unwrap_err().to_string();
        assert_eq!(error, "the snapshot has format 1, expected 2");
        let error = Machine::restore(b"").unwrap_err().to_string();
        assert_eq!(error, "the snapshot can't be read: it is empty");
        assert!(Machine::restore(&[FORMAT]).is_err());
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
