//! A snapshot that arrives in pieces (extended Raft paper, Figure 13, rules 2 to 5).
//!
//! Pieces may be lost, doubled and reordered, and those of an older snapshot may come late. They are
//! taken in order, and go to the disk as they come; whatever else comes is told how far this server
//! is. Only a snapshot that is there whole counts: a crash in between leaves nothing of it.

use crate::core::Core;
use crate::core::durability::NewSnapshot;
use crate::message::{InstallSnapshotArgs, InstallSnapshotReply, Position};
use bytes::Bytes;
use runtime::Instant;

/// How far a snapshot has arrived.
#[derive(Debug)]
pub(crate) struct Receiving {
    /// Its leader's term: the snapshot of another leader may have other bytes.
    term: u64,
    place: Position,
    /// Everything before it has arrived.
    received: u64,
    /// What the disk has not been handed yet.
    piece: Option<Piece>,
}

/// A piece on its way to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// It begins the snapshot.
    pub(crate) first: bool,
    pub(crate) data: Bytes,
}

impl Core {
    /// The receiver's side of InstallSnapshot.
    pub(crate) fn handle_install_snapshot(
        &mut self,
        now: Instant,
        args: InstallSnapshotArgs,
    ) -> InstallSnapshotReply {
        let follows = self.is_possible(args.leader_id, args.term, args.last_included_index)
            && args.last_included_term <= args.term
            && !self.is_contradicted_by(args.leader_id, args.last_included_index)
            && self.follow(now, args.leader_id, args.term);
        let missing_from = match follows {
            true => self.receive(args),
            // The leader learns the term, or is none.
            false => Some(args.offset),
        };
        InstallSnapshotReply { term: self.term, missing_from }
    }

    /// Takes a piece. Returns from where on the snapshot is missing.
    fn receive(&mut self, args: InstallSnapshotArgs) -> Option<u64> {
        let place = Position { index: args.last_included_index, term: args.last_included_term };
        if place.index <= self.commit_index {
            return None;
        }
        if args.offset == 0 && args.done {
            self.install(place, NewSnapshot::Whole(args.data));
            return None;
        }
        let received = self.received_of(args.term, place);
        if args.offset != received || self.awaits_a_newer_one(args.term, place) {
            return Some(received);
        }
        let length = args.data.len() as u64;
        self.receiving = Some(Receiving {
            term: args.term,
            place,
            received: received + length,
            piece: Some(Piece { first: received == 0, data: args.data }),
        });
        if args.done {
            self.install(place, NewSnapshot::Received);
            return None;
        }
        Some(received + length)
    }

    fn received_of(&self, term: u64, place: Position) -> u64 {
        let same = |it: &&Receiving| (it.term, it.place) == (term, place);
        self.receiving.as_ref().filter(same).map_or(0, |it| it.received)
    }

    /// A leader finishes what it has begun, and sends what it has newly taken after that.
    fn awaits_a_newer_one(&self, term: u64, place: Position) -> bool {
        self.receiving.as_ref().is_some_and(|it| it.term == term && it.place.index > place.index)
    }

    /// True when what has arrived is useless now: it is installed, or entries have overtaken it.
    pub(crate) fn ends_receiving(&mut self) -> bool {
        let commit_index = self.commit_index;
        self.receiving.take_if(|it| it.place.index <= commit_index).is_some()
    }

    /// The piece that the disk is to be handed.
    pub(crate) fn take_piece(&mut self) -> Option<Piece> {
        self.receiving.as_mut()?.piece.take()
    }
}

#[cfg(test)]
mod tests;
