//! What the clients of a run do, for its history.

use crate::Value;
use kv::Request;

/// An operation of a client that has begun; [`Cluster::operation_ends`](crate::Cluster) ends it.
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

/// An operation of a store's client under way.
#[derive(Debug)]
pub(crate) struct StoreOperation {
    /// Tells the operations of a run apart.
    pub(crate) number: u64,
    pub(crate) client: u64,
    pub(crate) request: Request,
}
