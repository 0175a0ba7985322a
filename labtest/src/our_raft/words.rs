//! The messages of our Raft in words.

use crate::Message;
use labrpc::decode;
use raft::message::{
    AppendEntriesArgs, AppendEntriesReply, InstallSnapshotArgs, InstallSnapshotReply,
    RequestVoteArgs, RequestVoteReply,
};

/// Nothing for a method or bytes that are not our Raft's.
pub(super) fn describe(method: &str, message: Message<'_>) -> Option<String> {
    match (method, message) {
        ("Raft.RequestVote", Message::Request(bytes)) => decode(bytes).ok().map(ask_for_vote),
        ("Raft.RequestVote", Message::Reply(bytes)) => decode(bytes).ok().map(vote),
        ("Raft.AppendEntries", Message::Request(bytes)) => decode(bytes).ok().map(append),
        ("Raft.AppendEntries", Message::Reply(bytes)) => decode(bytes).ok().map(appended),
        ("Raft.InstallSnapshot", Message::Request(bytes)) => decode(bytes).ok().map(install),
        ("Raft.InstallSnapshot", Message::Reply(bytes)) => decode(bytes).ok().map(installed),
        _ => None,
    }
}

fn ask_for_vote(args: RequestVoteArgs) -> String {
    let RequestVoteArgs { term, last_log_index, last_log_term, pre_vote, .. } = args;
    let question = if pre_vote { "would you vote for me" } else { "vote for me" };
    format!("{question} in term {term}? my log ends at {last_log_index} (term {last_log_term})")
}

fn vote(reply: RequestVoteReply) -> String {
    let answer = if reply.vote_granted { "yes" } else { "no" };
    format!("{answer}, term {}", reply.term)
}

fn append(args: AppendEntriesArgs) -> String {
    let AppendEntriesArgs { term, prev_log_index, prev_log_term, leader_commit, .. } = args;
    let after = format!("after {prev_log_index} (term {prev_log_term}), commit {leader_commit}");
    match args.entries.len() {
        0 => format!("heartbeat term {term}, {after}"),
        1 => format!("append 1 entry in term {term} {after}"),
        many => format!("append {many} entries in term {term} {after}"),
    }
}

fn appended(reply: AppendEntriesReply) -> String {
    let AppendEntriesReply { term, success, last_of_terms } = reply;
    match last_of_terms.first() {
        _ if success => format!("done, term {term}"),
        Some(place) => format!("no, try {} (term {}), term {term}", place.index, place.term),
        None => format!("no, term {term}"),
    }
}

fn install(args: InstallSnapshotArgs) -> String {
    let InstallSnapshotArgs { term, last_included_index, data, .. } = args;
    format!("snapshot up to {last_included_index} in term {term}, {} bytes", data.len())
}

fn installed(reply: InstallSnapshotReply) -> String {
    format!("term {}", reply.term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use labrpc::encode;
    use raft::message::Position;

    #[test]
    fn messages_read_as_sentences() {
        let ask = RequestVoteArgs {
            term: 3,
            candidate_id: 1,
            last_log_index: 7,
            last_log_term: 2,
            pre_vote: false,
        };
        let refusal = AppendEntriesReply {
            term: 3,
            success: false,
            last_of_terms: vec![Position { index: 5, term: 2 }],
        };
        let told = [
            describe("Raft.RequestVote", Message::Request(&encode(&ask))),
            describe("Raft.AppendEntries", Message::Reply(&encode(&refusal))),
        ];
        let expected =
            ["vote for me in term 3? my log ends at 7 (term 2)", "no, try 5 (term 2), term 3"];
        assert_eq!(told.map(Option::unwrap), expected);
    }

    #[test]
    fn what_is_not_ours_is_left_to_others() {
        assert_eq!(describe("Raft.TimeoutNow", Message::Request(b"")), None);
        assert_eq!(describe("Raft.RequestVote", Message::Request(b"\xff")), None);
    }
}
