//! What the clients of a store did and were told, as the checks want it.

use kv::{Action, Answer, ClerkError, Request};
use lincheck::models::{KvInput, KvOperation, KvOutput};
use lincheck::{Event, EventError, EventKind, EventReader};

/// A history of a store.
pub(crate) type StoreHistory = lincheck::History<KvInput, KvOutput>;
/// One operation of it.
pub(crate) type StoreOperation = lincheck::Operation<KvInput, KvOutput>;

/// A history on its way.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    events: EventReader<KvInput, KvOutput>,
    /// Why an event did not fit, if one did not.
    error: Option<EventError>,
}

impl Collector {
    /// A client has begun something.
    pub(crate) fn invoked(&mut self, client: u64, request: &Request) {
        self.push(client, EventKind::Invoke(input(request)));
    }

    /// It has its answer, or has given up.
    pub(crate) fn ended(&mut self, client: u64, result: &Result<Answer, ClerkError>) {
        let kind = match result {
            Ok(answer) => EventKind::Ok(output(answer)),
            Err(ClerkError::Failed { .. }) => EventKind::Fail,
            Err(ClerkError::Unknown { .. }) => EventKind::Info,
        };
        self.push(client, kind);
    }

    fn push(&mut self, process: u64, kind: EventKind<KvInput, KvOutput>) {
        let at = runtime::true_now().as_nanos();
        let pushed = self.events.push(Event { at, process, kind });
        self.error = self.error.take().or(pushed.err());
    }

    /// The history so far. What is still open is of unknown outcome.
    ///
    /// # Errors
    /// When the events do not make one.
    pub(crate) fn history(&self) -> Result<StoreHistory, EventError> {
        match &self.error {
            Some(error) => Err(error.clone()),
            None => self.events.clone().finish(),
        }
    }
}

fn input(request: &Request) -> KvInput {
    let operation = match request.action.clone() {
        Action::Get => KvOperation::Get,
        Action::Put(value) => KvOperation::Put(value),
        Action::PutAtVersion(version, value) => KvOperation::PutAtVersion(version, value),
        Action::Append(tail) => KvOperation::Append(tail),
        Action::CompareAndSet(from, to) => KvOperation::Cas(from, to),
        Action::Delete => KvOperation::Delete,
    };
    KvInput { key: request.key.clone(), operation }
}

fn output(answer: &Answer) -> KvOutput {
    match answer.clone() {
        Answer::Got(found) => KvOutput::Got(found.value, Some(found.version)),
        Answer::Done { version } => KvOutput::Done(Some(version)),
        Answer::Refused => KvOutput::Refused,
    }
}
