//! What became of an index, and of a term.

use super::Walk;
use super::chosen::{Chosen, Weight};
use super::reads::is_read;
use crate::api::vocabulary::Position;
use crate::causes::fact::{Fact, Terms, What, Wrong};

impl Walk<'_> {
    /// The history of an index.
    pub(super) fn index(&self, index: u64, chosen: &mut Chosen) -> Vec<usize> {
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
            .wrongs(|_, wrong| wrong.is_about(index) && !is_read(wrong))
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
        self.wrongs(|fact, wrong| {
            wrong.is_about(index) && !is_read(wrong) && self.concerns(fact.server)
        })
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
    pub(super) fn term(&self, of: u64, chosen: &mut Chosen) -> Vec<usize> {
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
    pub(super) fn around(&self, cause: usize, chosen: &mut Chosen) {
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

    pub(super) fn commits_it(&self, index: u64) -> bool {
        matches!(&self.what, What::Commits(it) if (it.first..=it.last).contains(&index))
    }

    pub(super) fn applies_it(&self, of: u64) -> bool {
        matches!(self.what, What::Applies { index, .. } if index == of)
    }

    pub(super) fn appends_it(&self, of: u64, in_term: Option<u64>) -> bool {
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
