//! What happened while nothing went on.

use crate::causes::CauseKind;
use crate::causes::fact::{Fact, What, Wrong, named};
use crate::causes::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet};

/// A single term without a leader is bad luck.
const TERMS_SPLIT_MIN: usize = 2;

/// The time in which nothing went on.
pub(super) struct Window<'a> {
    pub(super) since: u64,
    /// The first fact in it.
    pub(super) first: usize,
    pub(super) facts: &'a [Fact],
}

impl Window<'_> {
    fn inside(&self) -> &[Fact] {
        &self.facts[self.first..]
    }

    pub(super) fn has_leader(&self) -> bool {
        self.inside().iter().any(|fact| matches!(fact.what, What::Leads { .. }))
    }

    /// Who stood, by term.
    pub(super) fn candidates(&self) -> BTreeMap<u64, BTreeSet<usize>> {
        let mut candidates: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        for fact in self.inside() {
            if let What::Stands { term, .. } = fact.what {
                candidates.entry(term).or_default().insert(fact.server);
            }
        }
        candidates
    }

    /// A vote, or a promise, that was refused without a reason while nothing went on; the first of the run is the
    /// cause.
    pub(super) fn refused(&self) -> Option<Fact> {
        let is_refusal = |fact: &&Fact| matches!(fact.what, What::Refuses(_));
        self.inside().iter().find(is_refusal)?;
        let refusals = self.facts.iter().filter(is_refusal);
        let (first, count) = (refusals.clone().next()?, refusals.count());
        let What::Refuses(Refusal { term, candidate, .. }) = first.what else { return None };
        let were = if count == 1 { "vote was" } else { "votes were" };
        let text = format!("{}; {count} {were} refused like this", first.words());
        let wrong = Wrong::new(CauseKind::VOTES_REFUSED, text).in_term(term).with([candidate]);
        Some(Fact { at: first.at, server: first.server, what: What::Wrong(wrong) })
    }

    /// Once somebody has led, votes are no longer split.
    pub(super) fn split(&self) -> Option<Fact> {
        if self.has_leader() {
            return None;
        }
        let candidates = self.candidates();
        let split = candidates.iter().filter(|(_, stood)| stood.len() > 1);
        let terms: Vec<u64> = split.map(|(term, _)| *term).collect();
        let first = *terms.first().filter(|_| terms.len() >= TERMS_SPLIT_MIN)?;
        let stands = |fact: &&Fact| matches!(fact.what, What::Stands { term, .. } if term == first);
        // The one that makes two of them.
        let second = self.inside().iter().filter(stands).nth(1)?;
        let others: Vec<usize> =
            candidates[&first].iter().copied().filter(|it| *it != second.server).collect();
        let text = format!(
            "stands in term {first} together with {}, and nobody wins; so it goes in {} terms",
            named(&others),
            terms.len()
        );
        let wrong = Wrong::new(CauseKind::VOTES_SPLIT, text).in_term(first).with(others);
        Some(Fact { at: second.at, server: second.server, what: What::Wrong(wrong) })
    }

    /// The last that went on, and what came to nothing since.
    pub(super) fn shown(&self) -> Vec<usize> {
        let is_progress = |fact: &Fact| matches!(fact.what, What::Commits(_) | What::Leads { .. });
        let before = self.facts[..self.first].iter().rposition(is_progress);
        // For a server that stands again and again, the first time and the last.
        let stands = |fact: &Fact| matches!(fact.what, What::Stands { .. });
        let is_between = |at: usize| {
            let by = |fact: &Fact| stands(fact) && fact.server == self.inside()[at].server;
            let (before, after) = (&self.inside()[..at], &self.inside()[at + 1..]);
            stands(&self.inside()[at]) && before.iter().any(by) && after.iter().any(by)
        };
        let of_window = self.inside().iter().enumerate().filter(|(at, _)| !is_between(*at));
        let of_window = of_window.filter(|(_, fact)| {
            matches!(
                fact.what,
                What::Leads { .. }
                    | What::Stands { .. }
                    | What::Starts { .. }
                    | What::Crashes { .. }
            )
        });
        before.into_iter().chain(of_window.map(|(at, _)| self.first + at)).collect()
    }
}
