//! Who led when, and in which term each server was.

use crate::Violation;
use crate::api::life::Life;
use crate::oracle::one_leader;
use crate::oracle::terms::Terms;
use labtrace::trace::{Event, Role};

pub(super) struct Leaders {
    leaders: one_leader::Leaders,
    /// What servers show of their inside, and what they have said when they were asked.
    shown: Terms,
    said: Terms,
}

impl Leaders {
    pub(super) fn new(servers: usize) -> Leaders {
        let terms = || Terms::new(servers);
        Leaders { leaders: one_leader::Leaders::default(), shown: terms(), said: terms() }
    }

    /// A server has crashed. What it said it may take back only with writes that are lost; what it
    /// merely showed, nobody may have relied on.
    pub(super) fn crash(&mut self, server: usize, lost_writes: u64) {
        self.shown.forget_above(server, 0);
        if lost_writes > 0 {
            self.said.forget_above(server, 0);
        }
    }

    /// A server shows its inside, or has said what it is.
    pub(super) fn take(&mut self, who: Life, event: &Event) -> Result<(), Violation> {
        let (counts, term, leads) = match event {
            Event::State { term, role, .. } => {
                (self.shown.observe(who, *term)?, *term, *role == Role::Leader)
            }
            Event::Role { term, leader, .. } => (self.said.observe(who, *term)?, *term, *leader),
            _ => return Ok(()),
        };
        if counts && leads { self.leaders.observe(who, term) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(term: u64) -> Event {
        Event::Role { server: 0, term, leader: false }
    }

    fn shown(term: u64) -> Event {
        let (role, voted_for) = (Role::Candidate, None);
        let [last_index, last_term, commit_index, applied, snapshot_index] = [0; 5];
        Event::State {
            server: 0,
            role,
            term,
            voted_for,
            last_index,
            last_term,
            commit_index,
            applied,
            snapshot_index,
        }
    }

    /// What comes of a server in term 5 that crashes and is in term 4 then.
    fn goes_back(event: fn(u64) -> Event, lost_writes: u64) -> Result<(), Violation> {
        let mut leaders = Leaders::new(1);
        leaders.take(Life { server: 0, start: 1 }, &event(5)).unwrap();
        leaders.crash(0, lost_writes);
        leaders.take(Life { server: 0, start: 2 }, &event(4))
    }

    #[test]
    fn fires_when_a_server_takes_back_what_it_said_and_had_written() {
        assert_eq!(goes_back(said, 0).unwrap_err().property, "safety:term");
    }

    #[test]
    fn stays_silent_when_nothing_was_said_or_the_write_is_lost() {
        assert_eq!(goes_back(said, 1), Ok(()));
        assert_eq!(goes_back(shown, 0), Ok(()));
    }
}
