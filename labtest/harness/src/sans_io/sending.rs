//! Snapshots on their way to other servers, as their leader sees them (extended Raft paper, Figure 13).
//!
//! One piece is under way at a time; when the receiver has it, the next one goes out. What gets lost is sent again from
//! where the receiver is. A newer snapshot takes the place of the one before it.

use super::wire::{Piece, Received, TransferId};
use bytes::Bytes;
use raft_api::State;
use std::collections::BTreeMap;

/// How often a piece is sent before the transfer is given up.
pub(super) const TRIES_MAX: u32 = 16;

/// The snapshots under way, at most one to each server.
pub(super) struct Sending {
    me: usize,
    piece_bytes_max: usize,
    /// After how many ticks without an answer a piece counts as lost.
    patience: u64,
    begun: u64,
    transfers: BTreeMap<usize, Transfer>,
}

struct Transfer {
    id: TransferId,
    method: &'static str,
    message: Bytes,
    snapshot: Bytes,
    /// The receiver has everything in front of it.
    offset: usize,
    /// How often the piece that begins there was sent, and how many ticks ago.
    tries: u32,
    ticks: u64,
}

/// A piece to be sent, and the name of its message.
pub(super) type Packet = (&'static str, Piece);

/// What an answer leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Send(Packet),
    /// The receiver has all of it.
    Arrived,
}

/// What time leads to, with the servers in question.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) send: Vec<(usize, Packet)>,
    pub(super) given_up: Vec<usize>,
}

impl Transfer {
    fn piece(&mut self, bytes_max: usize) -> Packet {
        (self.tries, self.ticks) = (self.tries + 1, 0);
        let end = self.snapshot.len().min(self.offset + bytes_max);
        let piece = Piece {
            id: self.id,
            message: self.message.clone(),
            offset: self.offset as u64,
            done: end == self.snapshot.len(),
            data: self.snapshot.slice(self.offset..end),
        };
        (self.method, piece)
    }
}

impl Sending {
    pub(super) fn new(me: usize, piece_bytes_max: usize, patience: u64) -> Sending {
        Sending { me, piece_bytes_max, patience, begun: 0, transfers: BTreeMap::new() }
    }

    /// A snapshot is to be sent. `None` when it is under way already.
    pub(super) fn begin(
        &mut self,
        to: usize,
        term: u64,
        method: &'static str,
        (message, snapshot): (Bytes, Bytes),
    ) -> Option<Packet> {
        let same = |it: &Transfer| it.message == message && it.snapshot == snapshot;
        if self.transfers.get(&to).is_some_and(same) {
            return None;
        }
        self.begun += 1;
        let id = TransferId { term, from: self.me, number: self.begun };
        let mut transfer =
            Transfer { id, method, message, snapshot, offset: 0, tries: 0, ticks: 0 };
        let first = transfer.piece(self.piece_bytes_max);
        self.transfers.insert(to, transfer);
        Some(first)
    }

    /// A piece is answered, of whatever snapshot.
    pub(super) fn received(&mut self, received: Received) -> Option<Next> {
        let Received { id, by, offset: answered, missing_from } = received;
        let transfer = self.transfers.get_mut(&by).filter(|it| it.id == id)?;
        let Some(missing_from) = missing_from else {
            self.transfers.remove(&by);
            return Some(Next::Arrived);
        };
        let offset = usize::try_from(missing_from).ok()?;
        // An answer to an earlier piece comes late, or twice. To follow each of them would be to send a piece for
        // each, whose answers would come twice as well.
        let is_late = answered != transfer.offset as u64;
        // The piece that is missing is under way, or it is no place in this snapshot.
        if is_late || offset == transfer.offset || offset > transfer.snapshot.len() {
            return None;
        }
        (transfer.offset, transfer.tries) = (offset, 0);
        Some(Next::Send(transfer.piece(self.piece_bytes_max)))
    }

    pub(super) fn tick(&mut self) -> Due {
        let mut due = Due::default();
        for (to, transfer) in &mut self.transfers {
            transfer.ticks += 1;
            if transfer.ticks < self.patience {
                continue;
            }
            match transfer.tries < TRIES_MAX {
                true => due.send.push((*to, transfer.piece(self.piece_bytes_max))),
                false => due.given_up.push(*to),
            }
        }
        for to in &due.given_up {
            self.transfers.remove(to);
        }
        due
    }

