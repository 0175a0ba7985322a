//! Who led when, and in which term each server was.

use crate::Violation;
use crate::api::life::Life;
use crate::oracle::one_leader;
use crate::oracle::terms::Terms;
use labtrace::trace::{Role, State};

pub(super) struct Leaders {
    leaders: one_leader::Leaders,
    /// What servers show of their state, and what they have said when they were asked.
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

    /// A server shows its state.
    pub(super) fn shown(&mut self, who: Life, state: &State) -> Result<(), Violation> {
        let counts = self.shown.observe(who, state.term)?;
        if counts && state.role == Role::Leader {
            return self.leaders.observe(who, state.term);
        }
        Ok(())
    }

    /// A server has said which term it is in and whether it leads.
    pub(super) fn said(&mut self, who: Life, term: u64, leads: bool) -> Result<(), Violation> {
        let counts = self.said.observe(who, term)?;
        if counts && leads { self.leaders.observe(who, term) } else { Ok(()) }
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
