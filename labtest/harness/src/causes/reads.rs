//! Reads that need no entry: who gave which index, and whether it still knew that it led.
//!
//! A leader may answer a read when a majority has answered what it had sent after the read began, or while a
//! lease lasts in which nobody else is elected; and not before an entry of its own term is committed, as its commit
//! index may lag behind until then. Section 6.4 of Ongaro's dissertation.

use super::fact::Wrong;
use super::{CauseKind, Causes};
use crate::majority::majority;
use labtrace::seconds;
use raft::RoleName;
use std::collections::BTreeMap;

/// What a leader has heard from its followers.
#[derive(Debug, Default)]
pub(super) struct Heard {
    term: u64,
    /// By follower: when the latest request left that was answered in that term.
    requests: BTreeMap<usize, u64>,
    /// When it has sent a request last.
    asked_at: u64,
}

impl Heard {
    /// The leader of `term` sends a request.
    pub(super) fn asks(&mut self, at: u64, term: u64) {
        self.begin(term);
        self.asked_at = at;
    }

    /// A follower has answered, in `term`, what was sent then.
    pub(super) fn answered(&mut self, term: u64, follower: usize, sent_at: u64) {
        if term == self.term {
            let latest = self.requests.entry(follower).or_default();
            *latest = sent_at.max(*latest);
        }
    }

    /// When the latest request left that a follower has answered.
    pub(super) fn latest(&self, follower: usize) -> Option<u64> {
        self.requests.get(&follower).copied()
    }

    fn begin(&mut self, term: u64) {
        if term > self.term {
            *self = Heard { term, ..Heard::default() };
        }
    }

    /// The latest time such that a majority of `servers` has answered what was sent then or later in
    /// `term`; the leader itself is one of them.
    pub(super) fn confirmed_at(&self, term: u64, servers: usize) -> Option<u64> {
        let others = majority(servers) - 1;
        if others == 0 {
            return Some(u64::MAX);
        }
        let mut latest: Vec<u64> =
            self.requests.values().copied().filter(|_| term == self.term).collect();
        latest.sort_unstable_by(|a, b| b.cmp(a));
        latest.get(others - 1).copied()
    }
}

/// A read that was given an index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    pub(super) server: usize,
    /// When it began, and what was applied anywhere then.
    pub(super) begun: u64,
    pub(super) applied: u64,
    pub(super) index: u64,
}

impl Causes {
    /// A server gives a read an index. It has to reach what anybody may have seen before the read began.
    pub(super) fn reads(&mut self, at: u64, read: Read) {
        let Read { server, begun, applied, index } = read;
        if index >= applied {
            return;
        }
        let known = &self.servers[server];
        let term = known.inside.as_ref().map_or(known.leads, |inside| inside.term);
        let leads = known.inside.as_ref().map_or(known.leads > 0, |it| it.role == RoleName::Leader);
        let (kind, why) = match leads {
            true => self.why_too_low(server, term, begun),
            false => (CauseKind::READ_TOO_LOW, "it does not lead".to_owned()),
        };
        let text = format!(
            "gives index {index} for a read that began at {}, when {applied} was applied: {why}",
            seconds(begun)
        );
        let later = self.leader_after(term);
        let wrong = Wrong::new(kind, text).in_term(term).at(index + 1..=applied);
        let others = later.into_iter().map(|(leader, ..)| leader).filter(|it| *it != server);
        self.wrong(at, server, wrong.with(others));
    }

    /// Why the leader of `term` had no right to that.
    fn why_too_low(&self, server: usize, term: u64, begun: u64) -> (CauseKind, String) {
        let known = &self.servers[server];
        let committed = known.inside.as_ref().map(|inside| inside.commit_index);
        let of_commit = committed.map_or(0, |index| known.term_at(index));
        if of_commit != 0 && of_commit < term {
            let text = format!(
                "it leads term {term} and has committed nothing of it, the last is of term {of_commit}"
            );
            return (CauseKind::READ_BEFORE_OWN_COMMIT, text);
        }
        let confirmed = known.heard.confirmed_at(term, self.servers.len());
        let deposed = match self.leader_after(term) {
            Some((leader, term, at)) => {
                format!("; server {leader} leads term {term} since {}", seconds(at))
            }
            None => String::new(),
        };
        let heard = match confirmed {
            Some(at) => format!("a majority has answered nothing after {}", seconds(at)),
            None => "a majority has answered nothing".to_owned(),
        };
        let is_sure = confirmed.is_some_and(|at| at >= begun) || !self.seen.all_messages();
        let (kind, how) = match (is_sure, known.heard.asked_at >= begun) {
            (true, _) => {
                let text = format!("it leads term {term}{deposed}");
                return (CauseKind::READ_TOO_LOW, text);
            }
            (false, true) => (CauseKind::READ_UNCONFIRMED, "it asked the others, but"),
            (false, false) => (CauseKind::READ_ON_LOST_LEASE, "it asked nobody, and"),
        };
        (kind, format!("as the leader of term {term} {how} {heard}{deposed}"))
    }

    /// The first leader of a later term than that: who, which term, and when.
    fn leader_after(&self, term: u64) -> Option<(usize, u64, u64)> {
        self.facts.iter().find_map(|fact| Some((fact.server, fact.leads_after(term)?, fact.at)))
    }
}
