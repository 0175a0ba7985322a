//! The term a server reports never goes back, not even over a restart.
//!
//! Source: figure 2 of the Raft paper: `currentTerm` increases monotonically and is on stable
//! storage before a server answers. A server that forgets its term can vote twice in it.

use crate::api::life::Life;
use crate::{Violation, property};

/// The highest term each server has reported, and the life that reported it.
///
/// A crash takes back what was seen of the server's memory and was neither durable nor told to
/// anybody, because nothing was promised: the next life may start below it.
#[derive(Debug)]
pub(crate) struct Terms {
    reported: Vec<(u32, u64)>,
}

impl Terms {
    pub(crate) fn new(servers: usize) -> Terms {
        Terms { reported: vec![(0, 0); servers] }
    }

    /// False when `who` is an earlier life, still speaking while it dies (possible on the real
    /// clock): what it says counts for nothing.
    pub(crate) fn observe(&mut self, who: Life, term: u64) -> Result<bool, Violation> {
        let (start, before) = self.reported[who.server];
        if who.start < start {
            return Ok(false);
        }
        if term < before {
            let message = format!("server {}'s term went back from {before} to {term}", who.server);
            let violation = Violation::new(property::TERM_MONOTONIC, message);
            return Err(violation.at_servers([who.server]).in_term(term));
        }
        self.reported[who.server] = (who.start, term);
        Ok(true)
    }

    /// The server's next life may be in `kept` or any later term.
    pub(crate) fn forget_above(&mut self, server: usize, kept: u64) {
        let reported = &mut self.reported[server].1;
        *reported = kept.min(*reported);
    }

    pub(crate) fn highest(&self) -> u64 {
        self.reported.iter().map(|(_, term)| *term).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(server: usize, start: u32) -> Life {
        Life { server, start }
    }

    #[test]
    fn fires_when_a_term_goes_back_also_over_a_restart() {
        for start in [1, 2] {
            let mut terms = Terms::new(3);
            terms.observe(life(1, 1), 5).unwrap();
            let violation = terms.observe(life(1, start), 4).unwrap_err();
            assert_eq!(violation.property, "safety:term");
            assert_eq!(violation.message, "server 1's term went back from 5 to 4");
        }
    }

    #[test]
    fn stays_silent_when_terms_stay_or_grow() {
        let mut terms = Terms::new(3);
        for (server, start, term) in
            [(0, 1, 0), (0, 1, 1), (0, 1, 1), (1, 1, 7), (0, 2, 1), (0, 2, 2), (2, 1, 3)]
        {
            assert_eq!(terms.observe(life(server, start), term), Ok(true));
        }
        assert_eq!(terms.highest(), 7);
    }

    #[test]
    fn stays_silent_when_the_term_was_lost_before_it_was_durable() {
        let mut terms = Terms::new(2);
        terms.observe(life(0, 1), 5).unwrap();
        terms.observe(life(1, 1), 5).unwrap();
        terms.forget_above(0, 3);
        terms.forget_above(1, 9);
        assert_eq!(terms.observe(life(0, 2), 4), Ok(true));
        assert!(terms.observe(life(0, 2), 3).is_err());
        assert!(terms.observe(life(1, 2), 4).is_err());
    }

    #[test]
    fn a_dead_life_has_no_say() {
        let mut terms = Terms::new(1);
        terms.observe(life(0, 2), 5).unwrap();
        assert_eq!(terms.observe(life(0, 1), 4), Ok(false));
        assert_eq!(terms.observe(life(0, 1), 9), Ok(false));
        assert_eq!(terms.highest(), 5);
    }
}
