//! The target of a load: connections over which operations are sent.

use crate::operation::Operation;
use runtime::Instant;
use std::io;

/// Servers that a load is for.
pub trait Target {
    /// A client's connection.
    type Connection: Connection;

    /// Connects the client with that number, at its begin and after its connection was lost.
    ///
    /// # Errors
    /// When no server can be reached; of the kind [`io::ErrorKind::PermissionDenied`] when none will serve
    /// it.
    fn connect(&self, client: usize) -> impl Future<Output = io::Result<Self::Connection>>;
}

/// A client's connection.
pub trait Connection {
    /// Sends operations at once and waits for all answers, which it appends as they come, in any order.
    ///
    /// # Errors
    /// When the connection is lost. Nothing is known of the operations that are not answered then.
    fn send(
        &mut self,
        operations: &[Operation],
        answers: &mut Vec<Answer>,
    ) -> impl Future<Output = io::Result<()>>;
}

/// An answer to one of the operations that were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The operation's place among them.
    pub place: usize,
    /// When it came, by [`runtime::true_now`].
    pub at: Instant,
    /// What it says.
    pub outcome: Outcome,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has taken effect, or this is the value.
    Done,
    /// The key has no value.
    Missing,
    /// An error of that kind: a word or a few, the same for all such errors.
    Refused(String),
}
