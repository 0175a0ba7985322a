//! What servers say to each other: the RPCs of Figure 2 and Figure 13 of the extended Raft paper.
//!
//! The types are public and decodable so that observers of a network can narrate what they see.

pub use raft_api::Position;

use bytes::Bytes;
use persister::{PersistError, Snapshot};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;

/// One entry of the replicated log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The term in which a leader received it.
    pub term: u64,
    /// What the service is to apply.
    pub command: Bytes,
}

/// How entries that come together are read: one after another, unless a form has something better.
pub trait ReadEntries<'de>: Deserialize<'de> {
    /// Reads them.
    ///
    /// # Errors
    /// When what is there are no entries.
    fn read_entries<D: Deserializer<'de>>(from: D) -> Result<Vec<Self>, D::Error> {
        Vec::deserialize(from)
    }
}

/// Their commands share one piece of memory, so that many entries cost no more allocations than one. It
/// is freed with the last of them.
impl<'de> ReadEntries<'de> for Entry {
    fn read_entries<D: Deserializer<'de>>(from: D) -> Result<Vec<Entry>, D::Error> {
        from.deserialize_seq(EntriesVisitor)
    }
}

struct EntriesVisitor;

/// Initial capacity at most; it grows as needed.
const ENTRIES_AT_FIRST: usize = 256;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<Entry>, A::Error> {
        #[derive(Deserialize)]
        struct Borrowed<'a>(u64, #[serde(borrow)] Cow<'a, [u8]>);

        if entries.size_hint() == Some(1) {
            return Ok(entries.next_element()?.into_iter().collect());
        }
        // An announcement alone takes no memory.
        let announced = entries.size_hint().unwrap_or(0).min(ENTRIES_AT_FIRST);
        let mut read: Vec<Borrowed<'de>> = Vec::with_capacity(announced);
        while let Some(entry) = entries.next_element()? {
            read.push(entry);
        }
        let mut commands =
            Vec::with_capacity(read.iter().map(|Borrowed(_, command)| command.len()).sum());
        read.iter().for_each(|Borrowed(_, command)| commands.extend_from_slice(command));
        let mut commands = Bytes::from(commands);
        let entry = |Borrowed(term, command): Borrowed<'de>| Entry {
            term,
            command: commands.split_to(command.len()),
        };
        Ok(read.into_iter().map(entry).collect())
    }
}

/// Arguments of RequestVote (extended Raft paper, Figure 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestVoteArgs {
    /// The candidate's term; for a pre-vote the term it would stand in.
    pub term: u64,
    /// Who asks.
    pub candidate_id: usize,
    /// Index of the candidate's last log entry.
    pub last_log_index: u64,
    /// Term of the candidate's last log entry.
    pub last_log_term: u64,
    /// A question without consequences: would you vote for me? (Raft dissertation, section 9.6.)
    pub pre_vote: bool,
}

/// Reply to RequestVote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestVoteReply {
    /// The voter's term, for the candidate to update itself.
    pub term: u64,
    /// True when the candidate has the vote.
    pub vote_granted: bool,
}

/// Arguments of AppendEntries (extended Raft paper, Figure 2). Without entries it is a heartbeat.
/// An observer may decode the entries into a form of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "E: ReadEntries<'de>"))]
pub struct AppendEntriesArgs<E = Entry> {
    /// The leader's term.
    pub term: u64,
    /// Who leads, so that a follower can say so to clients.
    pub leader_id: usize,
    /// Index of the entry just before the new ones.
    pub prev_log_index: u64,
    /// Term of that entry.
    pub prev_log_term: u64,
    /// The new entries, from `prev_log_index + 1` on.
    #[serde(deserialize_with = "E::read_entries")]
    pub entries: Vec<E>,
    /// The leader's commit index.
    pub leader_commit: u64,
}

impl AppendEntriesArgs {
    /// Index of the last entry that a follower is sure to share with the leader once it accepts.
    pub fn last_index(&self) -> u64 {
        self.prev_log_index.saturating_add(self.entries.len() as u64)
    }
}

