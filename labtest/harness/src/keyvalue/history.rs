//! What the clients of a store did and were answered, as the checks need it.

use kv::history::{asked, told};
use kv::{Action, Answer, ClerkError, Request};
use lincheck::models::{KvInput, KvOutput};
use lincheck::{Event, EventError, EventKind, EventReader, Moment};

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
    /// How many writes each client has begun.
    writes: Vec<u64>,
    /// When writes were begun, and the number of each among those of its client.
    numbered: Vec<(Moment, u64)>,
}

impl Collector {
    /// A client has begun something.
    pub(crate) fn invoked(&mut self, client: u64, request: &Request) {
        self.push(client, asked(request).expect("the workload asks what the model knows"));
        if request.action != Action::Get {
            let number = self.next_write(client);
            self.numbered.push((self.events.now(), number));
        }
    }

    fn next_write(&mut self, client: u64) -> u64 {
        let client = client as usize;
        self.writes.resize(self.writes.len().max(client + 1), 0);
        self.writes[client] += 1;
        self.writes[client]
    }

    /// Of each operation of the history its number among the writes of its client, as the clerk counts them; 0
    /// for reads. What failed is not part of the history, but was counted.
    pub(crate) fn write_numbers(&self, history: &StoreHistory) -> Vec<u64> {
        let mut numbered = self.numbered.iter().peekable();
        let number_of = |operation: &StoreOperation| {
            while numbered.next_if(|(at, _)| *at < operation.invoked).is_some() {}
            numbered.next_if(|(at, _)| *at == operation.invoked).map_or(0, |&(_, number)| number)
        };
        history.operations().iter().map(number_of).collect()
    }

    /// It has its answer, or has given up.
    pub(crate) fn ended(&mut self, client: u64, result: &Result<Answer, ClerkError>) {
        self.push(client, told(result));
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
            None => Ok(self.events.clone().finish()),
        }
    }
}
