//! Replies in words.

use super::messages::{
    APPEND_ENTRIES, INSTALL_SNAPSHOT, NotRaft, REQUEST_VOTE, Request, after, decoded,
};
use super::{count, place};
use crate::message::{
    AppendEntriesArgs, AppendEntriesReply, InstallSnapshotReply, Position, RequestVoteArgs,
    RequestVoteReply,
};
use crate::{Inspection, RoleName};

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

impl Reply {
    /// The reply that was sent as those bytes by that method.
    ///
    /// # Errors
    /// [`NotRaft`] for other methods, and for bytes that are no such reply.
    pub fn decode(method: &str, bytes: &[u8]) -> Result<Reply, NotRaft> {
        match method {
            REQUEST_VOTE => decoded(method, bytes).map(Reply::RequestVote),
            APPEND_ENTRIES => decoded(method, bytes).map(Reply::AppendEntries),
            INSTALL_SNAPSHOT => decoded(method, bytes).map(Reply::InstallSnapshot),
            _ => Err(NotRaft::method(method)),
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
    pub fn words(&self, to: usize, request: &Request, inside: Option<&Inspection>) -> String {
        match (self, request) {
            (Reply::RequestVote(reply), Request::RequestVote(args)) => {
                vote_words(to, args, reply, inside)
            }
            (Reply::AppendEntries(reply), Request::AppendEntries(args)) => {
                append_words(to, args, reply)
            }
            (Reply::InstallSnapshot(reply), Request::InstallSnapshot(args)) => {
                match reply.term > args.term {
                    true => format!("refuses node {to}'s snapshot: is in term {}", reply.term),
                    false => {
                        format!("has node {to}'s snapshot up to {}", args.last_included_index)
                    }
                }
            }
            _ => format!("answers node {to} from term {}", self.term()),
        }
    }
}

fn vote_words(
    to: usize,
    args: &RequestVoteArgs,
    reply: &RequestVoteReply,
    inside: Option<&Inspection>,
) -> String {
    let term = args.term;
    match (reply.vote_granted, args.pre_vote) {
        (true, false) => format!("gives node {to} its vote in term {term}"),
        (true, true) => format!("would vote for node {to} in term {term}"),
        (false, pre_vote) => {
            let refuses = match pre_vote {
                false => format!("refuses node {to} its vote in term {term}"),
                true => format!("would not vote for node {to} in term {term}"),
            };
            match reason_against(to, args, reply, inside) {
                Some(reason) => format!("{refuses}: {reason}"),
                None => refuses,
            }
        }
    }
}

/// Why a vote was refused, in the order in which Figure 2 checks. Nothing when it does not show.
fn reason_against(
    candidate: usize,
    args: &RequestVoteArgs,
    reply: &RequestVoteReply,
    inside: Option<&Inspection>,
) -> Option<String> {
    if reply.term > args.term || (args.pre_vote && reply.term == args.term) {
        return Some(format!("is in term {}", reply.term));
    }
    let inside = inside?;
    let voted_for = inside.voted_for.filter(|_| inside.term == args.term);
    let candidates_log = (args.last_log_term, args.last_log_index);
    match voted_for {
        _ if inside.role == RoleName::Leader => Some("leads".to_owned()),
        Some(other) if other != candidate && !args.pre_vote => {
            let itself = matches!(inside.role, RoleName::Candidate);
            let whom = if itself { "itself".to_owned() } else { format!("node {other}") };
            Some(format!("has voted for {whom}"))
        }
        _ if (inside.last_term, inside.last_index) > candidates_log => {
            let end = place(inside.last_index, inside.last_term);
            Some(format!("its log is ahead, it ends at {end}"))
        }
        // What is left in this Raft is that it hears from a leader, which does not show here.
        _ => None,
    }
}

fn append_words(to: usize, args: &AppendEntriesArgs, reply: &AppendEntriesReply) -> String {
    let what = match args.entries.is_empty() {
        true => "heartbeat",
        false => "entries",
    };
    let AppendEntriesReply { term, success, last_of_terms } = reply;
    if *success {
        let shared = match args.last_index() {
            0 => "their logs meet at the start".to_owned(),
            index => format!("their logs agree up to {index}"),
        };
        return format!("accepts node {to}'s {what}: {shared}");
    }
    let refuses = format!("refuses node {to}'s {what} {}", after(args));
    match last_of_terms.first() {
        _ if *term > args.term => format!("{refuses}: is in term {term}"),
        None => refuses,
        Some(Position { index: 0, .. }) => format!("{refuses}: their logs share no entry"),
        Some(last) => {
            let limit = place(last.index, last.term);
            format!("{refuses}: their logs agree up to {limit} at most")
        }
    }
}

/// What the replier does by answering those bytes to that method's request of server `to`,
/// whatever they are. `request` has the bytes that were asked, if they are known.
///
/// ```
/// let words = raft::narration::reply_words(1, "Kv.Get", None, b"\x01x", None);
/// assert_eq!(words, "answers node 1's Kv.Get (2 bytes)");
/// ```
pub fn reply_words(
    to: usize,
    method: &str,
    request: Option<&[u8]>,
    reply: &[u8],
    inside: Option<&Inspection>,
) -> String {
    let asked = request.and_then(|bytes| Request::decode(method, bytes).ok());
    match (asked, Reply::decode(method, reply)) {
        (Some(request), Ok(reply)) => reply.words(to, &request, inside),
        _ => format!("answers node {to}'s {method} ({})", count(reply.len(), "byte", "bytes")),
    }
}

#[cfg(test)]
mod tests;
