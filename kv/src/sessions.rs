//! Exactly once: the answers that clients already got (Raft dissertation, section 6.3).

use crate::command::{NewSession, Once};
use crate::operation::Answer;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The sessions of clients. Part of the replicated state: it changes by entries of the log alone,
/// and goes into snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sessions {
    /// By number, which is the place in the log at which the session was opened.
    open: Vec<Session>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Session {
    number: u64,
    token: u128,
    owner: Bytes,
    /// The place in the log of its latest command.
    used_at: u64,
    /// The number of its latest write, and what that was answered. A client has one write under way
    /// at a time, so earlier ones are of no interest to it any more.
    sequence: u64,
    answer: Option<Answer>,
}

/// What a session says of a write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen<'a> {
    /// It has not been made.
    New,
    /// It has been made and answered so.
    Before(&'a Answer),
    /// The client has made a later one, so it has given this one up.
    Late,
    /// There is no such session, or no more.
    Expired,
}

impl Sessions {
    /// Opens the session with that number; it must be higher than all before. When there are too many of its
    /// owner, or of all, those that were unused for longest are closed.
    pub(crate) fn open(&mut self, number: u64, new: NewSession) {
        let NewSession { token, owner, owner_sessions_max, sessions_max } = new;
        self.make_room(owner_sessions_max, |session| session.owner == owner);
        self.make_room(sessions_max, |_| true);
        self.open.push(Session {
            number,
            token,
            owner,
            used_at: number,
            sequence: 0,
            answer: None,
        });
    }

    /// For one more of those.
    fn make_room(&mut self, sessions_max: u64, of: impl Fn(&Session) -> bool) {
        while self.open.iter().filter(|it| of(it)).count() as u64 >= sessions_max.max(1) {
            let those = (0..self.open.len()).filter(|&place| of(&self.open[place]));
            let Some(oldest) = those.min_by_key(|&place| self.open[place].used_at) else { break };
            self.open.remove(oldest);
        }
    }

    /// What is known of a write.
    pub(crate) fn look_up(&self, once: Once) -> Seen<'_> {
        let Once { session: number, token, sequence } = once;
        let session = self.find(number).ok().map(|place| &self.open[place]);
        let Some(session) = session.filter(|session| session.token == token) else {
            return Seen::Expired;
        };
        match &session.answer {
            Some(answer) if session.sequence == sequence => Seen::Before(answer),
            _ if sequence > session.sequence => Seen::New,
            _ => Seen::Late,
        }
    }

    /// The write, at `index` of the log, was answered so.
    pub(crate) fn answered(&mut self, once: Once, index: u64, answer: Answer) {
        if let Ok(place) = self.find(once.session) {
            let session = &mut self.open[place];
            (session.sequence, session.answer) = (once.sequence, Some(answer));
            session.used_at = index;
        }
    }

    pub(crate) fn is_open(&self, number: u64) -> bool {
        self.find(number).is_ok()
    }

    fn find(&self, number: u64) -> Result<usize, usize> {
        self.open.binary_search_by_key(&number, |session| session.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: Answer = Answer::Done { version: 7 };

    fn once(session: u64, sequence: u64) -> Once {
        Once { session, token: 0, sequence }
    }

    fn at_most(sessions_max: u64) -> NewSession {
        NewSession { owner_sessions_max: u64::MAX, sessions_max, ..NewSession::default() }
    }

    #[test]
    fn a_write_is_new_once() {
        let mut sessions = Sessions::default();
        sessions.open(3, at_most(10));
        assert_eq!(sessions.look_up(once(3, 1)), Seen::New);
        sessions.answered(once(3, 1), 4, DONE);
        assert_eq!(sessions.look_up(once(3, 1)), Seen::Before(&DONE));
        assert_eq!(sessions.look_up(once(3, 2)), Seen::New);
        sessions.answered(once(3, 2), 5, Answer::Refused);
        assert_eq!(sessions.look_up(once(3, 2)), Seen::Before(&Answer::Refused));
        assert_eq!(sessions.look_up(once(3, 1)), Seen::Late);
    }

    #[test]
    fn sessions_know_nothing_of_each_other() {
        let mut sessions = Sessions::default();
        sessions.open(3, at_most(10));
        sessions.open(5, at_most(10));
        sessions.answered(once(3, 1), 6, DONE);
        assert_eq!(sessions.look_up(once(5, 1)), Seen::New);
        assert_eq!(sessions.look_up(once(4, 1)), Seen::Expired);
    }

    #[test]
    fn of_too_many_the_one_unused_for_longest_is_closed() {
        let mut sessions = Sessions::default();
        for number in [1, 2, 3] {
            sessions.open(number, at_most(3));
        }
        sessions.answered(once(1, 1), 4, DONE);
        sessions.open(5, at_most(3));
        assert_eq!(sessions.look_up(once(2, 1)), Seen::Expired);
        assert_eq!(sessions.look_up(once(1, 1)), Seen::Before(&DONE));
        assert_eq!(sessions.look_up(once(3, 1)), Seen::New);
        sessions.open(6, at_most(1));
        assert_eq!(sessions.open.len(), 1);
        sessions.open(7, at_most(0));
        assert_eq!(sessions.look_up(once(7, 1)), Seen::New, "there is always room for one");
    }

    #[test]
    fn an_owner_of_too_many_loses_its_own() {
        let mut sessions = Sessions::default();
        let of = |owner: &'static str| NewSession {
            owner: owner.into(),
            owner_sessions_max: 2,
            ..at_most(10)
        };
        sessions.open(1, of("quiet"));
        (2..5).for_each(|number| sessions.open(number, of("greedy")));
        let expired = |number| sessions.look_up(once(number, 1)) == Seen::Expired;
        assert_eq!([1, 2, 3, 4].map(expired), [false, true, false, false]);
    }

    #[test]
    fn a_session_is_known_by_its_token_too() {
        let mut sessions = Sessions::default();
        sessions.open(1, NewSession { token: 7, ..at_most(10) });
        assert_eq!(sessions.look_up(once(1, 1)), Seen::Expired);
        assert_eq!(sessions.look_up(Once { token: 7, ..once(1, 1) }), Seen::New);
    }
}
