//! The messages of our Raft in words.

use crate::Message;
use narration::{Naming, Reply, Request};

/// Nothing for a method or bytes that are not our Raft's.
pub(super) fn describe(message: &Message<'_>) -> Option<String> {
    let Message { method, to, request, reply, inside, .. } = *message;
    let request = Request::decode(method, request).ok()?;
    Some(match reply {
        None => request.words(Naming::Server, to),
        Some(reply) => {
            let reply = Reply::decode(method, reply).ok()?;
            // The reason for a refusal is what the sender has come to be by refusing.
            let inside = inside.filter(|inside| inside.term == reply.term());
            reply.words(Naming::Server, to, &request, inside)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use labrpc::encode;
    use raft::message::{RequestVoteArgs, RequestVoteReply};

    fn message<'a>(method: &'a str, request: &'a [u8], reply: Option<&'a [u8]>) -> Message<'a> {
        Message { method, from: 1, to: 2, request, reply, inside: None }
    }

    #[test]
    fn messages_are_what_their_senders_do() {
        let request = encode(&RequestVoteArgs {
            term: 3,
            candidate_id: 2,
            last_log_index: 7,
            last_log_term: 2,
            pre_vote: false,
        })
        .unwrap();
        let reply = encode(&RequestVoteReply { term: 3, vote_granted: true }).unwrap();
        let words = |reply| describe(&message("Raft.RequestVote", &request, reply)).unwrap();
        assert!(words(None).starts_with("asks server 2 for its vote in term 3"));
        assert_eq!(words(Some(&reply)), "gives server 2 its vote in term 3");
    }

    #[test]
    fn what_is_not_ours_is_left_to_others() {
        assert_eq!(describe(&message("Raft.TimeoutNow", b"", None)), None);
        assert_eq!(describe(&message("Raft.RequestVote", b"\xff", None)), None);
    }
}
