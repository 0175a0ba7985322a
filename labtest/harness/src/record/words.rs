//! What is seen of a run, in the words of traces and histories.

use crate::api::clients::Answer;
use crate::{Implementation, Message};
use labrpc::{EventKind, LossReason, NetworkEvent, Service};
use labtrace::history::Type;
use labtrace::trace::{Role, State};
use raft::{Inspection, RoleName};
use std::collections::BTreeMap;

/// The requests that have not been answered, by call: the words of a reply depend on its request.
#[derive(Default)]
pub(super) struct Requests(BTreeMap<u64, Vec<u8>>);

impl Requests {
    /// Takes note of what happens to a call.
    pub(super) fn note(&mut self, event: &NetworkEvent<'_>) {
        match event.kind {
            EventKind::RequestSent => {
                self.0.insert(event.call, event.bytes.to_vec());
            }
            EventKind::RequestDuplicated { copy } => {
                self.0.insert(copy, event.bytes.to_vec());
            }
            EventKind::ReplyDelivered | EventKind::RequestLost(_) | EventKind::ReplyLost(_) => {
                self.0.remove(&event.call);
            }
            EventKind::RequestDelivered | EventKind::ReplySent => {}
        }
    }

    /// What a server does by sending this request or reply.
    pub(super) fn words(
        &self,
        event: &NetworkEvent<'_>,
        insides: &[Option<Inspection>],
        implementation: &dyn Implementation,
        service: Option<&dyn Service>,
    ) -> String {
        let is_reply = matches!(event.kind, EventKind::ReplySent);
        let (from, to, request, reply) = if is_reply {
            let request = self.0.get(&event.call).map_or(&[][..], Vec::as_slice);
            (event.callee, event.caller, request, Some(event.bytes))
        } else {
            (event.caller, event.callee, event.bytes, None)
        };
        let inside = insides.get(from).and_then(Option::as_ref);
        let message = Message { method: event.method, from, to, request, reply, inside };
        implementation.describe(&message).unwrap_or_else(|| {
            let method = event.method.rsplit('.').next().unwrap_or(event.method);
            let said = service.and_then(|it| it.describe(event.method, is_reply, event.bytes));
            let said = said.map_or(String::new(), |said| format!(": {}", shortened(&said)));
            match is_reply {
                false => format!("calls {method} of server {to}{said}"),
                true => format!("answers server {to}'s {method}{said}"),
            }
        })
    }
}

/// What a type prints of itself may have no end.
fn shortened(said: &str) -> String {
    const CHARACTERS_MAX: usize = 200;
    match said.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said.to_owned(),
    }
}

/// Why a message is lost.
pub(super) fn why(reason: LossReason) -> &'static str {
    match reason {
        LossReason::Chance => "chance",
        LossReason::Cut => "cut",
        LossReason::Dead => "dead",
        LossReason::Hook => "withheld",
        LossReason::Silent => "silent",
    }
}

/// How a client was answered, and at which index.
pub(super) fn answer(answer: Answer) -> (Type, Option<u64>) {
    match answer {
        Answer::Done { index } => (Type::Ok, Some(index)),
        Answer::Refused => (Type::Fail, None),
        Answer::Unknown => (Type::Info, None),
    }
}

/// What a server shows of its state.
pub(super) fn state(server: usize, shown: &Inspection) -> State {
    let role = match shown.role {
        RoleName::Follower => Role::Follower,
        RoleName::PreCandidate => Role::PreCandidate,
        RoleName::Candidate => Role::Candidate,
        RoleName::Leader => Role::Leader,
    };
    State {
        server,
        term: shown.term,
        role,
        voted_for: shown.voted_for,
        last_index: shown.last_index,
        last_term: shown.last_term,
        commit_index: shown.commit_index,
        applied: shown.last_applied,
        snapshot_index: shown.snapshot_index,
    }
}
