//! Why nothing went on: who could not lead, vote or catch up, since when, and why.

use super::fact::{Fact, What, Wrong, ends_at, named};
use super::{CauseKind, Causes};
use crate::majority::majority;
use raft::RoleName;
use std::collections::{BTreeMap, BTreeSet};

/// Nothing of a liveness failure goes back further: it is what the longest wait of a test takes.
const WINDOW_NS: u64 = 10_000_000_000;
/// A server takes no longer to act on a term that it has heard of.
const SLOW_NS: u64 = 1_000_000_000;
/// So many requests in a row bring a follower on.
const REQUESTS_MAX: u64 = 10;
/// A single term without a leader is bad luck.
const TERMS_SPLIT_MIN: usize = 2;

impl Causes {
    /// What kept servers from getting on up to `until`, and the facts that show it.
    pub(super) fn stall(&self, until: u64) -> (Option<Fact>, Vec<usize>) {
        let facts = &self.facts[..self.facts.partition_point(|fact| fact.at <= until)];
        let is_commit = |fact: &&Fact| matches!(fact.what, What::Commits(_));
        let last_commit = facts.iter().rfind(is_commit).map_or(0, |fact| fact.at);
        let since = last_commit.max(until.saturating_sub(WINDOW_NS));
        let window = Window { since, first: facts.partition_point(|fact| fact.at < since), facts };
        let found = self
            .ignores_term(until)
            .or_else(|| window.refused(self.leader().is_some()))
            .or_else(|| window.split())
            .or_else(|| self.has_no_candidate(&window))
            .or_else(|| self.is_stuck(until));
        (found, window.shown())
    }

    fn ignores_term(&self, until: u64) -> Option<Fact> {
        self.servers.iter().enumerate().find_map(|(number, server)| {
            let inside = server.inside.as_ref()?;
            let (heard, at) = server.ignored?;
            if heard <= inside.term || at.saturating_add(SLOW_NS) > until {
                return None;
            }
            let text =
                format!("goes on in term {}, although it hears of term {heard}", inside.term);
            let wrong = Wrong::new(CauseKind::TERM_IGNORED, text).in_term(heard);
            Some(Fact { at, server: number, what: What::Wrong(wrong) })
        })
    }

    /// Nobody stood whose log a majority would have voted for.
    fn has_no_candidate(&self, window: &Window<'_>) -> Option<Fact> {
        if window.has_leader() || self.leader().is_some() {
            return None;
        }
        let ends: Vec<_> = self.servers.iter().filter_map(|server| server.last()).collect();
        let electable = |end: &crate::Position| {
            let behind = ends.iter().filter(|it| (it.term, it.index) <= (end.term, end.index));
            behind.count() >= majority(self.servers.len())
        };
        let stood = window.candidates();
        let stood: BTreeSet<usize> = stood.values().flatten().copied().collect();
        let could =
            |server: &usize| self.servers[*server].last().is_some_and(|end| electable(&end));
        if stood.iter().any(could) {
            return None;
        }
        let server = (0..self.servers.len()).find(|it| self.servers[*it].is_alive && could(it))?;
        let end = self.servers[server].last().unwrap_or_default();
        let others: Vec<usize> = stood.into_iter().collect();
        let who = match others.is_empty() {
            true => "nobody else does".to_owned(),
            false => format!("only {} do", named(&others)),
        };
        let text = format!("does not stand for election, with a log that {}; {who}", ends_at(end));
        let wrong = Wrong::new(CauseKind::NO_CANDIDATE, text);
        Some(Fact { at: window.since, server, what: What::Wrong(wrong.with(others)) })
    }

    fn leader(&self) -> Option<usize> {
        let leads = |server: &super::known::Server| {
            server.inside.as_ref().is_some_and(|inside| inside.role == RoleName::Leader)
        };
        self.servers.iter().position(leads)
    }

    /// A follower that its leader reaches gets no further.
    fn is_stuck(&self, until: u64) -> Option<Fact> {
        let leader = self.leader()?;
        let end = self.servers[leader].last()?;
        self.servers.iter().enumerate().find_map(|(number, server)| {
            let own = server.last().filter(|own| server.is_alive && own.index < end.index)?;
            let is_long = server.changed_at.saturating_add(SLOW_NS) <= until;
            if number == leader || !is_long || server.requests_since < REQUESTS_MAX {
                return None;
            }
            let text = format!(
                "gets no further: its log {}, that of server {leader}, which leads, {}, and {} requests \
                 reach it since",
                ends_at(own),
                ends_at(end),
                server.requests_since
            );
            let wrong = Wrong::new(CauseKind::NEVER_CATCHES_UP, text).with([leader]);
            let wrong = wrong.at(own.index + 1..=end.index);
            Some(Fact { at: server.changed_at, server: number, what: What::Wrong(wrong) })
        })
    }
}

/// The time in which nothing went on.
struct Window<'a> {
    since: u64,
    /// The first fact in it.
    first: usize,
    facts: &'a [Fact],
}

impl Window<'_> {
    fn inside(&self) -> &[Fact] {
        &self.facts[self.first..]
    }

    fn has_leader(&self) -> bool {
        self.inside().iter().any(|fact| matches!(fact.what, What::Leads { .. }))
    }

    /// Who stood, by term.
    fn candidates(&self) -> BTreeMap<u64, BTreeSet<usize>> {
        let mut candidates: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        for fact in self.inside() {
            if let What::Stands { term, .. } = fact.what {
                candidates.entry(term).or_default().insert(fact.server);
            }
        }
        candidates
    }

    /// Who has a leader would not vote for another, and that is as it should be.
    fn refused(&self, has_leader: bool) -> Option<Fact> {
        let has_leader = has_leader || self.has_leader();
        let refusals = self.inside().iter().filter_map(|fact| match fact.what {
            What::Refuses { term, candidate, pre_vote } if !(pre_vote && has_leader) => {
                Some((fact, term, candidate))
            }
            _ => None,
        });
        let (first, term, candidate) = refusals.clone().next()?;
        let text = format!(
            "refuses server {candidate} its vote in term {term}, which it has given to nobody, although the \
             candidate's log is not behind its own; {} votes are refused so",
            refusals.count()
        );
        let wrong = Wrong::new(CauseKind::VOTES_REFUSED, text).in_term(term).with([candidate]);
        Some(Fact { at: first.at, server: first.server, what: What::Wrong(wrong) })
    }

    /// Where somebody has led since, votes are split no more.
    fn split(&self) -> Option<Fact> {
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
    fn shown(&self) -> Vec<usize> {
        let is_progress = |fact: &Fact| matches!(fact.what, What::Commits(_) | What::Leads { .. });
        let before = self.facts[..self.first].iter().rposition(is_progress);
        let of_window = self.inside().iter().enumerate().filter(|(_, fact)| {
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
