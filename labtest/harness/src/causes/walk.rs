//! From a failure back to the first act that should not have happened.
//!
//! A failure has a place: servers, a term, an index. An index has a history: who wrote the entry that was
//! committed there first, who had it then, who was elected without it, who dropped it, who applied
//! something else. A term has one: who stood, who voted, who led. The wrongs of these histories are the
//! candidates, and the earliest of them is the cause. What is left out of ten lines is what matters least.

mod chosen;
mod history;
mod promises;
mod reads;
mod twice;

use super::fact::{Fact, What, Wrong};
use super::{CauseKind, Causes};
use crate::{Failure, property};
use chosen::{Chosen, Weight};
use labtrace::{Cause, Place};

/// A chain is read in a minute.
pub(super) const FACTS_MAX: usize = 10;

/// See [`Causes::chain`].
pub(super) fn chain(causes: &Causes, failure: &Failure) -> Vec<Cause> {
    let at = u64::try_from(failure.at.as_nanos()).unwrap_or(u64::MAX);
    let until = causes.facts.partition_point(|fact| fact.at <= at);
    let Failure { property, ref place, .. } = *failure;
    let walk = Walk { facts: &causes.facts[..until], at, property, place };
    let kind = failure.property.split(':').next();
    let mut chain = match kind {
        // A test that takes too long may wait for many things, each in its time.
        _ if failure.property == property::TEST_TIME => walk.stalled((None, causes.stall(at).1)),
        _ if failure.property == property::PRE_VOTE => walk.stalled(walk.promised()),
        _ if failure.property == property::ELECTIONS => {
            walk.stalled((causes.spent_most(failure.property), causes.elections()))
        }
        Some("liveness") => walk.stalled(causes.stall(at)),
        Some("efficiency") => {
            walk.stalled((causes.spent_most(failure.property), walk.last_leader()))
        }
        _ => walk.chain(),
    };
    // What goes wrong in code, or in how it is called, has no cause in what servers do.
    let is_of_raft = matches!(kind, Some("safety" | "liveness" | "efficiency"));
    if is_of_raft && !chain.iter().any(|fact| fact.wrong) {
        chain.truncate(FACTS_MAX - 1);
        chain.push(causes.not_seen(at));
    }
    chain
}

impl Causes {
    /// Says that the cause is not known, and what was hidden.
    fn not_seen(&self, at: u64) -> Cause {
        let seen = self.seen;
        let hidden =
            [("messages", seen.all_messages()), ("disk", seen.disk), ("inside", seen.inside)];
        let hidden: Vec<&str> =
            hidden.iter().filter(|(_, is_seen)| !is_seen).map(|(what, _)| *what).collect();
        let text = match hidden.as_slice() {
            [] => "which act of these should not have been was not found".to_owned(),
            hidden => {
                format!("the act that should not have been is not seen: {}", hidden.join(", "))
            }
        };
        let place = Place::default();
        Cause { when: at, fact: "not-seen".to_owned(), wrong: false, place, text }
    }
}

struct Walk<'a> {
    facts: &'a [Fact],
    at: u64,
    property: &'static str,
    place: &'a Place,
}

impl Walk<'_> {
    fn chain(&self) -> Vec<Cause> {
        let mut chosen = Chosen::default();
        let mut wrongs = self.at_the_failure();
        if let Some(index) = self.place.index {
            wrongs.extend(self.index(index, &mut chosen));
        }
        if let Some(term) = self.place.term.filter(|_| self.place.index.is_none()) {
            wrongs.extend(self.term(term, &mut chosen));
        }
        if wrongs.is_empty() && *self.place == Place::default() {
            // What clients see wrong names no server: the first act of all that should not have been.
            wrongs.extend(self.wrongs(|_, _| true).next());
        }
        if self.property == property::ELECTION_RESTRICTION {
            wrongs.extend(self.lost());
        }
        wrongs.sort_unstable();
        wrongs.dedup();
        if let Some(&cause) = wrongs.first() {
            self.around(cause, &mut chosen);
            self.read(cause, &mut chosen);
            chosen.add_all(wrongs, Weight::Wrong);
            chosen.add(cause, Weight::Cause);
        }
        self.told(chosen)
    }

    /// The ten that matter most, by time. Of two that matter alike the later one does.
    fn told(&self, mut chosen: Chosen) -> Vec<Cause> {
        self.leave_out_what_wrongs_say(&mut chosen);
        // Who says the same to several says it once.
        let mut said: Vec<&Fact> = Vec::new();
        let mut is_new = |place: usize| {
            let fact = &self.facts[place];
            let is_new = !said.contains(&fact);
            said.push(fact);
            is_new
        };
        let chosen = chosen.0.into_iter().filter(|(place, _)| is_new(*place));
        let mut places: Vec<(Weight, usize)> =
            chosen.map(|(place, weight)| (weight, place)).collect();
        places.sort_by_key(|(weight, place)| (*weight, std::cmp::Reverse(*place)));
        places.truncate(FACTS_MAX);
        places.sort_by_key(|(_, place)| *place);
        places.into_iter().map(|(_, place)| self.facts[place].told()).collect()
    }

    /// What kept servers from getting on, among the facts that show it.
    fn stalled(&self, (cause, shown): (Option<Fact>, Vec<usize>)) -> Vec<Cause> {
        let mut chosen = Chosen::default();
        let kept = FACTS_MAX - usize::from(cause.is_some());
        let first = shown.len().saturating_sub(kept - 1);
        chosen.add_all(shown.first().copied(), Weight::Link);
        chosen.add_all(shown.into_iter().skip(first), Weight::Result);
        let mut chain = self.told(chosen);
        if let Some(cause) = cause {
            let at = chain.partition_point(|fact| fact.when <= cause.at);
            chain.insert(at, cause.told());
        }
        chain
    }

    fn last_leader(&self) -> Vec<usize> {
        self.find(|it| matches!(it.what, What::Leads { .. })).last().into_iter().collect()
    }

    fn find<'b>(
        &'b self,
        is_it: impl Fn(&Fact) -> bool + 'b,
    ) -> impl DoubleEndedIterator<Item = usize> + 'b {
        (0..self.facts.len()).filter(move |place| is_it(&self.facts[*place]))
    }

    fn wrongs<'b>(
        &'b self,
        is_it: impl Fn(&Fact, &Wrong) -> bool + 'b,
    ) -> impl DoubleEndedIterator<Item = usize> + 'b {
        self.find(move |fact| fact.wrong().is_some_and(|wrong| is_it(fact, wrong)))
    }

    /// What those concerned have lost of their logs, on which a vote depends.
    fn lost(&self) -> Vec<usize> {
        let lost = |fact: &Fact, wrong: &Wrong| {
            wrong.kind == CauseKind::DROPPED_WITHOUT_CONFLICT && self.concerns(fact.server)
        };
        self.wrongs(lost).collect()
    }

    /// Whether the failure is about that server.
    fn concerns(&self, server: usize) -> bool {
        self.place.servers.is_empty() || self.place.servers.contains(&server)
    }

    /// What is wrong at the very moment of the failure, with its servers.
    fn at_the_failure(&self) -> Vec<usize> {
        self.wrongs(|fact, _| fact.at == self.at && self.concerns(fact.server)).collect()
    }
}
