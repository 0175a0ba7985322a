//! Messages and disk in the words of the checks, and messages in those of people.

use crate::disk::{HardState, Record, Saved};
use crate::message::{Body, Entry, Message};
use labtest::{
    Decoded, DiskDecoder, DiskRecord, DiskState, Encoded, EntryId, Position, RaftMessage,
    decode as read,
};

/// What stands for an entry.
pub(crate) fn id(entry: &Entry) -> EntryId {
    match &entry.command {
        Some(command) => EntryId::new(entry.term, command),
        None => EntryId::own(entry.term),
    }
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(id).collect()
}

pub(crate) fn decode(encoded: &Encoded<'_>) -> Decoded {
    // What is returned goes nowhere.
    if encoded.reply {
        return Decoded::Nothing;
    }
    read::<Message>(encoded.bytes).ok().map(said).into()
}

fn said(message: Message) -> RaftMessage {
    let Message { from, term, body, .. } = message;
    match body {
        Body::Vote { last } => {
            RaftMessage::RequestVote { term, candidate: from, last, pre_vote: false }
        }
        Body::VoteResp { granted } => RaftMessage::VoteReply { term, granted, pre_vote: false },
        Body::App { prev, entries, commit } => {
            RaftMessage::AppendEntries { term, prev, entries: ids(&entries), commit: Some(commit) }
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
    }
}

pub(crate) fn describe(message: &labtest::Message<'_>) -> Option<String> {
    let labtest::Message { request, reply: None, to, .. } = *message else { return None };
    let Message { term, body, .. } = read(request).ok()?;
    Some(match body {
        Body::Vote { last } => {
            format!("asks server {to} for its vote in term {term}, with a log that ends at {last}")
        }
        Body::VoteResp { granted: true } => format!("gives server {to} its vote in term {term}"),
        Body::VoteResp { granted: false } => {
            format!("refuses server {to} its vote in term {term}")
        }
        Body::App { prev, entries, commit } => {
            let count = entries.len();
            format!("sends server {to} {count} entries after {prev}, commit index {commit}")
        }
        Body::AppResp { index } => format!("has server {to}'s log up to {index}"),
        Body::AppReject { prev_index, hint } => {
            format!("has no entry {prev_index} as server {to} has it, at best {hint}")
        }
        Body::Snap { last, .. } => format!("sends server {to} its snapshot up to {last}"),
        Body::Heartbeat { commit, .. } => {
            format!("sends server {to} a heartbeat of term {term}, commit index {commit}")
        }
        Body::HeartbeatResp { .. } => format!("has heard server {to}'s heartbeat"),
    })
}

/// Reads the disk of this Raft.
pub(crate) struct Disk;

impl DiskDecoder for Disk {
    fn state(&self, bytes: &[u8]) -> Option<DiskState> {
        let Saved { hard, snapshot, entries } = read(bytes).ok()?;
        let HardState { term, vote, .. } = hard;
        Some(DiskState { term, voted_for: vote, snapshot, entries: ids(&entries) })
    }

    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>> {
        let Record { hard, first_index, entries } = read(bytes).ok()?;
        let HardState { term, vote: voted_for, .. } = hard;
        let mut records = vec![DiskRecord::HardState { term, voted_for }];
        if !entries.is_empty() {
            records.push(DiskRecord::Entries { first_index, entries: ids(&entries) });
        }
        Some(records)
    }
}
