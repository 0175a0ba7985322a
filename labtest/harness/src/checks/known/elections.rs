//! The terms and leaders of a run, as servers show them, say them when asked, or send them.

use crate::api::life::Life;
use std::collections::BTreeMap;

/// What servers claim in one way: by showing it, or by saying it.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) terms: Terms,
    pub(crate) leaders: Leaders,
}

impl Claims {
    pub(crate) fn new(servers: usize) -> Claims {
        Claims { terms: Terms::new(servers), leaders: Leaders::default() }
    }
}

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

    /// `who` reports a term. Returns the one that its server reported before; `None` when `who` is
    /// an earlier life, still speaking while it dies (possible on the real clock): what it says
    /// counts for nothing.
    pub(crate) fn report(&mut self, who: Life, term: u64) -> Option<u64> {
        let (start, before) = self.reported[who.server];
        if who.start < start {
            return None;
        }
        if term >= before {
            self.reported[who.server] = (who.start, term);
        }
        Some(before)
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

/// Who claimed first to be the leader of which term.
#[derive(Debug, Default)]
pub(crate) struct Leaders {
    by_term: BTreeMap<u64, Life>,
}

impl Leaders {
    /// `who` claims to lead `term`. Returns the one who claimed that first.
    pub(crate) fn claim(&mut self, who: Life, term: u64) -> Life {
        *self.by_term.entry(term).or_insert(who)
    }

    /// Whether somebody has been seen to lead the term.
    pub(crate) fn has(&self, term: u64) -> bool {
        self.by_term.contains_key(&term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_life_has_no_say() {
        let mut terms = Terms::new(1);
        assert_eq!(terms.report(Life { server: 0, start: 2 }, 5), Some(0));
        for term in [4, 9] {
            assert_eq!(terms.report(Life { server: 0, start: 1 }, term), None);
        }
        assert_eq!(terms.highest(), 5);
    }

    #[test]
    fn remembers_which_terms_had_a_leader() {
        let mut leaders = Leaders::default();
        let who = Life { server: 2, start: 3 };
        assert_eq!(leaders.claim(who, 5), who);
        assert_eq!(leaders.claim(Life { server: 0, start: 1 }, 5), who);
        assert!(leaders.has(5) && !leaders.has(4));
    }
}
