//! InstallSnapshot in words.

use crate::count;
use raft::message::{InstallSnapshotArgs, InstallSnapshotReply, Position};
use raft_api::Named;

pub(crate) fn request_words(to: Named, args: &InstallSnapshotArgs) -> String {
    let last = Position { index: args.last_included_index, term: args.last_included_term };
    let size = count(args.data.len(), "byte", "bytes");
    format!("sends {to} its snapshot up to {last} ({size}) in term {}", args.term)
}

pub(crate) fn reply_words(
    to: Named,
    args: &InstallSnapshotArgs,
    reply: &InstallSnapshotReply,
) -> String {
    match reply.term > args.term {
        true => format!("refuses {to}'s snapshot: is in term {}", reply.term),
        false => format!("has {to}'s snapshot up to {}", args.last_included_index),
    }
}
