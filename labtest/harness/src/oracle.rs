//! The checks that are always on, in every test, for the whole run.
//!
//! | check | statement | source |
//! | --- | --- | --- |
//! | [`applied_values`] | at one index all servers apply the same command, for ever | paper, figure 3: State Machine Safety |
//! | [`apply_order`] | an incarnation applies index after index: no gap, nothing twice | paper, figure 2: `lastApplied` |
//! | [`snapshots`] | a snapshot is exactly the state at its index and never goes backwards | paper, section 7 |
//! | [`taken`] | the same, of a service that makes its own snapshots | paper, section 7 |
//! | [`one_leader`] | at most one leader in a term, ever | paper, figure 3: Election Safety |
//! | [`terms`] | the term a server reports never goes back, over restarts too | paper, figure 2: `currentTerm` |
//! | [`votes`] | one vote a term, for a log that is up to date; a leader has a majority's | paper, sections 5.2, 5.4.1 |
//! | [`stored`] | a restart finds the term told and the vote given | paper, figure 2 |
//! | [`stale_requests`] | a request of an earlier term is refused | paper, section 5.1 |
//! | [`append_only`] | a leader only appends; nobody removes what it knows to be committed | paper, figure 3: Leader Append-Only |
//! | [`log_matching`] | an index and a term name one entry, and one in front of it | paper, figure 3: Log Matching |
//! | [`leader_completeness`] | a leader has what was committed before its term | paper, figure 3: Leader Completeness |
//! | [`quorum`] | what is committed is on a majority, for ever, and can't be voted away | paper, sections 5.3, 5.4, figure 8 |
//! | [`indices`] | commit, applied and snapshot index never go back, nor overtake each other | paper, figure 2 |
//! | [`acknowledged`] | nothing is acknowledged before it is durable, nor lost after | paper, section 5.2, figure 2 |
//! | [`disk`] | a log is cut only when its snapshot is on the disk | paper, section 7 |
//! | [`efficiency`] | without faults, agreement keeps to its budgets | paper, section 5.6 |
//!
//! All are pure: they look at plain data and return a [`Violation`](crate::Violation), so each has
//! its tests without a cluster. [`judge`] brings before them what happens in a run. Costs do not
//! grow with the run: an event costs what it changes.

pub(crate) mod acknowledged;
pub(crate) mod append_only;
pub(crate) mod applied_values;
pub(crate) mod apply_order;
mod calls;
mod committed;
mod confirmed;
pub(crate) mod disk;
mod disks;
pub(crate) mod efficiency;
pub(crate) mod indices;
mod inside;
mod judge;
pub(crate) mod leader_completeness;
pub(crate) mod log_matching;
mod log_view;
mod messages;
pub(crate) mod one_leader;
pub(crate) mod quorum;
pub(crate) mod record;
mod refusals;
pub(crate) mod snapshots;
pub(crate) mod stale_requests;
pub(crate) mod stored;
pub(crate) mod taken;
pub(crate) mod terms;
pub(crate) mod votes;

pub(crate) use judge::Oracle;
pub(crate) use record::Record;

use crate::api::life::Life;

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
        who: Life,
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

    /// The server has crashed and may begin again in `kept` or any later term.
    pub(crate) fn forget_above(&mut self, server: usize, kept: u64) {
        self.terms.forget_above(server, kept);
    }

    /// The highest term anyone reported.
    pub(crate) fn highest_term(&self) -> u64 {
        self.terms.highest()
    }
}
