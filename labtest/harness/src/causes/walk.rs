//! From a failure back to the first act that should not have been.
//!
//! A failure has a place: servers, a term, an index. An index has a history: who wrote the entry that was
//! committed there first, who had it then, who was elected without it, who dropped it, who applied
//! something else. A term has one: who stood, who voted, who led. The wrongs of these histories are the
//! candidates, and the earliest of them is the cause. What is left out of ten lines is what matters least.

use super::Causes;
use super::fact::{Fact, Terms, What, Wrong};
use crate::api::vocabulary::Position;
use crate::{Failure, property};
use labtrace::{Cause, Place};
use std::collections::BTreeMap;

/// A chain is read in a minute.
pub(super) const FACTS_MAX: usize = 10;

/// How much a fact matters; the first matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// The cause.
    Cause,
    /// Without it the chain has a gap.
    Link,
    /// Another wrong.
    Wrong,
    /// What came of it.
    Result,
    /// What else happened to those concerned.
    Beside,
}

/// The facts of a chain, by their places in the record.
#[derive(Default)]
struct Chosen(BTreeMap<usize, Weight>);

impl Chosen {
    fn add(&mut self, place: usize, weight: Weight) {
        let known = self.0.entry(place).or_insert(weight);
        *known = weight.min(*known);
    }

    fn add_all(&mut self, places: impl IntoIterator<Item = usize>, weight: Weight) {
        places.into_iter().for_each(|place| self.add(place, weight));
    }
}

