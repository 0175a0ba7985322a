//! RequestVote in words.

use raft::message::{Position, RequestVoteArgs, RequestVoteReply};
use raft_api::{Inspection, Named, Naming, RoleName};

pub(crate) fn request_words(to: Named, args: &RequestVoteArgs) -> String {
    let RequestVoteArgs { term, last_log_index, last_log_term, pre_vote, .. } = *args;
    let log = match last_log_index {
        0 => "own log is empty".to_owned(),
        index => format!("own log ends at {}", Position { index, term: last_log_term }),
    };
    match pre_vote {
        false => format!("asks {to} for its vote in term {term} ({log})"),
        true => format!("asks {to} if it would vote for it in term {term} ({log})"),
    }
}

pub(crate) fn reply_words(
    naming: Naming,
    candidate: usize,
    args: &RequestVoteArgs,
    reply: &RequestVoteReply,
    inside: Option<&Inspection>,
) -> String {
    let (to, term) = (naming.of(candidate), args.term);
    let refuses = match (reply.vote_granted, args.pre_vote) {
        (true, false) => return format!("gives {to} its vote in term {term}"),
        (true, true) => return format!("would vote for {to} in term {term}"),
        (false, false) => format!("refuses {to} its vote in term {term}"),
        (false, true) => format!("would not vote for {to} in term {term}"),
    };
    match reason_against(naming, candidate, args, reply, inside) {
        Some(reason) => format!("{refuses}: {reason}"),
        None => refuses,
    }
}

/// Why a vote was refused, in the order in which Figure 2 checks; `None` when it does not show.
fn reason_against(
    naming: Naming,
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
            Some(match inside.role == RoleName::Candidate {
                true => "has voted for itself".to_owned(),
                false => format!("has voted for {}", naming.of(other)),
            })
        }
        _ if (inside.last_term, inside.last_index) > candidates_log => {
            let end = Position { index: inside.last_index, term: inside.last_term };
            Some(format!("its log is ahead, it ends at {end}"))
        }
        // What is left in this Raft is that it hears from a leader, which does not show here.
        _ => None,
    }
}
