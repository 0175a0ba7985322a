//! A snapshot on its way to a server, as its leader sees it (extended Raft paper, section 7;
//! Figure 13).
//!
//! One piece is under way at a time; when the follower has it, the next one goes out. What gets lost
//! is sent again from where the follower is. A transfer that has begun is finished, also when there is
//! a newer snapshot by then: a leader that takes snapshots more often than one can be sent would
//! otherwise never bring anybody up to date.

use crate::message::{Position, SnapshotPiece};
use persister::Snapshot;
use runtime::Instant;
use std::time::Duration;

/// A snapshot and how much of it the receiver has.
#[derive(Debug)]
pub(crate) struct Transfer {
    place: Position,
    snapshot: Snapshot,
    /// The receiver has everything before it.
    offset: u64,
    /// When the piece that begins there was sent, while it is under way.
    sent_at: Option<Instant>,
}

/// What a leader remembers of a piece until its reply comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PieceSent {
    pub(crate) term: u64,
    pub(crate) index: u64,
    pub(crate) offset: u64,
}

impl PieceSent {
    pub(crate) fn of(piece: &SnapshotPiece) -> PieceSent {
        PieceSent { term: piece.term, index: piece.place.index, offset: piece.offset }
    }
}

impl Transfer {
    pub(crate) fn new(place: Position, snapshot: Snapshot) -> Transfer {
        Transfer { place, snapshot, offset: 0, sent_at: None }
    }

    pub(crate) fn index(&self) -> u64 {
        self.place.index
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.sent_at.is_some()
    }

    /// The piece under way was sent that long ago or longer.
    pub(crate) fn is_late(&self, now: Instant, timeout: Duration) -> bool {
        self.sent_at.is_some_and(|sent_at| now.since(sent_at) >= timeout)
    }

    /// The next piece goes out.
    pub(crate) fn send(
        &mut self,
        term: u64,
        leader_id: usize,
        bytes_max: usize,
        now: Instant,
    ) -> SnapshotPiece {
        self.sent_at = Some(now);
        let left = self.snapshot.length().saturating_sub(self.offset);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes_max);
        SnapshotPiece {
            term,
            leader_id,
            place: self.place,
            offset: self.offset,
            length,
            done: length as u64 == left,
            snapshot: self.snapshot.clone(),
        }
    }

    /// Whether that is the piece under way.
    pub(crate) fn waits_for(&self, sent: &PieceSent) -> bool {
        self.is_under_way() && (self.place.index, self.offset) == (sent.index, sent.offset)
    }

    /// The receiver lacks the snapshot from there on. A receiver that did not take the piece is sent
    /// it again when it counts as lost, and not at once.
    pub(crate) fn answered(&mut self, missing_from: u64) {
        if missing_from != self.offset && missing_from <= self.snapshot.length() {
            self.offset = missing_from;
            self.sent_at = None;
        }
    }

    /// The piece under way, or the reply to it, is lost.
    pub(crate) fn lost(&mut self) {
        self.sent_at = None;
    }
}

#[cfg(test)]
mod tests;