/// See [`Causes::chain`].
pub(super) fn chain(causes: &Causes, failure: &Failure) -> Vec<Cause> {
    let at = u64::try_from(failure.at.as_nanos()).unwrap_or(u64::MAX);
    let until = causes.facts.partition_point(|fact| fact.at <= at);
    let walk = Walk { facts: &causes.facts[..until], at, place: &failure.place };
    let kind = failure.property.split(':').next();
    let mut chain = match kind {
        // A test that takes too long may wait for many things, each in its time.
        _ if failure.property == property::TEST_TIME => walk.stalled((None, causes.stall(at).1)),
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
        wrongs.sort_unstable();
        wrongs.dedup();
        if let Some(&cause) = wrongs.first() {
            self.around(cause, &mut chosen);
            chosen.add_all(wrongs, Weight::Wrong);
            chosen.add(cause, Weight::Cause);
        }
        self.told(chosen)
    }

    /// The ten that matter most, by time. Of two that matter alike the later one does.
    fn told(&self, chosen: Chosen) -> Vec<Cause> {
        let mut places: Vec<(Weight, usize)> =
            chosen.0.into_iter().map(|(place, weight)| (weight, place)).collect();
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

    /// Whether the failure is about that server.
    fn concerns(&self, server: usize) -> bool {
        self.place.servers.is_empty() || self.place.servers.contains(&server)
    }

    /// What is wrong at the very moment of the failure, with its servers.
    fn at_the_failure(&self) -> Vec<usize> {
        self.wrongs(|fact, _| fact.at == self.at && self.concerns(fact.server)).collect()
    }

    /// The history of an index.
    fn index(&self, index: u64, chosen: &mut Chosen) -> Vec<usize> {
        let committed = self.find(|it| it.commits_it(index)).next();
        let applied = self.find(|it| it.applies_it(index)).next();
        let Some(first) = committed.or(applied) else { return self.uncommitted(index, chosen) };
        let term = self.facts[first].entry_term(index).unwrap_or_else(|| {
            applied.and_then(|place| self.facts[place].entry_term(index)).unwrap_or_default()
        });
        let entry = Position { index, term };
        let written = self.find(|it| it.appends_it(index, Some(term)) && term != 0).next();
        let since = written.unwrap_or(first).min(first);
        chosen.add_all(written.into_iter().chain([first]), Weight::Link);
        chosen.add_all(applied, Weight::Result);
        let mut wrongs: Vec<usize> = self
            .wrongs(|_, wrong| wrong.is_about(index))
            .filter(|place| *place >= since || self.is_open_wrong(*place))
            .collect();
        if let Some(leader) = self.leader_without(entry, first) {
            wrongs.extend(self.elected_without(leader, chosen));
            self.loses(index, leader, chosen);
        } else {
            self.loses(index, first, chosen);
        }
        wrongs
    }

    /// Something that lasts, and of a server that the failure is about.
    fn is_open_wrong(&self, place: usize) -> bool {
        let fact = &self.facts[place];
        let lasts = |wrong: &Wrong| wrong.indices.as_ref().is_some_and(|it| *it.end() == u64::MAX);
        fact.wrong().is_some_and(lasts) && self.concerns(fact.server)
    }

    /// An index of which nobody has said that it is committed.
    fn uncommitted(&self, index: u64, chosen: &mut Chosen) -> Vec<usize> {
        let written = self.find(|it| it.appends_it(index, None)).next();
        chosen.add_all(written, Weight::Link);
        let since = written.unwrap_or_default();
        self.wrongs(|fact, wrong| wrong.is_about(index) && self.concerns(fact.server))
            .filter(|place| *place >= since)
            .collect()
    }

    /// The first that was elected after `first` and lacks the entry.
    fn leader_without(&self, entry: Position, first: usize) -> Option<usize> {
        let term_then = self.facts[first].term().unwrap_or_default();
        let lacks = |term: u64, log: &Terms| term > term_then && log.lacks(entry);
        self.find(move |it| matches!(&it.what, What::Leads { term, log, .. } if lacks(*term, log)))
            .find(|place| *place > first)
    }

    fn elected_without(&self, leader: usize, chosen: &mut Chosen) -> Vec<usize> {
        chosen.add(leader, Weight::Link);
        let fact = &self.facts[leader];
        let Some(elected) = fact.term() else { return Vec::new() };
        let stands = |it: &Fact| {
            it.server == fact.server
                && matches!(it.what, What::Stands { term, .. } if term == elected)
        };
        chosen.add_all(self.find(stands), Weight::Result);
        self.wrongs(|_, wrong| wrong.term == Some(elected) && wrong.indices.is_none()).collect()
    }

    /// How an entry at `index` was lost and replaced, from the fact at `since` on.
    fn loses(&self, index: u64, since: usize, chosen: &mut Chosen) {
        let later = |place: &usize| *place > since;
        let dropped = self.find(|it| matches!(it.what, What::Drops { first, last, .. } if (first..=last).contains(&index)));
        chosen.add_all(dropped.filter(later).take(2), Weight::Result);
        let mut written = self.find(|it| it.appends_it(index, None)).filter(later);
        chosen.add_all(written.next_back(), Weight::Link);
        let mut applied = self.find(|it| it.applies_it(index) && self.concerns(it.server));
        chosen.add_all(applied.rfind(later), Weight::Link);
    }

    /// The history of a term.
    fn term(&self, of: u64, chosen: &mut Chosen) -> Vec<usize> {
        let is_of = |it: &Fact| it.term() == Some(of);
        let matters = |it: &Fact| match it.what {
            What::Leads { .. } => Some(Weight::Link),
            What::Votes { .. } => Some(Weight::Result),
            What::Stands { .. } => Some(Weight::Beside),
            _ => None,
        };
        for place in self.find(is_of) {
            if let Some(weight) = matters(&self.facts[place]) {
                chosen.add(place, weight);
            }
        }
        let begun = chosen.0.keys().next().copied().unwrap_or_default();
        let lives = self.find(|it| {
            self.concerns(it.server)
                && matches!(it.what, What::Crashes { .. } | What::Starts { .. })
        });
        chosen.add_all(lives.filter(|place| *place > begun), Weight::Result);
        let about = |fact: &Fact, wrong: &Wrong| {
            wrong.term == Some(of) && (wrong.indices.is_none() || self.concerns(fact.server))
        };
        self.wrongs(about).collect()
    }

    /// What the server of the cause did before: its life, its leader, its snapshots.
    fn around(&self, cause: usize, chosen: &mut Chosen) {
        let fact = &self.facts[cause];
        let before = |place: &usize| *place < cause;
        // What a server starts with tells something when it has lived before.
        let lives = |it: &Fact| {
            it.server == fact.server
                && matches!(it.what, What::Crashes { .. } | What::Starts { .. })
        };
        let lives: Vec<usize> = self.find(lives).filter(before).skip(1).collect();
        chosen.add_all(lives.iter().rev().take(2).copied(), Weight::Beside);
        let mut leads = self.find(|it| matches!(it.what, What::Leads { .. }));
        chosen.add_all(leads.rfind(before), Weight::Result);
        let mut handed = self
            .find(|it| it.server == fact.server && matches!(it.what, What::GetsSnapshot { .. }));
        chosen.add_all(handed.rfind(before), Weight::Beside);
        let Some(about) = fact.wrong().and_then(|wrong| wrong.indices.clone()) else { return };
        let mut taken = self
            .find(|it| matches!(it.what, What::TakesSnapshot { index } if index == *about.start()));
        chosen.add_all(taken.find(before), Weight::Result);
        let mut written = self.find(|it| it.appends_it(*about.start(), None));
        chosen.add_all(written.rfind(before), Weight::Result);
    }
}

impl Fact {
    /// The term that it is about.
    fn term(&self) -> Option<u64> {
        match &self.what {
            What::Stands { term, .. } | What::Votes { term, .. } | What::Leads { term, .. } => {
                Some(*term)
            }
            What::Commits(commits) => Some(commits.term),
            What::Applies { term, .. } => Some(*term),
            _ => None,
        }
    }

    fn commits_it(&self, index: u64) -> bool {
        matches!(&self.what, What::Commits(it) if (it.first..=it.last).contains(&index))
    }

    fn applies_it(&self, of: u64) -> bool {
        matches!(self.what, What::Applies { index, .. } if index == of)
    }

    fn appends_it(&self, of: u64, in_term: Option<u64>) -> bool {
        matches!(self.what, What::Appends { index, term, .. }
            if index == of && in_term.is_none_or(|it| it == term))
    }

    /// The term of the entry at `index`, if this says it.
    fn entry_term(&self, of: u64) -> Option<u64> {
        match &self.what {
            What::Commits(it) => it.term_at(of),
            What::Applies { index, term, .. } if *index == of => {
                Some(*term).filter(|term| *term != 0)
            }
            _ => None,
        }
    }
}
