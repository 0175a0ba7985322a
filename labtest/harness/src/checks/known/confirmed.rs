//! What followers have confirmed to leaders.
//!
//! Confirmed is what a follower has accepted of the leader of the same term. That is known when the
//! answer leaves, and so before any leader can act on it.

use crate::api::vocabulary::Position;
use crate::majority::majority;

/// What has been confirmed to leaders.
#[derive(Debug)]
pub(crate) struct Confirmed {
    pub(crate) servers: usize,
    /// By term, ascending: what each server has confirmed to the leader of that term.
    terms: Vec<(u64, Vec<Answered>)>,
    /// The highest index that could be committed.
    pub(crate) last: u64,
    /// A message could not be decoded, so something may be missing here.
    pub(crate) incomplete: bool,
}

/// What one server has confirmed to the leader of one term.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answered {
    /// Up to there, whatever the term of that entry.
    pub(crate) any: u64,
    /// Up to there, an entry of the leader's term.
    own: u64,
}

impl Confirmed {
    pub(crate) fn new(servers: usize) -> Confirmed {
        Confirmed { servers, terms: Vec::new(), last: 0, incomplete: false }
    }

    /// A message was seen that can't be read.
    pub(crate) fn miss(&mut self) {
        self.incomplete = true;
    }

    /// `follower` has accepted from the leader of `term` everything up to `place`.
    pub(crate) fn add(&mut self, follower: usize, term: u64, place: Position) {
        let at = self.terms.partition_point(|(known, _)| *known < term);
        if self.terms.get(at).is_none_or(|(known, _)| *known != term) {
            self.terms.insert(at, (term, vec![Answered::default(); self.servers]));
        }
        let followers = &mut self.terms[at].1;
        let Answered { any, own } = &mut followers[follower];
        *any = place.index.max(*any);
        if place.term == term {
            *own = place.index.max(*own);
        }
        if place.index <= self.last {
            return;
        }
        // The leader has all of that, too.
        let others = majority(self.servers) - 1;
        let own = followers.iter().map(|answered| answered.own);
        self.last = highest_of(own, others, self.last);
        let any = followers.iter().map(|answered| answered.any);
        self.last = highest_of(any, self.servers - 1, self.last);
    }

    /// What each server has confirmed to the leader of `term`; empty when nothing has been.
    pub(crate) fn in_term(&self, term: u64) -> &[Answered] {
        let known = self.terms.binary_search_by_key(&term, |(known, _)| *known);
        known.map_or(&[], |at| &self.terms[at].1)
    }
}

/// The highest index that `count` of the servers have reached, if it is above `known`, or that.
fn highest_of(indices: impl Iterator<Item = u64> + Clone, count: usize, known: u64) -> u64 {
    indices.clone().fold(known, |highest, index| {
        let reached = || indices.clone().filter(|other| *other >= index).count() >= count;
        if index > highest && reached() { index } else { highest }
    })
}
