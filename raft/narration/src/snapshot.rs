//! InstallSnapshot in words.

use crate::count;
use raft::message::{InstallSnapshotArgs, InstallSnapshotReply, Position};
use raft_api::Named;

pub(crate) fn request_words(to: Named, args: &InstallSnapshotArgs) -> String {
    let last = Position { index: args.last_included_index, term: args.last_included_term };
    let size = count(args.data.len(), "byte", "bytes");
    let piece = match (args.offset, args.done) {
        (0, true) => String::new(),
        (offset, true) => format!(" from {offset}, the last"),
        (offset, false) => format!(" from {offset}"),
    };
    format!("sends {to} its snapshot up to {last} ({size}{piece}) in term {}", args.term)
}

pub(crate) fn reply_words(
    to: Named,
    args: &InstallSnapshotArgs,
    reply: &InstallSnapshotReply,
) -> String {
    if reply.term > args.term {
        return format!("refuses {to}'s snapshot: is in term {}", reply.term);
    }
    let index = args.last_included_index;
    match reply.missing_from {
        None => format!("has {to}'s snapshot up to {index}"),
        Some(offset) => {
            let size = count(offset as usize, "byte", "bytes");
            format!("has the first {size} of {to}'s snapshot up to {index}")
        }
    }
}
