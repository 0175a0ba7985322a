//! Exactly once: what clients have been answered already (Raft dissertation, section 6.3).

use crate::operation::Answer;
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
    /// Opens the session of that number; it must be higher than all before. When there are
    /// `sessions_max`, those that were unused for longest are closed.
    pub(crate) fn open(&mut self, number: u64, sessions_max: u64) {
        while self.open.len() as u64 >= sessions_max.max(1) {
            let oldest = (0..self.open.len()).min_by_key(|&place| self.open[place].used_at);
            let Some(oldest) = oldest else { break };
            self.open.remove(oldest);
        }
        self.open.push(Session { number, used_at: number, sequence: 0, answer: None });
    }

    /// What is known of a write.
    pub(crate) fn look_up(&self, number: u64, sequence: u64) -> Seen<'_> {
        let Ok(place) = self.find(number) else { return Seen::Expired };
        let session = &self.open[place];
        match &session.answer {
            Some(answer) if session.sequence == sequence => Seen::Before(answer),
            _ if sequence > session.sequence => Seen::New,
            _ => Seen::Late,
        }
    }

    /// The write, at `index` of the log, was answered so.
    pub(crate) fn answered(&mut self, number: u64, sequence: u64, index: u64, answer: Answer) {
        if let Ok(place) = self.find(number) {
            let session = &mut self.open[place];
            (session.sequence, session.answer) = (sequence, Some(answer));
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

    #[test]
    fn a_write_is_new_once() {
        let mut sessions = Sessions::default();
        sessions.open(3, 10);
        assert_eq!(sessions.look_up(3, 1), Seen::New);
        sessions.answered(3, 1, 4, DONE);
        assert_eq!(sessions.look_up(3, 1), Seen::Before(&DONE));
        assert_eq!(sessions.look_up(3, 2), Seen::New);
        sessions.answered(3, 2, 5, Answer::Refused);
        assert_eq!(sessions.look_up(3, 2), Seen::Before(&Answer::Refused));
        assert_eq!(sessions.look_up(3, 1), Seen::Late);
    }

    #[test]
    fn sessions_know_nothing_of_each_other() {
        let mut sessions = Sessions::default();
        sessions.open(3, 10);
        sessions.open(5, 10);
        sessions.answered(3, 1, 6, DONE);
        assert_eq!(sessions.look_up(5, 1), Seen::New);
        assert_eq!(sessions.look_up(4, 1), Seen::Expired);
    }

    #[test]
    fn of_too_many_the_one_unused_for_longest_is_closed() {
        let mut sessions = Sessions::default();
        for number in [1, 2, 3] {
            sessions.open(number, 3);
        }
        sessions.answered(1, 1, 4, DONE);
        sessions.open(5, 3);
        assert_eq!(sessions.look_up(2, 1), Seen::Expired);
        assert_eq!(sessions.look_up(1, 1), Seen::Before(&DONE));
        assert_eq!(sessions.look_up(3, 1), Seen::New);
        sessions.open(6, 1);
        assert_eq!(sessions.open.len(), 1);
        sessions.open(7, 0);
        assert_eq!(sessions.look_up(7, 1), Seen::New, "there is always room for one");
    }
}
