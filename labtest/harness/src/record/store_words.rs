//! What clients of a store do, in the words of histories and traces.

use crate::api::clients::StoreOperation;
use kv::{Action, Answer, ClerkError, Request};
use labtrace::history::{StoreLine, StoreValue, Type};

/// The line of a history that says what a client asks.
pub(super) fn asked(operation: &StoreOperation) -> StoreLine<'_> {
    let (value, version) = match &operation.request.action {
        Action::Put(value) | Action::Append(value) => (StoreValue::Text(text(value)), None),
        Action::PutAtVersion(version, value) => (StoreValue::Text(text(value)), Some(*version)),
        Action::CompareAndSet(from, to) => {
            (StoreValue::Pair(from.as_deref().map(text), text(to)), None)
        }
        _ => (StoreValue::Missing, None),
    };
    StoreLine { value, version, ..line(operation, Type::Invoke) }
}

/// The line of a history that says how a client was answered.
pub(super) fn answered<'a>(
    operation: &'a StoreOperation,
    result: &'a Result<Answer, ClerkError>,
) -> StoreLine<'a> {
    let kind = match result {
        Ok(_) => Type::Ok,
        Err(ClerkError::Failed { .. }) => Type::Fail,
        Err(ClerkError::Unknown { .. }) => Type::Info,
    };
    let (value, version) = match result {
        Ok(Answer::Got(found)) => {
            (StoreValue::Found(found.value.as_deref().map(text)), Some(found.version))
        }
        Ok(Answer::Done { version }) => (StoreValue::Missing, Some(*version)),
        Ok(_) => (StoreValue::Refused, None),
        Err(_) => (StoreValue::Missing, None),
    };
    StoreLine { value, version, ..line(operation, kind) }
}

fn line(operation: &StoreOperation, kind: Type) -> StoreLine<'_> {
    let Request { key, action } = &operation.request;
    let (value, version) = (StoreValue::Missing, None);
    let (process, key) = (operation.client, text(key));
    StoreLine { process, kind, function: function(action), key, value, version }
}

fn function(action: &Action) -> &'static str {
    match action {
        Action::Get => "get",
        Action::Put(_) | Action::PutAtVersion(..) => "put",
        Action::Append(_) => "append",
        Action::CompareAndSet(..) => "cas",
        Action::Delete => "delete",
        // Clients of a run do not ask for these.
        Action::PutIfPresent(_) | Action::Remove | Action::Add(_) | Action::Length => "other",
    }
}

/// Clients of a run write nothing but text.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("(no text)")
}

/// What a client asks, for a trace: `put(x, 1)`.
pub(super) fn in_words(request: &Request) -> String {
    let Request { key, action } = request;
    let (function, key) = (function(action), text(key));
    match action {
        Action::Put(value) | Action::Append(value) => format!("{function}({key}, {})", text(value)),
        Action::PutAtVersion(version, value) => {
            format!("{function}({key}, {}, at version {version})", text(value))
        }
        Action::CompareAndSet(from, to) => {
            let from = from.as_deref().map_or("nothing", text);
            format!("{function}({key}, {from}, {})", text(to))
        }
        _ => format!("{function}({key})"),
    }
}
