//! The messages and the disk of our Raft in the words of the checks. Commands are hashed where they
//! lie, not copied.

use crate::api::vocabulary::{
    DiskDecoder, DiskRecord, DiskState, Encoded, EntryId, Position, RaftMessage,
};
use raft::message::{
    AppendEntriesArgs, InstallSnapshotReply, ReadEntries, RequestVoteArgs, RequestVoteReply,
};
use raft::method;
use raft::record::{FORMAT, FORMAT_PLAIN, HardState, Record, SavedState};
use serde::{Deserialize, Deserializer};

/// An entry, of which only term and hash are kept.
struct Hashed(EntryId);

impl<'de> Deserialize<'de> for Hashed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Hashed, D::Error> {
        #[derive(Deserialize)]
        struct Entry<'a> {
            term: u64,
            #[serde(borrow)]
            command: &'a [u8],
        }
        let Entry { term, command } = Entry::deserialize(from)?;
        Ok(Hashed(EntryId::new(term, command)))
    }
}

impl ReadEntries<'_> for Hashed {}

fn ids(entries: Vec<Hashed>) -> Vec<EntryId> {
    entries.into_iter().map(|Hashed(id)| id).collect()
}

/// The front of an InstallSnapshot: term, leader, index and term of the last entry. The snapshot
/// that follows is left where it is.
type SnapshotHeader = (u64, usize, u64, u64);
/// The front of a reply to AppendEntries.
type AppendReplyHeader = (u64, bool);

/// Nothing for a method or bytes that are not our Raft's.
pub(super) fn message(message: &Encoded<'_>) -> Option<RaftMessage> {
    let Encoded { method, reply, request, bytes } = *message;
    Some(match (method, reply) {
        (method::REQUEST_VOTE, false) => {
            let args: RequestVoteArgs = whole(bytes)?;
            let last = Position { index: args.last_log_index, term: args.last_log_term };
            let RequestVoteArgs { term, candidate_id: candidate, pre_vote, .. } = args;
            RaftMessage::RequestVote { term, candidate, last, pre_vote }
        }
        (method::REQUEST_VOTE, true) => {
            let RequestVoteReply { term, vote_granted: granted } = whole(bytes)?;
            let pre_vote = matches!(request, Some(RaftMessage::RequestVote { pre_vote: true, .. }));
            RaftMessage::VoteReply { term, granted, pre_vote }
        }
        (method::APPEND_ENTRIES, false) => {
            let args: AppendEntriesArgs<Hashed> = whole(bytes)?;
            let prev = Position { index: args.prev_log_index, term: args.prev_log_term };
            let (term, commit) = (args.term, Some(args.leader_commit));
            RaftMessage::AppendEntries { term, prev, entries: ids(args.entries), commit }
        }
        (method::APPEND_ENTRIES, true) => {
            let (term, success) = front::<AppendReplyHeader>(bytes)?;
            RaftMessage::AppendReply { term, success, match_index: None }
        }
        (method::INSTALL_SNAPSHOT, false) => {
            let (term, _, last_index, last_term) = front::<SnapshotHeader>(bytes)?;
            let last = Position { index: last_index, term: last_term };
            RaftMessage::InstallSnapshot { term, last }
        }
        (method::INSTALL_SNAPSHOT, true) => match whole(bytes)? {
            InstallSnapshotReply { term, missing_from: None } => {
                RaftMessage::SnapshotReply { term }
            }
            InstallSnapshotReply { term, .. } => RaftMessage::Other { name: "piece", term },
        },
        _ => return None,
    })
}

fn front<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    postcard::take_from_bytes(bytes).ok().map(|(value, _)| value)
}

fn whole<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(value)
}

/// Reads the disk of our Raft.
pub(super) struct Disk;

