//! Messages of any Raft in the words of people.

use crate::api::implementation::Implementation;
use crate::api::vocabulary::Encoded;
use crate::{Message, RaftMessage};

/// What a server does by sending a message, as far as its implementation decodes it.
pub(crate) fn describe<I: Implementation + ?Sized>(
    implementation: &I,
    message: &Message<'_>,
) -> Option<String> {
    let Message { method, to, request, reply, .. } = *message;
    let decode = |reply, request, bytes| {
        implementation.decode(&Encoded { method, reply, request, bytes }).message()
    };
    let asked = decode(false, None, request);
    let said = match reply {
        None => asked,
        Some(bytes) => decode(true, asked.as_ref(), bytes),
    };
    said.map(|said| said.in_words(to))
}

impl RaftMessage {
    /// What a server does by saying this to server `to`, in a few words without a subject.
    ///
    /// ```
    /// # use harness as labtest;
    /// use labtest::RaftMessage;
    ///
    /// let said = RaftMessage::VoteReply { term: 3, granted: true, pre_vote: false };
    /// assert_eq!(said.in_words(1), "gives server 1 its vote in term 3");
    /// ```
    pub fn in_words(&self, to: usize) -> String {
        let vote = |pre_vote: &bool| if *pre_vote { "pre-vote" } else { "vote" };
        match self {
            RaftMessage::RequestVote { term, last, pre_vote, .. } => {
                let vote = vote(pre_vote);
                format!(
                    "asks server {to} for its {vote} in term {term}, with a log that ends at {last}"
                )
            }
            RaftMessage::VoteReply { term, granted: true, pre_vote } => {
                format!("gives server {to} its {} in term {term}", vote(pre_vote))
            }
            RaftMessage::VoteReply { term, granted: false, pre_vote } => {
                format!("refuses server {to} its {} in term {term}", vote(pre_vote))
            }
            RaftMessage::AppendEntries { term, prev, entries, commit } => {
                let commit = commit.map_or(String::new(), |it| format!(", commit index {it}"));
                match entries.len() {
                    0 => format!("sends server {to} a heartbeat of term {term}{commit}"),
                    1 => format!("sends server {to} the entry after {prev}{commit}"),
                    count => format!("sends server {to} {count} entries after {prev}{commit}"),
                }
            }
            RaftMessage::AppendReply { success: true, match_index: Some(index), .. } => {
                format!("has server {to}'s log up to {index}")
            }
            RaftMessage::AppendReply { success: true, .. } => {
                format!("has accepted what server {to} has sent")
            }
            RaftMessage::AppendReply { term, .. } => {
                format!("can't append what server {to} has sent, in term {term}")
            }
            RaftMessage::InstallSnapshot { last, .. } => {
                format!("sends server {to} its snapshot up to {last}")
            }
            RaftMessage::SnapshotReply { .. } => format!("has server {to}'s snapshot"),
            RaftMessage::Other { name, term } => {
                format!("says {name} to server {to}, of term {term}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OurRaft;
    use labrpc::encode;
    use raft::message::{RequestVoteArgs, RequestVoteReply};

    #[test]
    fn what_is_decoded_is_told_and_a_reply_with_what_it_answers() {
        let request = encode(&RequestVoteArgs {
            term: 3,
            candidate_id: 2,
            last_log_index: 7,
            last_log_term: 2,
            pre_vote: false,
        })
        .unwrap();
        let granted = encode(&RequestVoteReply { term: 3, vote_granted: true }).unwrap();
        let told = |request, reply| {
            let method = "Raft.RequestVote";
            let message = Message { method, from: 1, to: 2, request, reply, inside: None };
            describe(&OurRaft, &message)
        };
        let asks = "asks server 2 for its vote in term 3, with a log that ends at 7 of term 2";
        assert_eq!(told(&request[..], None).as_deref(), Some(asks));
        let gives = "gives server 2 its vote in term 3";
        assert_eq!(told(&request[..], Some(&granted[..])).as_deref(), Some(gives));
        assert_eq!(told(b"\xff", None), None);
    }
}
