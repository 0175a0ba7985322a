//! Why nothing went on: who could not lead, vote or catch up, since when, and why.

mod stuck;
mod window;

use super::fact::{Fact, What, Wrong, ends_at, named};
use super::{CauseKind, Causes};
use crate::majority::majority;
use labtrace::seconds;
use raft::RoleName;
use std::collections::BTreeSet;
use window::Window;

/// Nothing of a liveness failure goes back further: it is what the longest wait of a test takes.
const WINDOW_NS: u64 = 10_000_000_000;
/// A server takes no longer to act on what it has heard, or has heard no more.
pub(super) const SLOW_NS: u64 = 1_000_000_000;

impl Causes {
    /// What kept servers from getting on up to `until`, and the facts that show it.
    pub(super) fn stall(&self, until: u64) -> (Option<Fact>, Vec<usize>) {
        let facts = &self.facts[..self.facts.partition_point(|fact| fact.at <= until)];
        let is_commit = |fact: &&Fact| matches!(fact.what, What::Commits(_));
        let last_commit = facts.iter().rfind(is_commit).map_or(0, |fact| fact.at);
        let since = last_commit.max(until.saturating_sub(WINDOW_NS));
        let window = Window { since, first: facts.partition_point(|fact| fact.at < since), facts };
        let behind_commit = facts.partition_point(|fact| fact.at <= last_commit);
        let whole = Window { since: last_commit, first: behind_commit, facts };
        let leader = self.leader();
        let is_followed = leader.is_some_and(|leader| self.is_followed(leader, until));
        let found = self
            .ignores_term(until)
            .or_else(|| window.refused())
            .or_else(|| window.split().filter(|_| !is_followed))
            .or_else(|| self.has_no_candidate(&window, until))
            .or_else(|| self.hears_lone_leader(&window, until))
            .or_else(|| self.is_stuck(until));
        (found, whole.shown())
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
    fn has_no_candidate(&self, window: &Window<'_>, until: u64) -> Option<Fact> {
        // In less than that nobody need have stood.
        let is_short = window.since.saturating_add(SLOW_NS) > until;
        if is_short || window.has_leader() || self.leader().is_some() {
            return None;
        }
        let stood = window.candidates();
        let stood: BTreeSet<usize> = stood.values().flatten().copied().collect();
        if stood.iter().any(|server| self.is_electable(*server)) {
            return None;
        }
        let could = |server: &usize| self.servers[*server].is_alive && self.is_electable(*server);
        let server = (0..self.servers.len()).find(could)?;
        let end = self.servers[server].last().unwrap_or_default();
        let others: Vec<usize> = stood.into_iter().collect();
        let who = match others.as_slice() {
            [] => "nobody else does".to_owned(),
            [_] => format!("only {} does", named(&others)),
            _ => format!("only {} do", named(&others)),
        };
        let text = format!("does not stand for election, with a log that {}; {who}", ends_at(end));
        let wrong = Wrong::new(CauseKind::NO_CANDIDATE, text);
        Some(Fact { at: window.since, server, what: What::Wrong(wrong.with(others)) })
    }

    /// A leader that no majority answers goes on, and one that hears it does not stand. Where leaders are to check
    /// their quorum the fault is the leader's.
    fn hears_lone_leader(&self, window: &Window<'_>, until: u64) -> Option<Fact> {
        let leader = self.leader().filter(|leader| !self.is_followed(*leader, until))?;
        if window.has_leader() {
            return None;
        }
        let term = self.servers[leader].term()?;
        let last = self.servers[leader].heard.confirmed_at(term, self.servers.len());
        let at = last.or_else(|| self.led_since(leader, term)).unwrap_or(window.since);
        let stood = |server: usize| {
            let mut later = self.facts.iter().rev().take_while(|fact| fact.at > at);
            later.any(|it| it.server == server && matches!(it.what, What::Stands { .. }))
        };
        let since = until.saturating_sub(SLOW_NS);
        let hears = |server: &usize| {
            *server != leader
                && self.servers[*server].is_reached_by(leader, since)
                && self.is_electable(*server)
                && !stood(*server)
        };
        let server = (0..self.servers.len()).find(hears)?;
        if let Some(timeouts) = self.checks_quorum {
            return goes_on((at, until), (leader, term), timeouts, server);
        }
        let text = format!(
            "does not stand for election: it hears server {leader}, which goes on as the leader of term \
             {term} although a majority has answered none of its requests after {}",
            seconds(at)
        );
        let wrong = Wrong::new(CauseKind::NO_CANDIDATE, text).in_term(term).with([leader]);
        Some(Fact { at, server, what: What::Wrong(wrong) })
    }

    /// When it was seen first to lead that term.
    fn led_since(&self, leader: usize, term: u64) -> Option<u64> {
        let led = |fact: &&Fact| {
            fact.server == leader && matches!(fact.what, What::Leads { term: of, .. } if of == term)
        };
        self.facts.iter().find(led).map(|fact| fact.at)
    }

    /// Whether a majority would vote for its log.
    fn is_electable(&self, server: usize) -> bool {
        let Some(end) = self.servers[server].last() else { return false };
        let ends = self.servers.iter().filter_map(|server| server.last());
        let behind = ends.filter(|it| (it.term, it.index) <= (end.term, end.index));
        behind.count() >= majority(self.servers.len())
    }

    /// Who leads the latest term, as it believes.
    fn leader(&self) -> Option<usize> {
        let leads = |server: &usize| {
            let inside = self.servers[*server].inside.as_ref();
            inside.is_some_and(|inside| inside.role == RoleName::Leader)
        };
        (0..self.servers.len()).filter(leads).max_by_key(|leader| self.servers[*leader].term())
    }

    /// Whether a majority answers that leader, as far as answers are seen.
    fn is_followed(&self, leader: usize, until: u64) -> bool {
        let known = &self.servers[leader];
        let confirmed =
            known.term().and_then(|term| known.heard.confirmed_at(term, self.servers.len()));
        !self.seen.all_messages() || confirmed.is_some_and(|at| at.saturating_add(SLOW_NS) > until)
    }
}

/// A leader that is to check its quorum goes on, whom no majority has answered since `at`.
fn goes_on(
    (at, until): (u64, u64),
    (leader, term): (usize, u64),
    (min_ms, max_ms): (u64, u64),
    hears_it: usize,
) -> Option<Fact> {
    // It may look but once in an election timeout, and may have looked just before.
    let is_late = at.saturating_add(2 * max_ms * 1_000_000 + SLOW_NS) <= until;
    let text = format!(
        "goes on as the leader of term {term} with quorum checks on, although a majority has answered none of its \
         requests after {} (for {}; election timeouts are {min_ms} to {max_ms} ms); server {hears_it} hears it and \
         does not stand",
        seconds(at),
        seconds(until.saturating_sub(at)),
    );
    let wrong = Wrong::new(CauseKind::LED_WITHOUT_QUORUM, text).in_term(term).with([hears_it]);
    is_late.then_some(Fact { at, server: leader, what: What::Wrong(wrong) })
}
