//! The lines of a history whose clients have a store, as `labtest check-history --model kv` reads
//! them.

use super::history::History;
use super::json::Line;
use crate::api::clients::StoreOperation;
use kv::{Action, Answer, ClerkError, Request};

impl History {
    pub(super) fn store_invoked(&mut self, at: u64, operation: &StoreOperation) {
        let mut line = self.begin_store_line(at, operation, "invoke");
        match &operation.request.action {
            Action::Get | Action::Delete => {}
            Action::Put(value) | Action::Append(value) => {
                line.text("value", value);
            }
            Action::PutAtVersion(version, value) => {
                line.text("value", value).number("version", *version);
            }
            Action::CompareAndSet(from, to) => {
                line.pair("value", from.as_deref(), to);
            }
        }
    }

    /// `info` is the word for an operation that may take effect yet.
    pub(super) fn store_answered(
        &mut self,
        at: u64,
        operation: &StoreOperation,
        result: &Result<Answer, ClerkError>,
    ) {
        let kind = match result {
            Ok(_) => "ok",
            Err(ClerkError::Failed { .. }) => "fail",
            Err(ClerkError::Unknown { .. }) => "info",
        };
        let mut line = self.begin_store_line(at, operation, kind);
        match result {
            Ok(Answer::Got(found)) => {
                line.text_or_null("value", found.value.as_deref()).number("version", found.version);
            }
            Ok(Answer::Done { version }) => {
                line.number("version", *version);
            }
            Ok(Answer::Refused) => {
                line.flag("value", false);
            }
            Err(_) => {}
        }
    }

    fn begin_store_line(&mut self, at: u64, operation: &StoreOperation, kind: &str) -> Line<'_> {
        let Request { key, action } = &operation.request;
        let mut line = self.output.line();
        line.number("at", at)
            .number("process", operation.client)
            .text("type", kind)
            .text("f", function(action))
            .text("key", key);
        line
    }
}

fn function(action: &Action) -> &'static str {
    match action {
        Action::Get => "get",
        Action::Put(_) | Action::PutAtVersion(..) => "put",
        Action::Append(_) => "append",
        Action::CompareAndSet(..) => "cas",
        Action::Delete => "delete",
    }
}

/// What a client asks, in words.
pub(super) fn store_words(request: &Request) -> String {
    let Request { key, action } = request;
    let function = function(action);
    match action {
        Action::Get | Action::Delete => format!("{function}({key})"),
        Action::Put(value) | Action::Append(value) => format!("{function}({key}, {value})"),
        Action::PutAtVersion(version, value) => {
            format!("{function}({key}, {value}, at version {version})")
        }
        Action::CompareAndSet(from, to) => {
            let from = from.as_deref().unwrap_or("nothing");
            format!("{function}({key}, {from}, {to})")
        }
    }
}
