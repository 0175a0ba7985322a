//! What is committed, and on whose disks it is then.

use super::fact::{Commits, What, Wrong, entries, named};
use super::{CauseKind, Causes};
use crate::Peer;
use crate::api::vocabulary::Position;
use crate::majority::majority;

/// A commit index that has gone up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raised {
    pub(super) from: u64,
    pub(super) to: u64,
    /// The server's term at the last look and now, and whether it leads that.
    pub(super) term_before: u64,
    pub(super) term: u64,
    pub(super) leads: bool,
}

impl Causes {
    /// A server knows more to be committed.
    pub(super) fn commits(&mut self, at: u64, server: usize, raised: Raised) {
        let Raised { from, to, term, leads, .. } = raised;
        let terms: Vec<u64> =
            (from + 1..=to).map(|index| self.servers[server].term_at(index)).collect();
        let entry_term = terms.last().copied().unwrap_or_default();
        let place = Position { index: to, term: entry_term };
        let holds: Vec<Option<bool>> = self.servers.iter().map(|it| it.holds(place)).collect();
        let holders: Vec<usize> =
            (0..holds.len()).filter(|other| holds[*other] == Some(true)).collect();
        let on_disks = self.servers.iter().all(|it| it.disk.is_some());
        let is_first = to > self.committed;
        self.committed = self.committed.max(to);
        let indices = from + 1..=to;
        let others: Vec<usize> = holders.iter().copied().filter(|it| *it != server).collect();
        self.tell(at, server, {
            let (first, last) = (from + 1, to);
            let holders = holders.clone();
            What::Commits(Commits { first, last, terms, term, leads, holders, on_disks })
        });
        if !leads {
            return self.follows_commit(at, server, raised);
        }
        let servers = self.servers.len();
        let lacking = holds.iter().filter(|holds| **holds == Some(false)).count();
        if is_first && servers - lacking < majority(servers) {
            let what = entries(from + 1, to);
            let (only, have) = (named(&holders), if holders.len() == 1 { "has" } else { "have" });
            let (it, from_which) = match (from + 1 == to, on_disks) {
                (true, true) => ("it", " on disk"),
                (true, false) => ("it", ""),
                (false, true) => ("the last", " on disk"),
                (false, false) => ("the last", ""),
            };
            let text = format!("commits {what}, although only {only} {have} {it}{from_which}");
            let wrong = Wrong::new(CauseKind::COMMITTED_WITHOUT_MAJORITY, text);
            self.wrong(at, server, wrong.in_term(term).at(indices).with(others));
        } else if is_first && entry_term != 0 && entry_term < term && !self.all_have(place, term) {
            let text = format!(
                "commits {} as the leader of term {term}, but the last is of term {entry_term}: it \
                 counted replicas of an earlier term",
                entries(from + 1, to)
            );
            let wrong = Wrong::new(CauseKind::COMMITTED_EARLIER_TERM, text);
            self.wrong(at, server, wrong.in_term(term).at(indices).with(others));
        }
    }

    /// Whether all servers have an entry, as they have said to the leader of `term` where that is known: then
    /// it is safe whatever its term.
    fn all_have(&self, place: Position, term: u64) -> bool {
        let in_term = self.confirmed.in_term(term);
        let confirmed = in_term.iter().filter(|answered| answered.any >= place.index).count();
        match self.seen.all_messages() {
            // The leader itself confirms nothing.
            true => confirmed + 1 >= self.servers.len(),
            false => self.servers.iter().all(|server| server.holds(place) == Some(true)),
        }
    }

    /// A follower commits no further than the leader of its term has shown it to have the same.
    fn follows_commit(&mut self, at: u64, server: usize, raised: Raised) {
        let Raised { from, to, term, term_before, .. } = raised;
        let known = &self.servers[server];
        let shown = match known.matched.term >= term_before {
            true => known.matched.index,
            false => 0,
        };
        if !self.seen.all_messages() || to <= shown.max(known.applied).max(from) {
            return;
        }
        let shown_to =
            if shown == 0 { "nothing".to_owned() } else { format!("no more than {shown}") };
        let text = format!(
            "commits {} as a follower in term {term}, where its leader has shown it {shown_to}{}",
            entries(from + 1, to),
            self.occasion(at, server)
        );
        let wrong = Wrong::new(CauseKind::COMMITTED_UNMATCHED, text).in_term(term);
        self.wrong(at, server, wrong.at(shown.max(from) + 1..=to));
    }

    /// A leader counts at most what a follower has confirmed in its term.
    pub(super) fn counts(&mut self, at: u64, leader: usize, term: u64, peer: &dyn Peer) {
        if !self.seen.all_messages() {
            return;
        }
        let followers = (0..self.servers.len()).filter(|server| *server != leader);
        for follower in followers {
            let Some(counted) = peer.match_index(follower) else { continue };
            let answered = self.confirmed.in_term(term).get(follower).map_or(0, |it| it.any);
            if counted <= answered || !self.counted_too_much.insert((leader, term, follower)) {
                continue;
            }
            let confirmed = match answered {
                0 => "nothing".to_owned(),
                index => format!("no more than {index}"),
            };
            let occasion = self.occasion_from(at, leader, follower);
            let text = format!(
                "counts {} as stored on server {follower}, which has confirmed {confirmed} in term {term}{occasion}",
                entries(answered + 1, counted)
            );
            let wrong = Wrong::new(CauseKind::COUNTED_UNCONFIRMED, text).in_term(term);
            self.wrong(at, leader, wrong.at(answered + 1..=counted).with([follower]));
        }
    }
}
