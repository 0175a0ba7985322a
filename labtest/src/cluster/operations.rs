//! What the clients of a run do, for its history.

use super::Cluster;
use crate::Value;
use crate::watch::Sight;

/// An operation of a client that has begun; [`Cluster::operation_ends`] ends it.
///
/// One that never ends is in the history without an answer, like that of a client that died.
#[derive(Debug)]
#[must_use = "an operation ends some time"]
pub struct Operation {
    /// The client, from 0. A client does one thing at a time; the number is that of the first
    /// client who is free.
    pub(crate) client: u64,
    /// Tells the operations of a run apart.
    pub(crate) number: u64,
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

/// Numbers clients and operations.
#[derive(Debug, Default)]
pub(super) struct Operations {
    begun: u64,
    /// Which clients have an operation under way.
    busy: Vec<bool>,
}

impl Operations {
    fn begin(&mut self) -> (u64, u64) {
        let client = self.busy.iter().position(|busy| !busy).unwrap_or(self.busy.len());
        if client == self.busy.len() {
            self.busy.push(true);
        }
        self.busy[client] = true;
        self.begun += 1;
        (client as u64, self.begun - 1)
    }
}

impl Cluster {
    /// A client begins something.
    pub fn operation_begins(&self, function: &'static str, value: &Value) -> Operation {
        let (client, number) = self.shared.operations.lock().begin();
        let operation = Operation { client, number, function, value: value.clone() };
        self.shared.watch.show(&Sight::Invoked(&operation));
        operation
    }

    /// The client has its answer, or has given up.
    pub fn operation_ends(&self, operation: Operation, answer: Answer) {
        self.shared.watch.show(&Sight::Answered(&operation, answer));
        self.shared.operations.lock().busy[operation.client as usize] = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_does_one_thing_at_a_time() {
        let mut operations = Operations::default();
        assert_eq!(operations.begin(), (0, 0));
        assert_eq!(operations.begin(), (1, 1));
        operations.busy[0] = false;
        assert_eq!(operations.begin(), (0, 2));
        assert_eq!(operations.begin(), (2, 3));
    }
}