/// Reply to AppendEntries.
///
/// The paper suggests that a refusal names the conflicting term, so that the leader skips whole
/// terms at a time (extended Raft paper, end of section 5.3). Here it names several terms, newest
/// first, and the leader finds the place at which the logs part in one exchange and not one per
/// term. That matters where replies are late or lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendEntriesReply {
    /// The follower's term, for the leader to update itself.
    pub term: u64,
    /// True when the follower had an entry that matches `prev_log_index` and `prev_log_term`.
    pub success: bool,
    /// In a refusal: the last entry of each of the follower's terms, newest first, beginning with
    /// the last place at which its log could agree with the leader's. Everything after that place
    /// certainly differs or is missing.
    pub last_of_terms: Vec<Position>,
}

/// Arguments of InstallSnapshot (extended Raft paper, Figure 13): one piece of a snapshot. A short
/// snapshot is one piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallSnapshotArgs {
    /// The leader's term.
    pub term: u64,
    /// Who leads.
    pub leader_id: usize,
    /// The snapshot stands for all entries up to and including this index.
    pub last_included_index: u64,
    /// Term of the entry at `last_included_index`.
    pub last_included_term: u64,
    /// Where in the snapshot the piece begins, in bytes.
    pub offset: u64,
    /// The service's snapshot, from there on.
    pub data: Bytes,
    /// It is the last piece.
    pub done: bool,
}

/// Reply to InstallSnapshot.
///
/// In Figure 13 it is the term alone. Here it says how far the follower has come as well, so that a transfer
/// goes on from there when a message was lost, and begins again when the follower did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallSnapshotReply {
    /// The follower's term, for the leader to update itself.
    pub term: u64,
    /// From where on it lacks bytes of the snapshot. `None` when it lacks nothing: the snapshot is
    /// installed, or what it has reaches as far.
    pub missing_from: Option<u64>,
}

/// A request that the core wants sent. Pieces are boxed, as the rarest and the largest.
#[derive(Debug, PartialEq)]
pub(crate) enum Outgoing {
    RequestVote { to: usize, args: RequestVoteArgs },
    AppendEntries { to: usize, args: AppendEntriesArgs, sequence: u64 },
    InstallSnapshot { to: usize, piece: Box<SnapshotPiece> },
}

/// A piece to be sent. Its bytes are read when it is: that is no work for the core.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SnapshotPiece {
    pub(crate) term: u64,
    pub(crate) leader_id: usize,
    pub(crate) place: Position,
    pub(crate) offset: u64,
    pub(crate) length: usize,
    pub(crate) done: bool,
    pub(crate) snapshot: Snapshot,
}

impl SnapshotPiece {
    /// The message.
    ///
    /// # Errors
    /// When the snapshot can't be read.
    pub(crate) fn read(&self) -> Result<InstallSnapshotArgs, PersistError> {
        let data = self.snapshot.read(self.offset, self.length)?;
        Ok(InstallSnapshotArgs {
            term: self.term,
            leader_id: self.leader_id,
            last_included_index: self.place.index,
            last_included_term: self.place.term,
            offset: self.offset,
            data,
            done: self.done,
        })
    }
}

impl Outgoing {
    /// Whether it may leave only when everything written so far is durable.
    pub(crate) fn waits_for_disk(&self) -> bool {
        match self {
            // It announces a term and a vote.
            Outgoing::RequestVote { .. } => true,
            // The leader writes to its own disk in parallel (Raft dissertation, section 10.2.1).
            Outgoing::AppendEntries { .. } => false,
            // What is in a snapshot has been committed.
            Outgoing::InstallSnapshot { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_that_are_read_together_are_what_was_written(
            written: Vec<(u64, Vec<u8>)>,
        ) {
            let entry = |(term, command): (u64, Vec<u8>)| Entry { term, command: command.into() };
            let entries: Vec<Entry> = written.into_iter().map(entry).collect();
            let args = AppendEntriesArgs {
                term: 3,
                leader_id: 1,
                prev_log_index: 7,
                prev_log_term: 2,
                entries,
                leader_commit: 6,
            };
            let bytes = labrpc::encode(&args).unwrap();
            prop_assert_eq!(labrpc::decode::<AppendEntriesArgs>(&bytes), Ok(args));
        }
    }
}
