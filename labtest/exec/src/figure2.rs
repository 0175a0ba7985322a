//! Messages and states that are JSON with the names of Figure 2 of the extended Raft paper, in the words of the
//! checks. Whatever else a program says is its own affair, and not understood.

mod disk;
mod message;
mod words;

pub(crate) use disk::Disk;
pub(crate) use message::decode;
pub(crate) use words::describe;

use crate::protocol::{Number, Text};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use raft_api::EntryId;
use serde::Deserialize;

/// An entry of a log.
#[derive(Debug, Deserialize)]
struct Entry<'a> {
    term: Number,
    /// In base64; none in an entry of the Raft's own.
    #[serde(borrow, default)]
    command: Option<Text<'a>>,
}

impl Entry<'_> {
    fn command(&self) -> Option<Option<Vec<u8>>> {
        match &self.command {
            None => Some(None),
            Some(text) => BASE64_STANDARD.decode(text.0.as_bytes()).ok().map(Some),
        }
    }

    fn id(&self) -> Option<EntryId> {
        Some(match self.command()? {
            None => EntryId::own(self.term.0),
            Some(command) => EntryId::new(self.term.0, &command),
        })
    }
}

/// None if one of them is not understood.
fn ids(entries: &[Entry<'_>]) -> Option<Vec<EntryId>> {
    entries.iter().map(Entry::id).collect()
}

/// Which RPC of the paper a method is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rpc {
    RequestVote,
    AppendEntries,
    InstallSnapshot,
}

/// The RPC that a method is named for, and whether it is the answer as a message of its own. `Raft.RequestVote`,
/// `request_vote` and `RequestVoteReply` are all understood.
fn rpc(method: &str) -> Option<(Rpc, bool)> {
    let name = method.rsplit('.').next().unwrap_or(method);
    let name: String = name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect();
    let stem = ["reply", "response", "resp"].iter().find_map(|end| name.strip_suffix(end));
    let rpc = match stem.unwrap_or(&name) {
        "requestvote" => Rpc::RequestVote,
        "appendentries" => Rpc::AppendEntries,
        "installsnapshot" => Rpc::InstallSnapshot,
        _ => return None,
    };
    Some((rpc, stem.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_in_the_spelling_of_any_language() {
        for name in ["RequestVote", "Raft.RequestVote", "request_vote", "requestVote"] {
            assert_eq!(rpc(name), Some((Rpc::RequestVote, false)));
        }
        assert_eq!(rpc("AppendEntriesReply"), Some((Rpc::AppendEntries, true)));
        assert_eq!(rpc("install_snapshot_response"), Some((Rpc::InstallSnapshot, true)));
        assert_eq!(rpc("MsgApp"), None);
    }
}
