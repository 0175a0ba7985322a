//! Messages in the words of the checks.

use crate::message::{Body, Message};
use labtest::sans_io::Entry;
use labtest::{Position, RaftMessage, decode};

pub(crate) fn said(message: &[u8]) -> Option<RaftMessage> {
    let Message { from, term, body, .. } = decode(message).ok()?;
    Some(match body {
        Body::Vote { last } => {
            RaftMessage::RequestVote { term, candidate: from, last, pre_vote: false }
        }
        Body::VoteResp { granted } => RaftMessage::VoteReply { term, granted, pre_vote: false },
        Body::App { prev, entries, commit } => {
            let entries = entries.iter().map(Entry::id).collect();
            RaftMessage::AppendEntries { term, prev, entries, commit: Some(commit) }
        }
        Body::AppResp { index } => {
            RaftMessage::AppendReply { term, success: true, match_index: Some(index) }
        }
        Body::AppReject { .. } => {
            RaftMessage::AppendReply { term, success: false, match_index: None }
        }
        Body::Snap { last, .. } => RaftMessage::InstallSnapshot { term, last },
        // Its commit index is the follower's and not the leader's.
        Body::Heartbeat { .. } => RaftMessage::AppendEntries {
            term,
            prev: Position::default(),
            entries: Vec::new(),
            commit: None,
        },
        Body::HeartbeatResp { .. } => RaftMessage::Other { name: "MsgHeartbeatResp", term },
    })
}
