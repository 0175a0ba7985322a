//! Log compaction and InstallSnapshot (extended Raft paper, section 7; Figure 13, in one piece
//! instead of chunks).

use crate::core::Core;
use crate::message::{InstallSnapshotArgs, InstallSnapshotReply, Position};
use bytes::Bytes;
use runtime::Instant;

impl Core {
    /// The service has a snapshot of everything up to `index`, so the log may forget it.
    ///
    /// Nothing happens when the service has not been handed `index` yet, or when there is a
    /// snapshot that reaches as far.
    pub(crate) fn take_snapshot(&mut self, index: u64, snapshot: Bytes) {
        if index <= self.log.snapshot().index || index > self.last_applied {
            return;
        }
        let Some(term) = self.log.term_at(index) else { return };
        self.log.compact(Position { index, term });
        self.snapshot = snapshot;
        self.durability.snapshot_changes(true);
    }

    /// The receiver's side of InstallSnapshot.
    pub(crate) fn handle_install_snapshot(
        &mut self,
        now: Instant,
        args: InstallSnapshotArgs,
    ) -> InstallSnapshotReply {
        let follows = self.is_possible(args.leader_id, args.term, args.last_included_index)
            && args.last_included_term <= args.term
            && self.follow(now, args.leader_id, args.term);
        if follows {
            self.install(
                Position { index: args.last_included_index, term: args.last_included_term },
                args.data,
            );
        }
        InstallSnapshotReply { term: self.term }
    }

    /// Replaces log and service state by a leader's snapshot, if it is ahead of them: a snapshot
    /// that was overtaken by another one, or by entries, changes nothing.
    fn install(&mut self, place: Position, snapshot: Bytes) {
        if place.index <= self.commit_index {
            return;
        }
        let agrees = self.log.term_at(place.index) == Some(place.term);
        self.log.compact(place);
        self.snapshot = snapshot;
        self.snapshot_to_apply = true;
        self.commit_index = place.index;
        self.durability.snapshot_changes(agrees);
    }
}

#[cfg(test)]
mod tests;
