//! What crosses the network: a core's messages, those with a snapshot in pieces.

use crate::api::vocabulary::{Decoded, Encoded, RaftMessage};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The name of [`Wire::Received`] on the wire; the others have that of the core's message.
pub(super) const RECEIVED: &str = "PieceReceived";

/// What one driver sends to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wire {
    /// A message without a snapshot.
    Message(Bytes),
    /// A piece of one with a snapshot.
    Piece(Piece),
    /// The answer to a piece.
    Received(Received),
}

/// Names a snapshot on its way. A later one has a higher name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct TransferId {
    /// The term that its sender leads.
    pub(super) term: u64,
    pub(super) from: usize,
    /// Of those that the sender has begun in its life.
    pub(super) number: u64,
}

/// A piece of a snapshot (extended Raft paper, Figure 13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Piece {
    pub(super) id: TransferId,
    /// The message, without its snapshot.
    pub(super) message: Bytes,
    /// Where in the snapshot it begins, in bytes.
    pub(super) offset: u64,
    /// It is the last.
    pub(super) done: bool,
    pub(super) data: Bytes,
}

/// How much of a snapshot has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Received {
    pub(super) id: TransferId,
    /// Who has it.
    pub(super) by: usize,
    /// Where the piece begins that this answers, in bytes.
    pub(super) offset: u64,
    /// The first byte that is missing; `None` when it is whole.
    pub(super) missing_from: Option<u64>,
}

/// What a message between servers of a [`Core`](super::Core) says, for
/// [`Implementation::decode`](crate::Implementation::decode). `said` reads the core's message; one with a snapshot
/// it is given without it, once for each piece.
pub fn decode(encoded: &Encoded<'_>, said: impl FnOnce(&[u8]) -> Option<RaftMessage>) -> Decoded {
    // What is returned goes nowhere.
    if encoded.reply {
        return Decoded::Nothing;
    }
    match labrpc::decode(encoded.bytes) {
        Ok(Wire::Message(message) | Wire::Piece(Piece { message, .. })) => said(&message).into(),
        Ok(Wire::Received(_)) => Decoded::Nothing,
        Err(_) => Decoded::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use labrpc::encode;

    fn decoded(bytes: &[u8], reply: bool) -> Decoded {
        let encoded = Encoded { method: "Tell", reply, request: None, bytes };
        decode(&encoded, |message| {
            (message == b"six").then_some(RaftMessage::Other { name: "six", term: 6 })
        })
    }

    #[test]
    fn each_piece_says_what_its_message_says_and_an_answer_to_one_says_nothing() {
        let said = Decoded::Message(RaftMessage::Other { name: "six", term: 6 });
        let (id, data) = (TransferId::default(), Bytes::from_static(b"state"));
        let piece = Piece { id, message: Bytes::from_static(b"six"), offset: 5, done: false, data };
        let message = encode(&Wire::Message(Bytes::from_static(b"six"))).unwrap();
        assert_eq!(decoded(&message, false), said);
        assert_eq!(decoded(&encode(&Wire::Piece(piece)).unwrap(), false), said);
        let received = Received { id, by: 1, offset: 0, missing_from: None };
        assert_eq!(decoded(&encode(&Wire::Received(received)).unwrap(), false), Decoded::Nothing);
        assert_eq!(decoded(&message, true), Decoded::Nothing);
        let other = encode(&Wire::Message(Bytes::from_static(b"seven"))).unwrap();
        assert_eq!(decoded(&other, false), Decoded::Unknown);
        assert_eq!(decoded(b"", false), Decoded::Unknown);
    }
}
