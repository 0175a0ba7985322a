//! What a follower does with its leader's log.

use super::{Core, Install};
use crate::log::last_up_to;
use crate::message::Body;
use labtest::sans_io::Entry;
use labtest::{Bytes, Position};

impl Core {
    pub(super) fn handle_app(
        &mut self,
        from: usize,
        prev: Position,
        entries: Vec<Entry>,
        commit: u64,
    ) {
        // What is committed is the leader's, too.
        if prev.index < self.commit {
            return self.send(from, Body::AppResp { index: self.commit });
        }
        if !self.log.has(prev) {
            let hint = last_up_to(&self.log, prev.index, prev.term);
            return self.send(from, Body::AppReject { prev_index: prev.index, hint });
        }
        let last_index = prev.index + entries.len() as u64;
        let numbered = (prev.index + 1..).zip(&entries);
        let conflict = numbered
            .map(|(index, entry)| Position { index, term: entry.term })
            .find(|place| !self.log.has(*place));
        if let Some(Position { index, .. }) = conflict {
            let known = (index - prev.index - 1) as usize;
            self.log.replace_from(index, entries[known..].to_vec());
            self.disk.next_index = self.disk.next_index.min(index);
        }
        self.commit_to(commit.min(last_index));
        self.send(from, Body::AppResp { index: last_index });
    }

    pub(super) fn handle_snap(&mut self, from: usize, last: Position, data: Bytes) {
        if last.index > self.commit && !self.log.has(last) {
            let term = self.term;
            self.installing = Some(Install { from, term, last, data, write: None });
            return;
        }
        self.commit_to(last.index);
        self.send(from, Body::AppResp { index: self.commit });
    }

    /// The snapshot is durable: the log begins after it.
    pub(super) fn installed(&mut self, install: Install) {
        let Install { from, term, last, data, .. } = install;
        self.follow(term, Some(from));
        self.log.snapshot = last;
        self.log.entries.clear();
        (self.snapshot, self.is_snapshot_new) = (data, true);
        (self.commit, self.applied) = (last.index, last.index);
        self.send(from, Body::AppResp { index: last.index });
    }
}
