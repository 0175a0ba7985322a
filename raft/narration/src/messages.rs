//! The messages between servers: decoded, and told apart. The words for each are in a file of its
//! own.

use crate::{append, count, snapshot, vote};
use raft::message::{
    AppendEntriesArgs, AppendEntriesReply, InstallSnapshotArgs, InstallSnapshotReply,
    RequestVoteArgs, RequestVoteReply,
};
use raft::method;
use raft_api::{Inspection, Naming};
use serde::de::DeserializeOwned;

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

/// The answer to a [`Request`], decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To RequestVote.
    RequestVote(RequestVoteReply),
    /// To AppendEntries.
    AppendEntries(AppendEntriesReply),
    /// To InstallSnapshot.
    InstallSnapshot(InstallSnapshotReply),
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

/// Bytes that are not a message of this Raft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRaft {
    /// The method is another service's.
    #[error("{method} is no method of Raft; expected one of {}", method::ALL.join(", "))]
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

fn decoded<T: DeserializeOwned>(method: &str, bytes: &[u8]) -> Result<T, NotRaft> {
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
    /// [`NotRaft`] for other methods, and for bytes that are not such a request.
    pub fn decode(method: &str, bytes: &[u8]) -> Result<Request, NotRaft> {
        match method {
            method::REQUEST_VOTE => decoded(method, bytes).map(Request::RequestVote),
            method::APPEND_ENTRIES => decoded(method, bytes).map(Request::AppendEntries),
            method::INSTALL_SNAPSHOT => decoded(method, bytes).map(Request::InstallSnapshot),
            _ => Err(NotRaft::Method { method: method.to_owned() }),
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
    pub fn words(&self, naming: Naming, to: usize) -> String {
        let to = naming.of(to);
        match self {
            Request::RequestVote(args) => vote::request_words(to, args),
            Request::AppendEntries(args) => append::request_words(to, args),
            Request::InstallSnapshot(args) => snapshot::request_words(to, args),
        }
    }
}

impl Reply {
    /// The reply that was sent as those bytes by that method.
    ///
    /// # Errors
    /// [`NotRaft`] for other methods, and for bytes that are not such a reply.
    pub fn decode(method: &str, bytes: &[u8]) -> Result<Reply, NotRaft> {
        match method {
            method::REQUEST_VOTE => decoded(method, bytes).map(Reply::RequestVote),
            method::APPEND_ENTRIES => decoded(method, bytes).map(Reply::AppendEntries),
            method::INSTALL_SNAPSHOT => decoded(method, bytes).map(Reply::InstallSnapshot),
            _ => Err(NotRaft::Method { method: method.to_owned() }),
        }
    }

    /// The replier's term.
    pub fn term(&self) -> u64 {
        match self {
            Reply::RequestVote(reply) => reply.term,
            Reply::AppendEntries(reply) => reply.term,
            Reply::InstallSnapshot(reply) => reply.term,
        }
    }

    /// What the replier does by sending it to server `to`, which had asked `request`.
    ///
    /// `inside` is the replier just after it decided; with it a refusal has a reason. When
    /// `request` asks something else than this answers, the words say only what the reply has.
    pub fn words(
        &self,
        naming: Naming,
        to: usize,
        request: &Request,
        inside: Option<&Inspection>,
    ) -> String {
        let named = naming.of(to);
        match (self, request) {
            (Reply::RequestVote(reply), Request::RequestVote(args)) => {
                vote::reply_words(naming, to, args, reply, inside)
            }
            (Reply::AppendEntries(reply), Request::AppendEntries(args)) => {
                append::reply_words(named, args, reply)
            }
            (Reply::InstallSnapshot(reply), Request::InstallSnapshot(args)) => {
                snapshot::reply_words(named, args, reply)
            }
            _ => format!("answers {named} from term {}", self.term()),
        }
    }
}

/// What the sender does by sending those bytes to that method of server `to`, whatever they are.
///
/// ```
/// use narration::{Naming, request_words};
///
/// let words = request_words(Naming::Node, 1, "Kv.Get", b"\x01x");
/// assert_eq!(words, "calls Kv.Get of node 1 (2 bytes)");
/// ```
pub fn request_words(naming: Naming, to: usize, method: &str, bytes: &[u8]) -> String {
    match Request::decode(method, bytes) {
        Ok(request) => request.words(naming, to),
        Err(_) => {
            let size = count(bytes.len(), "byte", "bytes");
            format!("calls {method} of {} ({size})", naming.of(to))
        }
    }
}

/// What the replier does by answering those bytes to that method's request of server `to`,
/// whatever they are. `request` has the bytes that were asked, if they are known.
///
/// ```
/// use narration::{Naming, reply_words};
///
/// let words = reply_words(Naming::Node, 1, "Kv.Get", None, b"\x01x", None);
/// assert_eq!(words, "answers node 1's Kv.Get (2 bytes)");
/// ```
pub fn reply_words(
    naming: Naming,
    to: usize,
    method: &str,
    request: Option<&[u8]>,
    reply: &[u8],
    inside: Option<&Inspection>,
) -> String {
    let asked = request.and_then(|bytes| Request::decode(method, bytes).ok());
    match (asked, Reply::decode(method, reply)) {
        (Some(request), Ok(reply)) => reply.words(naming, to, &request, inside),
        _ => {
            let size = count(reply.len(), "byte", "bytes");
            format!("answers {}'s {method} ({size})", naming.of(to))
        }
    }
}

#[cfg(test)]
mod tests;