impl DiskDecoder for Disk {
    fn state(&self, bytes: &[u8]) -> Option<DiskState> {
        let state: SavedState<Hashed> = whole(bytes)?;
        let HardState { term, voted_for } = state.hard_state;
        let snapshot = Position { index: state.snapshot_index, term: state.snapshot_term };
        let entries = ids(state.entries);
        [FORMAT_PLAIN, FORMAT].contains(&state.format).then_some(DiskState {
            term,
            voted_for,
            snapshot,
            entries,
        })
    }

    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>> {
        let record = match whole::<Record<Hashed>>(bytes)? {
            Record::HardState(HardState { term, voted_for }) => {
                DiskRecord::HardState { term, voted_for }
            }
            Record::Entries { first_index, entries } => {
                DiskRecord::Entries { first_index, entries: ids(entries) }
            }
            // Nothing that a check knows has changed.
            Record::Quarantine(_) => return Some(Vec::new()),
        };
        Some(vec![record])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use labrpc::encode;
    use raft::message::{AppendEntriesReply, Entry, InstallSnapshotArgs};

    fn message(method: &str, reply: bool, bytes: &[u8]) -> Option<RaftMessage> {
        super::message(&Encoded { method, reply, request: None, bytes })
    }

    #[test]
    fn every_message_of_our_raft_has_its_words() {
        let args = RequestVoteArgs {
            term: 300,
            candidate_id: 2,
            last_log_index: 7,
            last_log_term: 5,
            pre_vote: true,
        };
        let last = Position { index: 7, term: 5 };
        assert_eq!(
            message(method::REQUEST_VOTE, false, &encode(&args).unwrap()),
            Some(RaftMessage::RequestVote { term: 300, candidate: 2, last, pre_vote: true })
        );
        let reply = RequestVoteReply { term: 4, vote_granted: true };
        assert_eq!(
            message(method::REQUEST_VOTE, true, &encode(&reply).unwrap()),
            Some(RaftMessage::VoteReply { term: 4, granted: true, pre_vote: false })
        );
        let entry = Entry { term: 6, command: Bytes::from_static(b"x = 1") };
        let args = AppendEntriesArgs {
            term: 8,
            leader_id: 1,
            prev_log_index: 7,
            prev_log_term: 5,
            entries: vec![entry],
            leader_commit: 6,
        };
        let entries = vec![EntryId::new(6, b"x = 1")];
        assert_eq!(
            message(method::APPEND_ENTRIES, false, &encode(&args).unwrap()),
            Some(RaftMessage::AppendEntries { term: 8, prev: last, entries, commit: Some(6) })
        );
        let reply = AppendEntriesReply { term: 9, success: false, last_of_terms: vec![last] };
        assert_eq!(
            message(method::APPEND_ENTRIES, true, &encode(&reply).unwrap()),
            Some(RaftMessage::AppendReply { term: 9, success: false, match_index: None })
        );
        let args = InstallSnapshotArgs {
            term: 9,
            leader_id: 1,
            last_included_index: 7,
            last_included_term: 5,
            offset: 0,
            data: Bytes::from_static(b"state"),
            done: true,
        };
        assert_eq!(
            message(method::INSTALL_SNAPSHOT, false, &encode(&args).unwrap()),
            Some(RaftMessage::InstallSnapshot { term: 9, last })
        );
        let reply = |missing_from| {
            let reply = InstallSnapshotReply { term: 9, missing_from };
            message(method::INSTALL_SNAPSHOT, true, &encode(&reply).unwrap())
        };
        assert_eq!(reply(None), Some(RaftMessage::SnapshotReply { term: 9 }));
        let of_a_piece = RaftMessage::Other { name: "piece", term: 9 };
        assert_eq!(reply(Some(5)), Some(of_a_piece), "it promises nothing");
    }

    #[test]
    fn what_is_not_our_rafts_has_none() {
        assert_eq!(message("Raft.Nonsense", false, b"\0\0\0"), None);
        assert_eq!(message(method::REQUEST_VOTE, false, b""), None);
        assert_eq!(message(method::INSTALL_SNAPSHOT, true, b"\x01\x02"), None);
        assert_eq!(Disk.record(b"\x07"), None);
        assert_eq!(Disk.state(b"\xff"), None);
    }
}
