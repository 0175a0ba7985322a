//! What the clients of a run do, for its history.

use super::Cluster;
use crate::Value;
use crate::watch::Sight;
use std::sync::atomic::Ordering;

/// An operation of a client that has begun; [`Cluster::operation_ends`] ends it.
///
/// One that never ends is in the history without an answer, like that of a client that died.
#[derive(Debug)]
#[must_use = "an operation ends some time"]
pub struct Operation {
    /// Tells the operations of a run apart.
    pub(crate) number: u64,
    /// Whose it is, where clients have numbers.
    pub(crate) client: Option<u64>,
    /// What is done: `one`, `submit`.
    pub(crate) function: &'static str,
    /// With which value.
    pub(crate) value: Value,
}

/// How an operation ended, as far as its client can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was committed.
    Done {
        /// Where in the log.
        index: u64,
    },
    /// It has certainly not taken effect and never will.
    Refused,
    /// The client gave up. It may take effect yet.
    Unknown,
}

impl Cluster {
    /// Somebody begins something. `client` says who, where the clients of a scenario have numbers.
    pub fn operation_begins(
        &self,
        client: Option<u64>,
        function: &'static str,
        value: &Value,
    ) -> Operation {
        let number = self.shared.operations.fetch_add(1, Ordering::Relaxed);
        let operation = Operation { number, client, function, value: value.clone() };
        self.shared.watch.show(&Sight::Invoked(&operation));
        operation
    }

    /// The client has its answer, or has given up.
    pub fn operation_ends(&self, operation: &Operation, answer: Answer) {
        self.shared.watch.show(&Sight::Answered(operation, answer));
    }
}
