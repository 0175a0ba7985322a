//! A clerk's requests and answers, as events of a history that `lincheck` judges.

use super::ClerkError;
use crate::operation::{Action, Answer, Request};
use bytes::Bytes;
use lincheck::EventKind;
use lincheck::models::{KvInput, KvOperation, KvOutput};

/// An operation begins. `None` for one that the model does not know.
pub fn asked(request: &Request) -> Option<EventKind<KvInput, KvOutput>> {
    let operation = match &request.action {
        Action::Get => KvOperation::Get,
        Action::Put(value) => KvOperation::Put(text(value)),
        Action::PutAtVersion(version, value) => KvOperation::PutAtVersion(*version, text(value)),
        Action::Append(tail) => KvOperation::Append(text(tail)),
        Action::CompareAndSet(from, to) => KvOperation::Cas(from.as_ref().map(text), text(to)),
        Action::Delete => KvOperation::Delete,
        Action::PutIfPresent(_) | Action::Remove | Action::Add(_) | Action::Length => return None,
    };
    Some(EventKind::Invoke(KvInput { key: text(&request.key), operation }))
}

/// An operation ends: it is answered, has certainly not taken effect, or may take effect yet.
pub fn told(result: &Result<Answer, ClerkError>) -> EventKind<KvInput, KvOutput> {
    match result {
        Ok(Answer::Got(found)) => {
            EventKind::Ok(KvOutput::Got(found.value.as_ref().map(text), Some(found.version)))
        }
        Ok(Answer::Done { version }) => EventKind::Ok(KvOutput::Done(Some(*version))),
        // Nothing that the model knows is answered otherwise.
        Ok(_) => EventKind::Ok(KvOutput::Refused),
        Err(ClerkError::Failed { .. }) => EventKind::Fail,
        Err(ClerkError::Unknown { .. }) => EventKind::Info,
    }
}

/// Text as it is; other bytes with escapes as in a program.
fn text(bytes: &Bytes) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}