    /// Nothing is sent in a term that this server leads no longer.
    pub(super) fn end_unless_led(&mut self, State { term, is_leader }: State) {
        self.transfers.retain(|_, transfer| is_leader && transfer.id.term == term);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: State = State { term: 3, is_leader: true };

    /// Server 0, which sends pieces of four bytes and takes them for lost after two ticks.
    fn sending() -> Sending {
        Sending::new(0, 4, 2)
    }

    fn begin(sending: &mut Sending, snapshot: &'static str) -> Option<Packet> {
        sending.begin(1, 3, "Snap", (Bytes::from_static(b"head"), Bytes::from(snapshot)))
    }

    fn id(number: u64) -> TransferId {
        TransferId { term: 3, from: 0, number }
    }

    fn piece(number: u64, offset: u64, data: &'static str, done: bool) -> Packet {
        let message = Bytes::from_static(b"head");
        ("Snap", Piece { id: id(number), message, offset, done, data: Bytes::from(data) })
    }

    /// The answer to the piece at `offset`.
    fn received(number: u64, offset: u64, missing_from: Option<u64>) -> Received {
        Received { id: id(number), by: 1, offset, missing_from }
    }

    fn send(packet: Packet) -> Option<Next> {
        Some(Next::Send(packet))
    }

    #[test]
    fn a_short_one_is_one_piece_even_if_it_is_empty() {
        for snapshot in ["", "four"] {
            let mut sending = sending();
            assert_eq!(begin(&mut sending, snapshot), Some(piece(1, 0, snapshot, true)));
            assert_eq!(sending.received(received(1, 0, None)), Some(Next::Arrived));
            assert_eq!(sending.received(received(1, 0, None)), None);
        }
    }

    #[test]
    fn the_next_piece_leaves_when_the_one_before_it_is_there() {
        let mut sending = sending();
        assert_eq!(begin(&mut sending, "abcdefghij"), Some(piece(1, 0, "abcd", false)));
        assert_eq!(sending.received(received(1, 0, Some(4))), send(piece(1, 4, "efgh", false)));
        // It comes twice.
        assert_eq!(sending.received(received(1, 0, Some(4))), None);
        assert_eq!(sending.received(received(1, 4, Some(8))), send(piece(1, 8, "ij", true)));
        assert_eq!(sending.received(received(1, 0, None)), Some(Next::Arrived));
    }

    #[test]
    fn an_answer_to_an_earlier_piece_changes_nothing() {
        let mut sending = sending();
        begin(&mut sending, "abcdefghij");
        sending.received(received(1, 0, Some(4)));
        assert_eq!(sending.received(received(1, 4, Some(8))), send(piece(1, 8, "ij", true)));
        assert_eq!(sending.received(received(1, 0, Some(4))), None);
        assert_eq!(sending.received(received(1, 4, Some(8))), None);
        assert_eq!(sending.received(received(1, 8, None)), Some(Next::Arrived));
    }

    #[test]
    fn what_is_not_answered_is_sent_again_until_it_is_given_up() {
        let mut sending = sending();
        begin(&mut sending, "abcdefghij");
        sending.received(received(1, 0, Some(4)));
        let again = || Due { send: vec![(1, piece(1, 4, "efgh", false))], given_up: vec![] };
        for _ in 1..TRIES_MAX {
            assert_eq!((sending.tick(), sending.tick()), (Due::default(), again()));
        }
        let given_up = Due { send: vec![], given_up: vec![1] };
        assert_eq!((sending.tick(), sending.tick()), (Due::default(), given_up));
        assert_eq!((sending.tick(), sending.tick()), (Due::default(), Due::default()));
        assert_eq!(sending.received(received(1, 4, Some(8))), None);
    }

    #[test]
    fn a_receiver_that_has_lost_all_is_sent_all() {
        let mut sending = sending();
        begin(&mut sending, "abcdefghij");
        sending.received(received(1, 0, Some(4)));
        assert_eq!(sending.received(received(1, 4, Some(0))), send(piece(1, 0, "abcd", false)));
        assert_eq!(sending.received(received(1, 0, Some(11))), None);
    }

    #[test]
    fn a_newer_one_begins_anew_and_the_same_goes_on() {
        let mut sending = sending();
        begin(&mut sending, "abcdefghij");
        sending.received(received(1, 0, Some(4)));
        assert_eq!(begin(&mut sending, "abcdefghij"), None);
        assert_eq!(sending.received(received(1, 4, Some(8))), send(piece(1, 8, "ij", true)));
        assert_eq!(begin(&mut sending, "newer"), Some(piece(2, 0, "newe", false)));
        assert_eq!(sending.received(received(1, 0, None)), None);
        assert_eq!(sending.received(received(2, 0, Some(4))), send(piece(2, 4, "r", true)));
    }

    #[test]
    fn nothing_is_sent_after_the_term() {
        for later in [State { term: 4, is_leader: true }, State { is_leader: false, ..STATE }] {
            let mut sending = sending();
            begin(&mut sending, "abcdefghij");
            sending.end_unless_led(STATE);
            assert_eq!(sending.received(received(1, 0, Some(4))), send(piece(1, 4, "efgh", false)));
            sending.end_unless_led(later);
            assert_eq!(sending.received(received(1, 4, Some(8))), None);
            assert_eq!((sending.tick(), sending.tick()), (Due::default(), Due::default()));
        }
    }
}
