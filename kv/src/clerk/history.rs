//! What a clerk was asked and told, as events of a history that `lincheck` judges.

use super::ClerkError;
use crate::operation::{Action, Answer, Request};
use lincheck::EventKind;
use lincheck::models::{KvInput, KvOperation, KvOutput};

/// An operation begins.
pub fn asked(request: &Request) -> EventKind<KvInput, KvOutput> {
    let operation = match request.action.clone() {
        Action::Get => KvOperation::Get,
        Action::Put(value) => KvOperation::Put(value),
        Action::PutAtVersion(version, value) => KvOperation::PutAtVersion(version, value),
        Action::Append(tail) => KvOperation::Append(tail),
        Action::CompareAndSet(from, to) => KvOperation::Cas(from, to),
        Action::Delete => KvOperation::Delete,
    };
    EventKind::Invoke(KvInput { key: request.key.clone(), operation })
}

/// An operation ends: it is answered, has certainly not taken effect, or may take effect yet.
pub fn told(result: &Result<Answer, ClerkError>) -> EventKind<KvInput, KvOutput> {
    match result {
        Ok(Answer::Got(found)) => {
            EventKind::Ok(KvOutput::Got(found.value.clone(), Some(found.version)))
        }
        Ok(Answer::Done { version }) => EventKind::Ok(KvOutput::Done(Some(*version))),
        Ok(Answer::Refused) => EventKind::Ok(KvOutput::Refused),
        Err(ClerkError::Failed { .. }) => EventKind::Fail,
        Err(ClerkError::Unknown { .. }) => EventKind::Info,
    }
}
