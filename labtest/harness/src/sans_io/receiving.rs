//! A snapshot that arrives in pieces (extended Raft paper, Figure 13, rules 2 to 5).
//!
//! Pieces may be lost, doubled and reordered, and those of an older snapshot may come late. They are taken in order;
//! whatever else comes is told how far this server is.

use super::wire::{Piece, Received, TransferId};
use bytes::Bytes;

/// How far the latest snapshot has arrived.
pub(super) struct Receiving {
    me: usize,
    /// After how many ticks without a piece what is there is dropped.
    patience: u64,
    arrival: Option<Arrival>,
}

struct Arrival {
    id: TransferId,
    received: Vec<u8>,
    /// It was handed on.
    is_whole: bool,
    /// How long ago a piece came.
    ticks: u64,
}

/// What a piece leads to: the answer, and perhaps a message with its whole snapshot.
pub(super) type Taken = (Received, Option<(Bytes, Bytes)>);

impl Receiving {
    pub(super) fn new(me: usize, patience: u64) -> Receiving {
        Receiving { me, patience, arrival: None }
    }

    /// Takes a piece. One of an older snapshot than the latest gets no answer: nobody waits for it.
    pub(super) fn take(&mut self, piece: Piece) -> Option<Taken> {
        let Piece { id, message, offset, done, data } = piece;
        if self.arrival.as_ref().is_some_and(|latest| latest.id > id) {
            return None;
        }
        self.arrival.take_if(|latest| latest.id < id);
        let arrival = self.arrival.get_or_insert_with(|| Arrival::new(id));
        arrival.ticks = 0;
        let mut whole = None;
        if !arrival.is_whole && offset == arrival.received.len() as u64 {
            arrival.received.extend_from_slice(&data);
            if done {
                arrival.is_whole = true;
                whole = Some((message, std::mem::take(&mut arrival.received).into()));
            }
        }
        let missing_from = (!arrival.is_whole).then_some(arrival.received.len() as u64);
        Some((Received { id, by: self.me, offset, missing_from }, whole))
    }

    /// What nobody goes on with is not kept.
    pub(super) fn tick(&mut self) {
        let patience = self.patience;
        self.arrival.take_if(|arrival| {
            arrival.ticks += 1;
            arrival.ticks >= patience
        });
    }
}

impl Arrival {
    fn new(id: TransferId) -> Arrival {
        Arrival { id, received: Vec::new(), is_whole: false, ticks: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: u64 = 3;

    fn receiving() -> Receiving {
        Receiving::new(1, PATIENCE)
    }

    fn id(number: u64) -> TransferId {
        TransferId { term: 3, from: 0, number }
    }

    /// The piece at `offset` of a snapshot of ten bytes.
    fn piece(number: u64, offset: usize) -> Piece {
        let (snapshot, end) = (Bytes::from_static(b"abcdefghij"), (offset + 4).min(10));
        let (message, data) = (Bytes::from_static(b"head"), snapshot.slice(offset..end));
        Piece { id: id(number), message, offset: offset as u64, done: end == 10, data }
    }

    /// The answer to the piece at `offset`.
    fn answer(number: u64, offset: u64, missing_from: Option<u64>) -> Option<Taken> {
        Some((Received { id: id(number), by: 1, offset, missing_from }, None))
    }

    fn whole(number: u64) -> Option<Taken> {
        let snapshot = (Bytes::from_static(b"head"), Bytes::from_static(b"abcdefghij"));
        Some((Received { id: id(number), by: 1, offset: 8, missing_from: None }, Some(snapshot)))
    }

    #[test]
    fn pieces_become_one_message_with_its_snapshot() {
        let mut receiving = receiving();
        assert_eq!(receiving.take(piece(1, 0)), answer(1, 0, Some(4)));
        assert_eq!(receiving.take(piece(1, 4)), answer(1, 4, Some(8)));
        assert_eq!(receiving.take(piece(1, 8)), whole(1));
    }

    #[test]
    fn a_snapshot_of_one_piece_is_whole_at_once_even_if_it_is_empty() {
        let empty = Piece { done: true, data: Bytes::new(), ..piece(1, 0) };
        let taken = receiving().take(empty);
        let snapshot = (Bytes::from_static(b"head"), Bytes::new());
        assert_eq!(
            taken,
            Some((Received { id: id(1), by: 1, offset: 0, missing_from: None }, Some(snapshot)))
        );
    }

    #[test]
    fn those_out_of_order_are_told_what_is_missing() {
        let mut receiving = receiving();
        assert_eq!(receiving.take(piece(1, 4)), answer(1, 4, Some(0)));
        assert_eq!(receiving.take(piece(1, 0)), answer(1, 0, Some(4)));
        assert_eq!(receiving.take(piece(1, 8)), answer(1, 8, Some(4)));
        assert_eq!(receiving.take(piece(1, 0)), answer(1, 0, Some(4)));
        assert_eq!(receiving.take(piece(1, 4)), answer(1, 4, Some(8)));
        assert_eq!(receiving.take(piece(1, 8)), whole(1));
    }

    #[test]
    fn what_has_arrived_is_handed_on_once() {
        let mut receiving = receiving();
        for offset in [0, 4, 8] {
            receiving.take(piece(1, offset));
        }
        for offset in [8, 0, 4] {
            assert_eq!(receiving.take(piece(1, offset)), answer(1, offset as u64, None));
        }
    }

    #[test]
    fn a_newer_one_takes_the_place_of_what_is_there_and_pieces_of_an_older_one_are_dropped() {
        let mut receiving = receiving();
        receiving.take(piece(1, 0));
        assert_eq!(receiving.take(piece(2, 4)), answer(2, 4, Some(0)));
        assert_eq!(receiving.take(piece(1, 4)), None);
        receiving.take(piece(2, 0));
        let later_term = Piece { id: TransferId { term: 4, from: 2, number: 1 }, ..piece(9, 0) };
        assert!(receiving.take(later_term).is_some());
        assert_eq!(receiving.take(piece(3, 0)), None);
    }

    #[test]
    fn nothing_is_kept_that_nobody_goes_on_with() {
        let mut receiving = receiving();
        receiving.take(piece(1, 0));
        (1..PATIENCE).for_each(|_| receiving.tick());
        assert_eq!(receiving.take(piece(1, 4)), answer(1, 4, Some(8)));
        (0..PATIENCE).for_each(|_| receiving.tick());
        assert!(receiving.arrival.is_none());
        assert_eq!(receiving.take(piece(1, 8)), answer(1, 8, Some(0)));
    }
}
