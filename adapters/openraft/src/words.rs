//! Messages in the words of the checks.

use crate::network::{Client, SnapshotRequest};
use crate::types::{Types, candidate_of, ours, position, term_of};
use labtest::serde::de::DeserializeOwned;
use labtest::{Decoded, Encoded, RaftMessage, decode as read};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};

pub(crate) fn decode(encoded: &Encoded<'_>) -> Decoded {
    let Encoded { method, reply, request, bytes } = *encoded;
    let said = if reply { answer(method, request, bytes) } else { asked(method, bytes) };
    said.into()
}

fn asked(method: &str, bytes: &[u8]) -> Option<RaftMessage> {
    Some(match method {
        Client::VOTE | Client::PRE_VOTE => {
            let VoteRequest { vote, last_log_id, .. }: VoteRequest<Types> = from(bytes)?;
            RaftMessage::RequestVote {
                term: term_of(&vote),
                candidate: candidate_of(&vote),
                last: position(last_log_id),
                pre_vote: method == Client::PRE_VOTE,
            }
        }
        Client::APPEND_ENTRIES => {
            let request: AppendEntriesRequest<Types> = from(bytes)?;
            RaftMessage::AppendEntries {
                term: term_of(&request.vote),
                prev: position(request.prev_log_id),
                entries: request.entries.iter().map(|entry| ours(entry).id()).collect(),
                // One task makes heartbeats and one for each server sends entries. What they know of the leader's
                // commit index may be older than what another has sent by then.
                commit: None,
            }
        }
        Client::FULL_SNAPSHOT => {
            let (vote, meta, _): SnapshotRequest = from(bytes)?;
            RaftMessage::InstallSnapshot { term: term_of(&vote), last: position(meta.last_log_id) }
        }
        _ => return None,
    })
}

fn answer(method: &str, request: Option<&RaftMessage>, bytes: &[u8]) -> Option<RaftMessage> {
    Some(match method {
        Client::VOTE | Client::PRE_VOTE => {
            let response: VoteResponse<Types> = from(bytes)?;
            let (term, granted) = (term_of(&response.vote), response.vote_granted);
            RaftMessage::VoteReply { term, granted, pre_vote: method == Client::PRE_VOTE }
        }
        // Who answers without naming a higher vote has taken the leader's.
        Client::APPEND_ENTRIES => {
            let (term, success) = match from::<AppendEntriesResponse<Types>>(bytes)? {
                AppendEntriesResponse::HigherVote(vote) => (term_of(&vote), false),
                AppendEntriesResponse::Conflict => (request?.term(), false),
                AppendEntriesResponse::Success | AppendEntriesResponse::PartialSuccess(_) => {
                    (request?.term(), true)
                }
            };
            RaftMessage::AppendReply { term, success, match_index: None }
        }
        Client::FULL_SNAPSHOT => {
            let response: SnapshotResponse<Types> = from(bytes)?;
            RaftMessage::SnapshotReply { term: term_of(&response.vote) }
        }
        _ => return None,
    })
}

fn from<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    read(bytes).ok()
}
