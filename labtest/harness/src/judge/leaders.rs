//! Who led when, and in which term each server was.

use crate::Violation;
use crate::api::life::Life;
use crate::checks::claim;
use crate::checks::known::elections::Claims;
use labtrace::trace::{Role, State};

pub(super) struct Leaders {
    /// What servers show of their state, and what they said when they were asked.
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

    /// A server shows its state.
    pub(super) fn shown(&mut self, who: Life, state: &State) -> Result<(), Violation> {
        claim(&mut self.shown, who, state.term, state.role == Role::Leader)
    }

    /// A server has said which term it is in and whether it leads.
    pub(super) fn said(&mut self, who: Life, term: u64, leads: bool) -> Result<(), Violation> {
        claim(&mut self.said, who, term, leads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(leaders: &mut Leaders, who: Life, term: u64) -> Result<(), Violation> {
        leaders.said(who, term, false)
    }

    fn shown(leaders: &mut Leaders, who: Life, term: u64) -> Result<(), Violation> {
        let state = State {
            server: who.server,
            role: Role::Candidate,
            term,
            voted_for: None,
            last_index: 0,
            last_term: 0,
            commit_index: 0,
            applied: 0,
            snapshot_index: 0,
        };
        leaders.shown(who, &state)
    }

    type Observe = fn(&mut Leaders, Life, u64) -> Result<(), Violation>;

    /// A server is in term 5, crashes, and is in term 4 afterwards.
    fn goes_back(observe: Observe, lost_writes: u64) -> Result<(), Violation> {
        let mut leaders = Leaders::new(1);
        observe(&mut leaders, Life { server: 0, start: 1 }, 5).unwrap();
        leaders.crash(0, lost_writes);
        observe(&mut leaders, Life { server: 0, start: 2 }, 4)
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
