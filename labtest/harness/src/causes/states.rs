//! What servers show of their inside.

use super::commits::Raised;
use super::fact::{Fact, What, Wrong};
use super::known::{Tried, end_of, follow};
use super::{CauseKind, Causes};
use crate::Peer;
use crate::api::vocabulary::Position;
use crate::checks::rules::restart::difference;
use raft::{Inspection, RoleName};

impl Causes {
    /// A server shows itself. What it does wrong is told in the order in which one leads to another: log,
    /// term, vote, commit index, applied.
    pub(super) fn state(&mut self, at: u64, number: usize, now: &Inspection, peer: &dyn Peer) {
        let server = &mut self.servers[number];
        let before = server.inside.replace(now.clone());
        let change = follow(server, now, peer);
        server.ignored = server.ignored.filter(|(heard, _)| *heard > now.term);
        if before.as_ref().is_none_or(|before| end_of(before) != end_of(now)) {
            (server.changed_at, server.tried) = (at, Tried::default());
        }
        let Some(before) = before else { return self.first_look(at, number, now) };
        // One that has dropped entries in this step votes by what is left.
        let own = if change.dropped.is_some() { end_of(now) } else { end_of(&before) };
        self.log_changed(at, number, &before, now, &change);
        self.term_and_vote(at, number, &before, now, own);
        if let Some(candidate) = now.voted_for {
            self.shows_vote(at, number, now.term, candidate);
        }
        self.role(at, number, &before, now);
        self.went_back(at, number, &before, now);
        let leads = now.role == RoleName::Leader;
        if leads {
            self.counts(at, number, now.term, peer);
        }
        if now.commit_index > before.commit_index {
            // One that has stepped down since may have committed as a leader.
            let leads = leads || before.role == RoleName::Leader;
            let (from, to) = (before.commit_index, now.commit_index);
            let (term_before, term) = (before.term, now.term);
            let term = if leads { term_before.min(term) } else { term };
            self.commits(at, number, Raised { from, to, term_before, term, leads });
        }
        let was_in_order = before.last_applied <= before.commit_index;
        if now.last_applied > now.commit_index
            && was_in_order
            && now.commit_index >= before.commit_index
        {
            let (applied, committed) = (now.last_applied, now.commit_index);
            let text = format!("applies {applied} and knows only {committed} to be committed");
            let wrong =
                Wrong::new(CauseKind::APPLIED_UNCOMMITTED, text).at(committed + 1..=applied);
            self.wrong(at, number, wrong);
        }
    }

    /// What a life shows first is what it has begun with.
    fn first_look(&mut self, at: u64, number: usize, now: &Inspection) {
        let server = &self.servers[number];
        let (told, applied, reads_disk) = (server.told, server.applied, server.disk.is_some());
        self.tell(at, number, What::Starts { term: now.term, last: end_of(now) });
        if let Some(candidate) = now.voted_for {
            self.votes_as_before(number, now.term, candidate);
        }
        self.committed = self.committed.max(now.commit_index);
        if now.term < told && !reads_disk {
            let text = format!(
                "starts in term {}, after it has told others that it was in {told} (not seen: disk)",
                now.term
            );
            self.wrong(at, number, Wrong::new(CauseKind::DISK_FORGOT, text).in_term(told));
        }
        let disk = self.servers[number].disk.as_ref();
        if let Some((disk, other)) = disk.and_then(|disk| Some((disk, difference(disk, now)?))) {
            let wrong = Wrong::new(CauseKind::STARTED_WITH_OTHER, format!("starts {other}"));
            let wrong = wrong.in_term(disk.term);
            self.wrong(at, number, wrong);
        }
        if now.last_applied > applied.max(now.snapshot_index) {
            let (next, last) = (now.snapshot_index + 1, now.last_applied);
            let text = format!(
                "begins at {last} as if it had applied that, but its snapshot ends at {applied}"
            );
            let wrong = Wrong::new(CauseKind::APPLIED_OUT_OF_ORDER, text).at(next..=last);
            self.wrong(at, number, wrong);
        }
    }

