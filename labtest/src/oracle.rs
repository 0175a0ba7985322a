//! The checks that are always on, in every test, for the whole run.
//!
//! | check | statement | source |
//! | --- | --- | --- |
//! | [`applied_values`] | at one index all servers apply the same command, for ever | paper, figure 3: State Machine Safety |
//! | [`apply_order`] | an incarnation applies index after index: no gap, nothing twice | paper, figure 2: `lastApplied` |
//! | [`snapshots`] | a snapshot is exactly the state at its index and never goes backwards | paper, section 7 |
//! | [`one_leader`] | at most one leader in a term, ever | paper, figure 3: Election Safety |
//! | [`terms`] | the term a server reports never goes back, over restarts too | paper, figure 2: `currentTerm` |
//!
//! All are pure: they look at what was observed and return a [`Violation`](crate::Violation), so
//! each has its tests without a cluster. Unlike the lab's own tester the record of applied values
//! survives restarts, so a value that only crashed servers had applied is not forgotten.

pub(crate) mod applied_values;
pub(crate) mod apply_order;
pub(crate) mod inside;
pub(crate) mod one_leader;
pub(crate) mod record;
pub(crate) mod snapshots;
pub(crate) mod terms;

pub(crate) use inside::Inside;
pub(crate) use record::Record;

/// One life of a server: the server and the number of its start, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incarnation {
    pub(crate) server: usize,
    pub(crate) start: u32,
}

/// What the tester has been told about terms and leaders.
#[derive(Debug)]
pub(crate) struct Elections {
    leaders: one_leader::Leaders,
    terms: terms::Terms,
}

impl Elections {
    pub(crate) fn new(servers: usize) -> Elections {
        Elections { leaders: one_leader::Leaders::default(), terms: terms::Terms::new(servers) }
    }

    /// Takes note of what one incarnation says about itself.
    pub(crate) fn observe(
        &mut self,
        who: Incarnation,
        term: u64,
        is_leader: bool,
    ) -> Result<(), crate::Violation> {
        if !self.terms.observe(who, term)? {
            return Ok(());
        }
        if is_leader {
            self.leaders.observe(who, term)?;
        }
        Ok(())
    }

    /// The server has lost writes that it had not answered for: it may begin again in an earlier
    /// term.
    pub(crate) fn forget(&mut self, server: usize) {
        self.terms.forget(server);
    }

    /// The highest term anyone reported.
    pub(crate) fn highest_term(&self) -> u64 {
        self.terms.highest()
    }
}
