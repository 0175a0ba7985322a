//! The crate's types, as this adapter chooses them, and how they read in the tester's.

use crate::rt::Rt;
use labtest::serde::{Deserialize, Serialize};
use labtest::{Bytes, Position, sans_io};
use openraft::impls::leader_id_std;
use openraft::type_config::alias::{EntryOf, LogIdOf, SnapshotMetaOf, StoredMembershipOf, VoteOf};
use openraft::vote::RaftLeaderId as _;
use openraft::{EmptyNode, EntryPayload, Membership};
use std::fmt;

openraft::declare_raft_types!(
    /// One leader a term, as in the paper: by default the crate allows several, one after the other.
    pub(crate) Types:
        D = Command,
        R = (),
        NodeId = u64,
        Node = EmptyNode,
        LeaderId = leader_id_std::LeaderId<Self::Term, Self::NodeId>,
        AsyncRuntime = Rt,
);

pub(crate) type Vote = VoteOf<Types>;
pub(crate) type LogId = LogIdOf<Types>;
pub(crate) type Entry = EntryOf<Types>;
pub(crate) type SnapshotMeta = SnapshotMetaOf<Types>;

/// What was given to `Start`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct Command(pub(crate) Bytes);

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

pub(crate) fn log_id(position: Position) -> LogId {
    // Who led the term is not part of it.
    let leader = leader_id_std::LeaderId::new(position.term, 0_u64);
    LogId::new(leader.to_committed(), position.index)
}

/// Nothing is in front of the log's first entry.
pub(crate) fn position(id: Option<LogId>) -> Position {
    id.map(|id| Position { index: id.index, term: id.leader_id.term }).unwrap_or_default()
}

pub(crate) fn term_of(vote: &Vote) -> u64 {
    vote.leader_id().term()
}

pub(crate) fn candidate_of(vote: &Vote) -> usize {
    vote.leader_id().voted_for as usize
}

/// Memberships never change here, so what has no command is an entry of the crate's own.
pub(crate) fn ours(entry: &Entry) -> sans_io::Entry {
    let command = match &entry.payload {
        EntryPayload::Normal(Command(bytes)) => Some(bytes.clone()),
        EntryPayload::Blank | EntryPayload::Membership(_) => None,
    };
    sans_io::Entry { term: entry.log_id.leader_id.term, command }
}

pub(crate) fn theirs(index: u64, entry: &sans_io::Entry) -> Entry {
    let payload = entry
        .command
        .clone()
        .map_or(EntryPayload::Blank, |bytes| EntryPayload::Normal(Command(bytes)));
    Entry { log_id: log_id(Position { index, term: entry.term }), payload }
}

/// All servers vote. The crate's first entry, at 0, says so; every server begins after it.
pub(crate) fn membership(servers: usize) -> StoredMembershipOf<Types> {
    let voters = (0..servers as u64).collect();
    let membership = Membership::new_with_defaults(vec![voters], []);
    StoredMembershipOf::<Types>::new(Some(log_id(Position::default())), membership)
}