    /// `own`: where its log ended when it voted.
    fn term_and_vote(
        &mut self,
        at: u64,
        number: usize,
        before: &Inspection,
        now: &Inspection,
        own: Position,
    ) {
        if now.term < before.term {
            let text = format!("goes back from term {} to {}", before.term, now.term);
            let wrong = Wrong::new(CauseKind::TERM_WENT_BACK, text).in_term(before.term);
            self.wrong(at, number, wrong);
        }
        let vote_before = before.voted_for.filter(|_| before.term == now.term);
        match (vote_before, now.voted_for) {
            (Some(old), None) => {
                let text = format!("forgets its vote for server {old} in term {}", now.term);
                let wrong = Wrong::new(CauseKind::VOTE_TWICE, text).in_term(now.term);
                self.forgets(at, number, wrong.with([old]));
            }
            (old, Some(candidate)) if old != Some(candidate) => {
                // A vote that is kept over terms is not given by anybody.
                if candidate != number {
                    self.compare_logs(at, number, now.term, candidate, own);
                }
                self.votes(at, number, now.term, candidate, false);
            }
            _ => {}
        }
    }

    /// A server forgets its vote. What it writes to its disk in the same step it writes because it has
    /// forgotten, so that comes later.
    fn forgets(&mut self, at: u64, number: usize, wrong: Wrong) {
        let is_written = |fact: &Fact| {
            let kind = fact.wrong().map(|written| (written.kind, written.term));
            fact.at == at
                && fact.server == number
                && kind == Some((CauseKind::DISK_FORGOT, wrong.term))
        };
        let place = self.facts.iter().rposition(is_written).unwrap_or(self.facts.len());
        self.facts.insert(place, Fact { at, server: number, what: What::Wrong(wrong) });
    }

    fn role(&mut self, at: u64, number: usize, before: &Inspection, now: &Inspection) {
        let is_new = (before.role, before.term) != (now.role, now.term);
        let has_stood = matches!(now.role, RoleName::Candidate | RoleName::Leader);
        if is_new && has_stood {
            // What it has appended since it won does not count.
            self.stands(at, number, now.term, Some(end_of(before)));
        }
        if is_new && now.role == RoleName::Leader {
            self.leads(at, number, now.term);
        }
    }

    fn went_back(&mut self, at: u64, number: usize, before: &Inspection, now: &Inspection) {
        let back = |was: u64, is: u64| (is < was).then_some((was, is));
        let commit = back(before.commit_index, now.commit_index);
        let applied = back(before.last_applied, now.last_applied);
        let snapshot = back(before.snapshot_index, now.snapshot_index);
        let is_snapshot = now.snapshot_index != before.snapshot_index;
        let what = match (snapshot, commit) {
            (Some(_), _) => "the end of its snapshot",
            (None, Some(_)) => "its commit index",
            (None, None) => "its index of what is applied",
        };
        let (kind, (was, is)) = match (snapshot, commit, applied) {
            (Some(both), ..) => (CauseKind::SNAPSHOT_WENT_BACK, both),
            (None, Some(both), _) | (None, None, Some(both)) if is_snapshot => {
                (CauseKind::SNAPSHOT_WENT_BACK, both)
            }
            (None, Some(both), _) => (CauseKind::COMMIT_WENT_BACK, both),
            (None, None, Some(both)) => (CauseKind::APPLIED_OUT_OF_ORDER, both),
            (None, None, None) => return,
        };
        let installs = match is_snapshot && snapshot.is_none() {
            true => format!(
                ", as its snapshot goes from {} to {}; it had applied {}",
                before.snapshot_index, now.snapshot_index, before.last_applied
            ),
            false => String::new(),
        };
        let occasion = self.occasion(at, number);
        let text = format!("sets {what} back from {was} to {is}{occasion}{installs}");
        self.wrong(at, number, Wrong::new(kind, text).in_term(now.term).at(is + 1..=was));
    }
}
