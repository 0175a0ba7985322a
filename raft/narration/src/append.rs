//! AppendEntries in words.

use crate::count;
use raft::message::{AppendEntriesArgs, AppendEntriesReply, Position};
use raft_api::Named;

pub(crate) fn request_words(to: Named, args: &AppendEntriesArgs) -> String {
    let AppendEntriesArgs { term, entries, leader_commit, .. } = args;
    let after = after(args);
    match entries.len() {
        0 => format!("sends {to} a heartbeat of term {term} {after}, commit {leader_commit}"),
        number => format!(
            "sends {to} AppendEntries of term {term} {after}: {}, commit {leader_commit}",
            count(number, "entry", "entries")
        ),
    }
}

pub(crate) fn reply_words(
    to: Named,
    args: &AppendEntriesArgs,
    reply: &AppendEntriesReply,
) -> String {
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
        return format!("accepts {to}'s {what}: {shared}");
    }
    let refuses = format!("refuses {to}'s {what} {}", after(args));
    match last_of_terms.first() {
        _ if *term > args.term => format!("{refuses}: is in term {term}"),
        None => refuses,
        Some(Position { index: 0, .. }) => format!("{refuses}: their logs share no entry"),
        Some(last) => format!("{refuses}: their logs agree up to {last} at most"),
    }
}

/// `after 7 of term 2`.
fn after(args: &AppendEntriesArgs) -> String {
    match args.prev_log_index {
        0 => "from the start".to_owned(),
        index => format!("after {}", Position { index, term: args.prev_log_term }),
    }
}
