//! Messages in the words of the checks.

use crate::store::{end_of, ours, server};
use labtest::{Position, RaftMessage};
use protobuf::Message as _;
use raft::eraftpb::{Message, MessageType};

/// The names of all messages on the wire, which are the crate's. Nobody here transfers leadership or asks a leader
/// for a read.
pub(crate) const METHODS: [&str; 9] = [
    "MsgRequestVote",
    "MsgRequestVoteResponse",
    "MsgRequestPreVote",
    "MsgRequestPreVoteResponse",
    "MsgAppend",
    "MsgAppendResponse",
    "MsgSnapshot",
    "MsgHeartbeat",
    "MsgHeartbeatResponse",
];

/// A message's name on the wire.
pub(crate) fn method(message: &Message) -> Option<&'static str> {
    let name = format!("{:?}", message.get_msg_type());
    METHODS.into_iter().find(|known| *known == name)
}

pub(crate) fn said(bytes: &[u8]) -> Option<RaftMessage> {
    let message = Message::parse_from_bytes(bytes).ok()?;
    let (term, position) =
        (message.term, Position { index: message.index, term: message.log_term });
    let kind = message.get_msg_type();
    let pre_vote =
        matches!(kind, MessageType::MsgRequestPreVote | MessageType::MsgRequestPreVoteResponse);
    Some(match kind {
        MessageType::MsgRequestVote | MessageType::MsgRequestPreVote => {
            let candidate = server(message.from).unwrap_or_default();
            RaftMessage::RequestVote { term, candidate, last: position, pre_vote }
        }
        MessageType::MsgRequestVoteResponse | MessageType::MsgRequestPreVoteResponse => {
            RaftMessage::VoteReply { term, granted: !message.reject, pre_vote }
        }
        MessageType::MsgAppend => RaftMessage::AppendEntries {
            term,
            prev: position,
            entries: message.entries.iter().map(|entry| ours(entry).id()).collect(),
            commit: Some(message.commit),
        },
        MessageType::MsgAppendResponse if message.reject => {
            RaftMessage::AppendReply { term, success: false, match_index: None }
        }
        // With index 0 it only says to the leader of an earlier term that its time is over.
        MessageType::MsgAppendResponse if message.index > 0 => {
            RaftMessage::AppendReply { term, success: true, match_index: Some(message.index) }
        }
        MessageType::MsgSnapshot => {
            RaftMessage::InstallSnapshot { term, last: end_of(message.get_snapshot()) }
        }
        // Its commit index is the lower of the leader's and of what the follower has confirmed.
        MessageType::MsgHeartbeat => RaftMessage::AppendEntries {
            term,
            prev: Position::default(),
            entries: Vec::new(),
            commit: None,
        },
        _ => RaftMessage::Other { name: method(&message)?, term },
    })
}
