//! What a leader does for its followers.

use super::Core;
use super::progress::{Mode, Progress};
use crate::log::{batch, last_up_to};
use crate::message::Body;
use crate::mistake::Mistake;
use labtest::{Position, RoleName};

impl Core {
    pub(super) fn tick_as_leader(&mut self) -> bool {
        if self.elapsed < self.options.heartbeat_ticks {
            return false;
        }
        self.elapsed = 0;
        self.heartbeats += 1;
        let number = self.heartbeats;
        for to in self.others() {
            let confirmed = self.progress[to].match_index;
            let commit = match self.options.mistake {
                Some(Mistake::CommitHeaderWrong) => self.commit,
                _ => self.commit.min(confirmed),
            };
            self.send(to, Body::Heartbeat { commit, number });
        }
        true
    }

    /// Leads its term, which begins with an entry of its own: once that is committed, so is all that is
    /// in front of it (section 5.4.2 of the Raft paper).
    pub(super) fn lead(&mut self) {
        (self.role, self.leader) = (RoleName::Leader, Some(self.options.me));
        let last_index = self.log.last().index;
        self.progress = (0..self.options.servers).map(|_| Progress::new(last_index)).collect();
        self.elapsed = 0;
        self.append(None);
    }

    /// Sends what the log has grown by.
    pub(super) fn replicate(&mut self) {
        if !std::mem::take(&mut self.has_proposed) || self.role != RoleName::Leader {
            return;
        }
        let index = self.log.last().index;
        self.send(self.options.me, Body::AppResp { index });
        for to in self.others() {
            self.send_entries(to);
        }
    }

    /// Sends entries while there are any, and while it may.
    fn send_entries(&mut self, to: usize) {
        while self.progress[to].next_index <= self.log.last().index && self.send_append(to) {}
    }

    /// Sends an append, even an empty one. False when it may not be sent yet.
    fn send_append(&mut self, to: usize) -> bool {
        let progress = &mut self.progress[to];
        if progress.is_paused(self.options.inflight_max) {
            return false;
        }
        let index = progress.next_index - 1;
        let Some(term) = self.log.term_at(index) else {
            progress.mode = Mode::Snapshot { index: self.log.snapshot.index };
            let (last, data) = (self.log.snapshot, self.snapshot.clone());
            self.send(to, Body::Snap { last, data });
            return true;
        };
        let entries = batch(&self.log, index + 1, self.options.batch_bytes_max);
        progress.sent((!entries.is_empty()).then_some(index + entries.len() as u64));
        self.send(to, Body::App { prev: Position { index, term }, entries, commit: self.commit });
        true
    }

    pub(super) fn handle_app_resp(&mut self, from: usize, index: u64) {
        self.progress[from].confirmed(index, self.log.snapshot.index);
        if self.commit_what_a_majority_has() {
            for to in self.others() {
                self.send_append(to);
            }
        }
        if from != self.options.me {
            self.send_entries(from);
        }
    }

    /// Whether that is more than before. Entries of earlier terms are not counted.
    fn commit_what_a_majority_has(&mut self) -> bool {
        let mut indices: Vec<u64> = self.progress.iter().map(|it| it.match_index).collect();
        indices.sort_unstable();
        let index = indices[(indices.len() - 1) / 2];
        let is_more = index > self.commit && self.log.term_at(index) == Some(self.term);
        if is_more {
            self.commit = index;
        }
        is_more
    }

    pub(super) fn handle_app_reject(&mut self, from: usize, prev_index: u64, hint: Position) {
        let best = last_up_to(&self.log, hint.index, hint.term);
        if self.progress[from].refused(prev_index, best.index, self.heartbeats) {
            self.send_append(from);
        }
    }

    pub(super) fn handle_heartbeat_resp(&mut self, from: usize, number: u64) {
        let progress = &mut self.progress[from];
        progress.heard(number, self.options.inflight_max);
        if progress.match_index < self.log.last().index {
            self.send_append(from);
        }
    }
}
