//! Log compaction: a snapshot takes the place of the log up to an entry, the service's own or one that
//! a leader sent (extended Raft paper, section 7; Figure 13, rules 5 to 8).

use crate::core::durability::NewSnapshot;
use crate::core::{Core, Role};
use crate::message::Position;

impl Core {
    /// The service has a snapshot of everything up to `index`, so the log may forget it.
    ///
    /// Nothing happens when the service has not been handed `index` yet, or when there is a
    /// snapshot that reaches as far.
    pub(crate) fn take_snapshot(&mut self, index: u64, snapshot: NewSnapshot) {
        if index <= self.log.snapshot().index || index > self.last_applied {
            return;
        }
        let Some(term) = self.log.term_at(index) else { return };
        self.log.compact(Position { index, term });
        self.snapshot = snapshot.handle();
        self.durability.snapshot_changes(true, snapshot);
        if let Role::Leader(progress) = &mut self.role {
            progress.iter_mut().for_each(|peer| peer.newer_snapshot_is_there());
        }
    }

    /// Replaces log and service state by a leader's snapshot, if it is ahead of them: a snapshot
    /// that was overtaken by another one, or by entries, changes nothing.
    pub(crate) fn install(&mut self, place: Position, snapshot: NewSnapshot) {
        if place.index <= self.commit_index {
            return;
        }
        let agrees = self.log.term_at(place.index) == Some(place.term);
        self.log.compact(place);
        self.snapshot = snapshot.handle();
        self.snapshot_to_apply = true;
        self.commit_index = place.index;
        self.durability.snapshot_changes(agrees, snapshot);
    }
}

#[cfg(test)]
mod tests;
