//! What the clients of a run do, for its history.

use super::Cluster;
use crate::watch::Sight;
use crate::{Answer, Operation, Value};
use std::sync::atomic::Ordering;

impl Cluster {
    /// A client begins something. `client` is its number, if the scenario's clients have numbers.
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
