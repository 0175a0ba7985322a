//! Messages.

use super::{Entry, Rpc, ids, rpc};
use crate::protocol::Number;
use crate::server::payload;
use harness::{Decoded, Encoded, RaftMessage};
use raft_api::Position;
use serde::Deserialize;

/// The fields of all messages: a message has those of its kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Body<'a> {
    pub(super) term: Option<Number>,
    pub(super) candidate_id: Option<Number>,
    pub(super) last_log_index: Option<Number>,
    pub(super) last_log_term: Option<Number>,
    pub(super) pre_vote: bool,
    pub(super) vote_granted: Option<bool>,
    pub(super) leader_id: Option<Number>,
    pub(super) prev_log_index: Option<Number>,
    pub(super) prev_log_term: Option<Number>,
    #[serde(borrow)]
    pub(super) entries: Option<Vec<Entry<'a>>>,
    pub(super) leader_commit: Option<Number>,
    pub(super) success: Option<bool>,
    pub(super) match_index: Option<Number>,
    pub(super) last_included_index: Option<Number>,
    pub(super) last_included_term: Option<Number>,
    pub(super) done: Option<bool>,
}

pub(super) fn position(index: Option<Number>, term: Option<Number>) -> Option<Position> {
    Some(Position { index: index?.0, term: term?.0 })
}

/// What a message says.
pub(crate) fn decode(message: &Encoded<'_>) -> Decoded {
    let Encoded { method, reply, request, bytes } = *message;
    let json = if reply { Some(bytes) } else { payload(bytes) };
    let Some(Ok(body)) = json.map(serde_json::from_slice::<Body<'_>>) else {
        return Decoded::Unknown;
    };
    let Some((rpc, is_answer)) = rpc(method) else {
        return match body.term {
            Some(Number(term)) => Decoded::Message(RaftMessage::Other { name: "message", term }),
            None => Decoded::Nothing,
        };
    };
    match (rpc, reply || is_answer) {
        (_, false) => body.request(rpc).into(),
        (rpc, true) => body.reply(rpc, request, is_answer).into(),
    }
}

impl Body<'_> {
    fn request(&self, rpc: Rpc) -> Option<RaftMessage> {
        let Number(term) = self.term?;
        Some(match rpc {
            Rpc::RequestVote => RaftMessage::RequestVote {
                term,
                candidate: usize::try_from(self.candidate_id?.0).ok()?,
                last: position(self.last_log_index, self.last_log_term)?,
                pre_vote: self.pre_vote,
            },
            Rpc::AppendEntries => RaftMessage::AppendEntries {
                term,
                prev: position(self.prev_log_index, self.prev_log_term)?,
                entries: ids(self.entries.as_deref().unwrap_or_default())?,
                commit: Some(self.leader_commit?.0),
            },
            Rpc::InstallSnapshot => RaftMessage::InstallSnapshot {
                term,
                last: position(self.last_included_index, self.last_included_term)?,
            },
        })
    }

    fn reply(
        &self,
        rpc: Rpc,
        request: Option<&RaftMessage>,
        is_one_way: bool,
    ) -> Option<RaftMessage> {
        let Number(term) = self.term?;
        Some(match rpc {
            Rpc::RequestVote => {
                let asked =
                    matches!(request, Some(RaftMessage::RequestVote { pre_vote: true, .. }));
                let (granted, pre_vote) = (self.vote_granted?, asked || self.pre_vote);
                RaftMessage::VoteReply { term, granted, pre_vote }
            }
            Rpc::AppendEntries => {
                let (success, match_index) = (self.success?, self.match_index.map(|it| it.0));
                // A message of its own does not say to which request it is the answer.
                if is_one_way && success && match_index.is_none() {
                    return None;
                }
                RaftMessage::AppendReply {
                    term,
                    success,
                    match_index: match_index.filter(|_| success),
                }
            }
            Rpc::InstallSnapshot if self.done == Some(false) => {
                RaftMessage::Other { name: "piece", term }
            }
            Rpc::InstallSnapshot => RaftMessage::SnapshotReply { term },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use raft_api::EntryId;

    fn request(method: &str, json: &str) -> Decoded {
        let bytes = format!("0 {json}").into_bytes();
        decode(&Encoded { method, reply: false, request: None, bytes: &bytes })
    }

    fn reply(method: &str, json: &str) -> Decoded {
        decode(&Encoded { method, reply: true, request: None, bytes: json.as_bytes() })
    }

    #[test]
    fn the_names_of_figure_2_are_understood() {
        let last = Position { index: 7, term: 2 };
        assert_eq!(
            request(
                "RequestVote",
                r#"{"term":3,"candidateId":1,"lastLogIndex":7,"lastLogTerm":2}"#
            ),
            Decoded::Message(RaftMessage::RequestVote {
                term: 3,
                candidate: 1,
                last,
                pre_vote: false
            })
        );
        let append = r#"{"term":3,"leaderId":1,"prevLogIndex":7,"prevLogTerm":2,"entries":[{"term":3,"command":"eA=="},{"term":3}],"leaderCommit":"5"}"#;
        let entries = vec![EntryId::new(3, b"x"), EntryId::own(3)];
        let append_entries =
            RaftMessage::AppendEntries { term: 3, prev: last, entries, commit: Some(5) };
        assert_eq!(request("AppendEntries", append), Decoded::Message(append_entries));
        let snapshot = r#"{"term":3,"lastIncludedIndex":7,"lastIncludedTerm":2,"data":"eA=="}"#;
        let install = RaftMessage::InstallSnapshot { term: 3, last };
        assert_eq!(request("InstallSnapshot", snapshot), Decoded::Message(install));
        let vote = RaftMessage::VoteReply { term: 3, granted: true, pre_vote: false };
        assert_eq!(
            reply("RequestVote", r#"{"term":3,"voteGranted":true}"#),
            Decoded::Message(vote)
        );
        let accepted = RaftMessage::AppendReply { term: 3, success: true, match_index: None };
        assert_eq!(
            reply("AppendEntries", r#"{"term":3,"success":true}"#),
            Decoded::Message(accepted)
        );
    }

    #[test]
    fn an_answer_that_is_a_message_says_how_far_the_logs_agree() {
        let accepted = RaftMessage::AppendReply { term: 3, success: true, match_index: Some(9) };
        let json = r#"{"term":3,"success":true,"matchIndex":9}"#;
        assert_eq!(request("AppendEntriesReply", json), Decoded::Message(accepted));
        let json = r#"{"term":3,"success":true}"#;
        assert_eq!(request("AppendEntriesReply", json), Decoded::Unknown);
    }

    #[test]
    fn what_is_written_otherwise_is_not_understood() {
        assert_eq!(request("RequestVote", "\"AAE=\""), Decoded::Unknown);
        assert_eq!(request("RequestVote", r#"{"term":3}"#), Decoded::Unknown);
        let no_base64 = r#"{"term":3,"prevLogIndex":0,"prevLogTerm":0,"entries":[{"term":3,"command":"x = 1"}],"leaderCommit":0}"#;
        assert_eq!(request("AppendEntries", no_base64), Decoded::Unknown);
        assert_eq!(request("Ping", "{}"), Decoded::Nothing);
        let told = RaftMessage::Other { name: "message", term: 4 };
        assert_eq!(request("Ping", r#"{"term":4}"#), Decoded::Message(told));
    }
}
