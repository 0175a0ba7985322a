//! The bytes that a half of a connection has read and not yet passed on, each piece with its time.

use bytes::{Buf, BytesMut};
use runtime::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// How many pieces there may be: where they are small, their times need more room than their bytes.
const PIECES_MAX: usize = 16 << 10;

#[derive(Default)]
pub(super) struct UnderWay {
    bytes: BytesMut,
    pieces: VecDeque<Piece>,
}

struct Piece {
    arrived: Instant,
    due: Instant,
    bytes: usize,
}

impl UnderWay {
    /// How many more bytes may come, of `bytes_max` in all.
    pub(super) fn room(&self, bytes_max: usize) -> usize {
        match self.pieces.len() < PIECES_MAX {
            true => bytes_max.saturating_sub(self.bytes.len()),
            false => 0,
        }
    }

    /// Where bytes are read to; [`UnderWay::push`] then says how many.
    pub(super) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.bytes
    }

    /// The bytes that came last are a piece.
    pub(super) fn push(&mut self, bytes: usize, arrived: Instant, due: Instant) {
        self.pieces.push_back(Piece { arrived, due, bytes });
    }

    /// When the first piece is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.pieces.front().map(|piece| piece.due)
    }

    /// The bytes that are due by that time and have nothing before them that is not.
    pub(super) fn due_by(&self, time: Instant) -> &[u8] {
        let due = self.pieces.iter().take_while(|piece| piece.due <= time);
        &self.bytes[..due.map(|piece| piece.bytes).sum()]
    }

    /// All bytes.
    pub(super) fn all(&self) -> &[u8] {
        &self.bytes
    }

    /// The first bytes have been passed on; says how long the first of them was under way.
    pub(super) fn pass_on(&mut self, bytes: usize, now: Instant) -> Duration {
        let arrived = self.pieces.front().map_or(now, |piece| piece.arrived);
        self.bytes.advance(bytes);
        let mut left = bytes;
        while let Some(first) = self.pieces.front_mut() {
            if first.bytes > left {
                first.bytes -= left;
                break;
            }
            left -= first.bytes;
            self.pieces.pop_front();
        }
        now.since(arrived)
    }

    /// Drops all bytes, and says how many there were.
    pub(super) fn clear(&mut self) -> usize {
        let bytes = self.bytes.len();
        self.bytes.clear();
        self.pieces.clear();
        bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Gives up memory that nothing needs at present: most connections are idle most of the time.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() {
            *self = UnderWay::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::START + Duration::from_millis(ms)
    }

    fn under_way(pieces: &[(&str, u64, u64)]) -> UnderWay {
        let mut under_way = UnderWay::default();
        for (bytes, arrived, due) in pieces {
            under_way.buffer().extend_from_slice(bytes.as_bytes());
            under_way.push(bytes.len(), at(*arrived), at(*due));
        }
        under_way
    }

    #[test]
    fn a_piece_waits_for_those_before_it() {
        let pieces = under_way(&[("ab", 0, 30), ("cd", 1, 10), ("ef", 2, 40)]);
        assert_eq!(pieces.due_by(at(29)), b"");
        assert_eq!(pieces.due_by(at(30)), b"abcd");
        assert_eq!(pieces.due_by(at(40)), b"abcdef");
        assert_eq!(pieces.next_due(), Some(at(30)));
    }

    #[test]
    fn a_piece_may_be_passed_on_in_parts() {
        let mut pieces = under_way(&[("ab", 0, 10), ("cd", 5, 20)]);
        assert_eq!(pieces.pass_on(1, at(10)), Duration::from_millis(10));
        assert_eq!(pieces.due_by(at(10)), b"b");
        assert_eq!(pieces.pass_on(2, at(20)), Duration::from_millis(20));
        assert_eq!(pieces.pass_on(1, at(20)), Duration::from_millis(15));
        assert!(pieces.is_empty());
        assert_eq!(pieces.next_due(), None);
    }

    #[test]
    fn there_is_room_for_so_many_bytes_and_for_so_many_pieces() {
        let mut pieces = under_way(&[("abc", 0, 0)]);
        assert_eq!((pieces.room(5), pieces.room(2)), (2, 0));
        for _ in 0..PIECES_MAX {
            pieces.push(0, at(0), at(0));
        }
        assert_eq!(pieces.room(5), 0);
    }
}
