//! Requests in words.

use super::{count, place};
use crate::message::{AppendEntriesArgs, InstallSnapshotArgs, RequestVoteArgs};

/// A request from one server to another, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A candidate asks for a vote, or whether there would be one.
    RequestVote(RequestVoteArgs),
    /// A leader replicates, or shows that it leads.
    AppendEntries(AppendEntriesArgs),
    /// A leader sends its snapshot.
    InstallSnapshot(InstallSnapshotArgs),
}

/// What a message is for; a heartbeat is told from other AppendEntries, and a pre-vote from a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A request for a vote.
    RequestVote,
    /// The question whether there would be a vote.
    PreVote,
    /// AppendEntries without entries.
    Heartbeat,
    /// AppendEntries with entries.
    AppendEntries,
    /// A snapshot.
    InstallSnapshot,
}

impl Kind {
    /// Its name, as the papers write it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::RequestVote => "RequestVote",
            Kind::PreVote => "PreVote",
            Kind::Heartbeat => "heartbeat",
            Kind::AppendEntries => "AppendEntries",
            Kind::InstallSnapshot => "InstallSnapshot",
        }
    }
}

/// Bytes that are no message of this Raft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRaft {
    /// The method is another service's.
    #[error("{method} is no method of Raft; expected one of {}", METHODS.join(", "))]
    Method {
        /// The method called.
        method: String,
    },
    /// The method is Raft's, the bytes are not.
    #[error("{length} bytes that are no message of {method}: {reason}")]
    Bytes {
        /// The method called.
        method: String,
        /// How many bytes there are.
        length: usize,
        /// The codec's words.
        reason: String,
    },
}

/// The methods' names on the wire, as `rpc.rs` declares them.
pub(super) const REQUEST_VOTE: &str = "Raft.RequestVote";
pub(super) const APPEND_ENTRIES: &str = "Raft.AppendEntries";
pub(super) const INSTALL_SNAPSHOT: &str = "Raft.InstallSnapshot";
const METHODS: [&str; 3] = [REQUEST_VOTE, APPEND_ENTRIES, INSTALL_SNAPSHOT];

impl NotRaft {
    pub(super) fn method(method: &str) -> NotRaft {
        NotRaft::Method { method: method.to_owned() }
    }
}

/// Decodes the bytes of a message of `method`.
pub(super) fn decoded<T: serde::de::DeserializeOwned>(
    method: &str,
    bytes: &[u8],
) -> Result<T, NotRaft> {
    labrpc::decode(bytes).map_err(|reason| NotRaft::Bytes {
        method: method.to_owned(),
        length: bytes.len(),
        reason,
    })
}

impl Request {
    /// The request that was sent as those bytes to that method.
    ///
    /// # Errors
    /// [`NotRaft`] for other methods, and for bytes that are no such request.
    pub fn decode(method: &str, bytes: &[u8]) -> Result<Request, NotRaft> {
        match method {
            REQUEST_VOTE => decoded(method, bytes).map(Request::RequestVote),
            APPEND_ENTRIES => decoded(method, bytes).map(Request::AppendEntries),
            INSTALL_SNAPSHOT => decoded(method, bytes).map(Request::InstallSnapshot),
            _ => Err(NotRaft::method(method)),
        }
    }

    /// What it is for.
    pub fn kind(&self) -> Kind {
        match self {
            Request::RequestVote(args) if args.pre_vote => Kind::PreVote,
            Request::RequestVote(_) => Kind::RequestVote,
            Request::AppendEntries(args) if args.entries.is_empty() => Kind::Heartbeat,
            Request::AppendEntries(_) => Kind::AppendEntries,
            Request::InstallSnapshot(_) => Kind::InstallSnapshot,
        }
    }

    /// The sender's term; for a pre-vote the term it would stand in.
    pub fn term(&self) -> u64 {
        match self {
            Request::RequestVote(args) => args.term,
            Request::AppendEntries(args) => args.term,
            Request::InstallSnapshot(args) => args.term,
        }
    }

    /// What the sender does by sending it to server `to`.
    pub fn words(&self, to: usize) -> String {
        match self {
            Request::RequestVote(args) => {
                let RequestVoteArgs { term, last_log_index, last_log_term, .. } = args;
                let log = log_end(*last_log_index, *last_log_term);
                match args.pre_vote {
                    false => format!("asks node {to} for its vote in term {term} ({log})"),
                    true => {
                        format!("asks node {to} if it would vote for it in term {term} ({log})")
                    }
                }
            }
            Request::AppendEntries(args) => append_words(to, args),
            Request::InstallSnapshot(args) => format!(
                "sends node {to} its snapshot up to {} ({}) in term {}",
                place(args.last_included_index, args.last_included_term),
                count(args.data.len(), "byte", "bytes"),
                args.term
            ),
        }
    }
}

fn log_end(index: u64, term: u64) -> String {
    match index {
        0 => "own log is empty".to_owned(),
        _ => format!("own log ends at {}", place(index, term)),
    }
}

fn append_words(to: usize, args: &AppendEntriesArgs) -> String {
    let AppendEntriesArgs { term, entries, leader_commit, .. } = args;
    let after = after(args);
    match entries.len() {
        0 => format!("sends node {to} a heartbeat of term {term} {after}, commit {leader_commit}"),
        number => format!(
            "sends node {to} AppendEntries of term {term} {after}: {}, commit {leader_commit}",
            count(number, "entry", "entries")
        ),
    }
}

/// `after 7 of term 2`.
pub(super) fn after(args: &AppendEntriesArgs) -> String {
    match args.prev_log_index {
        0 => "from the start".to_owned(),
        index => format!("after {}", place(index, args.prev_log_term)),
    }
}

/// What the sender does by sending those bytes to that method of server `to`, whatever they are.
///
/// ```
/// let words = raft::narration::request_words(1, "Kv.Get", b"\x01x");
/// assert_eq!(words, "calls Kv.Get of node 1 (2 bytes)");
/// ```
pub fn request_words(to: usize, method: &str, bytes: &[u8]) -> String {
    match Request::decode(method, bytes) {
        Ok(request) => request.words(to),
        Err(_) => {
            let size = count(bytes.len(), "byte", "bytes");
            format!("calls {method} of node {to} ({size})")
        }
    }
}

#[cfg(test)]
mod tests;
