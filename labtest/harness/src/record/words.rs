//! Messages in words, which takes to know what was asked when an answer goes by.

use crate::{Implementation, Message};
use labrpc::{EventKind, NetworkEvent};
use raft::Inspection;
use std::collections::BTreeMap;

/// The requests that have not been answered, by call.
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
            match is_reply {
                false => format!("calls {method} of server {to}"),
                true => format!("answers server {to}'s {method}"),
            }
        })
    }
}
