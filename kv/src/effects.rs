//! The effects of the writes of a log, for an observer.

use crate::command::{Command, Once};
use crate::machine::{Machine, Outcome};
use crate::operation::Answer;

/// Follows a log of the store from its first entry and tells which write takes effect where.
///
/// ```
/// use kv::Effects;
///
/// let mut effects = Effects::default();
/// assert_eq!(effects.apply(1, &kv::read_command("x")), None, "a read has no effect");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Effects {
    machine: Machine,
}

/// A write that was made, for the first and only time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The client's session.
    pub session: u64,
    /// The number of the write within it.
    pub sequence: u64,
    /// The key's version after it.
    pub version: u64,
    /// Its condition did not hold, so that nothing has changed.
    pub is_refused: bool,
}

impl Effects {
    /// Takes the entry at `index`. None where no write is made: the entry is a read, opens a session, repeats
    /// an earlier write or comes too late; it was there before; entries are missing before it, and then nothing
    /// is told any more; or it is not a command of this store.
    pub fn apply(&mut self, index: u64, command: &[u8]) -> Option<Effect> {
        let decoded = Command::decode(command);
        let Ok(Command::Execute { once: Some(once), requests }) = decoded else {
            // What the store can't apply stops it too.
            let _ = self.machine.apply(index, command);
            return None;
        };
        let is_repeated = self.machine.answer_before(once).is_some();
        let outcome = self.machine.apply(index, command).ok().flatten()?;
        let (version, is_refused) = match outcome {
            _ if is_repeated => return None,
            Outcome::Answered(Answer::Done { version }) => (version, false),
            Outcome::Answered(_) => (self.machine.get(&requests.first()?.key).version, true),
            Outcome::Opened(_) | Outcome::Late | Outcome::Expired => return None,
        };
        let Once { session, sequence, .. } = once;
        Some(Effect { session, sequence, version, is_refused })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::NewSession;
    use crate::operation::{Action, Request};
    use bytes::Bytes;

    fn write(session: u64, sequence: u64, action: Action) -> Bytes {
        let once = Some(Once { session, token: 0, sequence });
        Command::Execute { once, requests: vec![Request::new("k", action)] }.encode()
    }

    fn put(session: u64, sequence: u64) -> Bytes {
        write(session, sequence, Action::Put("a".into()))
    }

    fn open(sessions_max: u64) -> Bytes {
        let owner_sessions_max = sessions_max;
        Command::OpenSession(NewSession {
            owner_sessions_max,
            sessions_max,
            ..NewSession::default()
        })
        .encode()
    }

    #[test]
    fn each_write_is_told_once() {
        let mut effects = Effects::default();
        assert_eq!(effects.apply(1, &open(2)), None);
        let first = Effect { session: 1, sequence: 1, version: 1, is_refused: false };
        assert_eq!(effects.apply(2, &put(1, 1)), Some(first));
        assert_eq!(effects.apply(2, &put(1, 1)), None, "another server applies it");
        assert_eq!(effects.apply(3, &put(1, 1)), None, "its client has sent it again");
        let second = Effect { sequence: 3, version: 2, ..first };
        assert_eq!(effects.apply(4, &put(1, 3)), Some(second));
        assert_eq!(effects.apply(5, &put(1, 2)), None, "its client has made a later one");
        let refused = write(1, 4, Action::PutAtVersion(7, "b".into()));
        let third = Effect { sequence: 4, is_refused: true, ..second };
        assert_eq!(effects.apply(6, &refused), Some(third));
    }

    #[test]
    fn nothing_is_told_of_closed_sessions_and_after_what_is_missing() {
        let mut effects = Effects::default();
        assert_eq!(effects.apply(1, &open(1)), None);
        assert_eq!(effects.apply(2, &open(1)), None);
        assert_eq!(effects.apply(3, &put(1, 1)), None, "the session is closed");
        assert!(effects.apply(4, &put(2, 1)).is_some());
        assert_eq!(effects.apply(6, &put(2, 2)), None);
        assert_eq!(effects.apply(7, &put(2, 3)), None);
    }
}
