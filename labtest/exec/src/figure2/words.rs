//! Messages in the words of people.

use super::message::{Body, position};
use super::{Rpc, rpc};
use crate::protocol::Number;
use crate::server::payload;
use bytes::Bytes;
use harness::Message;
use narration::{Naming, Reply, Request};
use raft::message::{
    AppendEntriesArgs, AppendEntriesReply, Entry, InstallSnapshotArgs, InstallSnapshotReply,
    RequestVoteArgs, RequestVoteReply,
};

/// None for what has not the names of Figure 2.
pub(crate) fn describe(message: &Message<'_>) -> Option<String> {
    let Message { method, to, request, reply, inside, .. } = *message;
    let body: Body<'_> = serde_json::from_slice(payload(request)?).ok()?;
    let (rpc, is_answer) = rpc(method)?;
    if is_answer {
        return one_way(rpc, &body, to);
    }
    let request = body.as_request(rpc)?;
    Some(match reply {
        None => request.words(Naming::Server, to),
        Some(reply) => {
            let reply: Body<'_> = serde_json::from_slice(reply).ok()?;
            let reply = reply.as_reply(rpc)?;
            // The reason for a refusal is what the sender has come to be by refusing.
            let inside = inside.filter(|inside| inside.term == reply.term());
            reply.words(Naming::Server, to, &request, inside)
        }
    })
}

/// An answer that is a message of its own.
fn one_way(rpc: Rpc, body: &Body<'_>, to: usize) -> Option<String> {
    let Number(term) = body.term?;
    Some(match rpc {
        Rpc::RequestVote if body.vote_granted? => {
            format!("gives server {to} its vote in term {term}")
        }
        Rpc::RequestVote => format!("refuses server {to} its vote in term {term}"),
        Rpc::AppendEntries => match (body.success?, body.match_index) {
            (true, Some(Number(index))) => format!("has server {to}'s log up to {index}"),
            (true, None) => format!("accepts server {to}'s entries"),
            (false, _) => format!("refuses server {to}'s entries, in term {term}"),
        },
        Rpc::InstallSnapshot => format!("has server {to}'s snapshot, in term {term}"),
    })
}

fn server(number: Option<Number>) -> usize {
    number.and_then(|Number(server)| usize::try_from(server).ok()).unwrap_or_default()
}

impl Body<'_> {
    fn as_request(&self, rpc: Rpc) -> Option<Request> {
        let Number(term) = self.term?;
        Some(match rpc {
            Rpc::RequestVote => {
                let last = position(self.last_log_index, self.last_log_term)?;
                Request::RequestVote(RequestVoteArgs {
                    term,
                    candidate_id: server(self.candidate_id),
                    last_log_index: last.index,
                    last_log_term: last.term,
                    pre_vote: self.pre_vote,
                })
            }
            Rpc::AppendEntries => {
                let prev = position(self.prev_log_index, self.prev_log_term)?;
                let entry = |entry: &super::Entry<'_>| {
                    let command = Bytes::from(entry.command()?.unwrap_or_default());
                    Some(Entry { term: entry.term.0, command })
                };
                let entries = self.entries.as_deref().unwrap_or_default().iter().map(entry);
                Request::AppendEntries(AppendEntriesArgs {
                    term,
                    leader_id: server(self.leader_id),
                    prev_log_index: prev.index,
                    prev_log_term: prev.term,
                    entries: entries.collect::<Option<_>>()?,
                    leader_commit: self.leader_commit?.0,
                })
            }
            Rpc::InstallSnapshot => {
                let last = position(self.last_included_index, self.last_included_term)?;
                Request::InstallSnapshot(InstallSnapshotArgs {
                    term,
                    leader_id: server(self.leader_id),
                    last_included_index: last.index,
                    last_included_term: last.term,
                    offset: 0,
                    data: Bytes::new(),
                    done: self.done.unwrap_or(true),
                })
            }
        })
    }

    fn as_reply(&self, rpc: Rpc) -> Option<Reply> {
        let Number(term) = self.term?;
        Some(match rpc {
            Rpc::RequestVote => {
                Reply::RequestVote(RequestVoteReply { term, vote_granted: self.vote_granted? })
            }
            Rpc::AppendEntries => Reply::AppendEntries(AppendEntriesReply {
                term,
                success: self.success?,
                last_of_terms: Vec::new(),
            }),
            Rpc::InstallSnapshot => {
                Reply::InstallSnapshot(InstallSnapshotReply { term, missing_from: None })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(method: &str, request: &str, reply: Option<&str>) -> Option<String> {
        let request = format!("1 {request}").into_bytes();
        let reply = reply.map(str::as_bytes);
        describe(&Message { method, from: 1, to: 2, request: &request, reply, inside: None })
    }

    #[test]
    fn messages_are_told_as_those_of_this_projects_raft() {
        let asks = r#"{"term":3,"candidateId":1,"lastLogIndex":7,"lastLogTerm":2}"#;
        let told = words("RequestVote", asks, None).unwrap();
        assert!(told.starts_with("asks server 2 for its vote in term 3"), "{told}");
        let granted = Some(r#"{"term":3,"voteGranted":true}"#);
        let told = words("RequestVote", asks, granted).unwrap();
        assert_eq!(told, "gives server 2 its vote in term 3");
        let beat = r#"{"term":3,"leaderId":1,"prevLogIndex":7,"prevLogTerm":2,"entries":[],"leaderCommit":5}"#;
        assert!(words("Raft.AppendEntries", beat, None).unwrap().contains("heartbeat"));
        let has = r#"{"term":3,"success":true,"matchIndex":9}"#;
        let told = words("AppendEntriesReply", has, None).unwrap();
        assert_eq!(told, "has server 2's log up to 9");
    }

    #[test]
    fn what_is_written_otherwise_has_no_words() {
        assert_eq!(words("RequestVote", "\"AAE=\"", None), None);
        assert_eq!(words("Gossip", r#"{"term":1}"#, None), None);
    }
}
