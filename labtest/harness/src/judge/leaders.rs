//! Who led when, and in which term each server was.

use crate::Violation;
use crate::api::life::Life;
use crate::checks::claim;
use crate::checks::known::elections::Claims;
use labtrace::trace::{Event, Role};

pub(super) struct Leaders {
    /// What servers show of their internal state, and what they said when they were asked.
    shown: Claims,
    said: Claims,
}

impl Leaders {
    pub(super) fn new(servers: usize) -> Leaders {
        Leaders { shown: Claims::new(servers), said: Claims::new(servers) }
    }

    /// A server has crashed. What it said it may take back only with writes that are lost; what it
    /// merely showed, nobody may have relied on.
    pub(super) fn crash(&mut self, server: usize, lost_writes: u64) {
        self.shown.terms.forget_above(server, 0);
        if lost_writes > 0 {
            self.said.terms.forget_above(server, 0);
        }
    }

    /// A server shows its internal state, or has said what it is.
    pub(super) fn take(&mut self, who: Life, event: &Event) -> Result<(), Violation> {
        match event {
            Event::State { term, role, .. } => {
                claim(&mut self.shown, who, *term, *role == Role::Leader)
            }
            Event::Role { term, leader, .. } => claim(&mut self.said, who, *term, *leader),
            _ => Ok(()),
        }
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

    /// A server in term 5 crashes and is in term 4 then.
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
