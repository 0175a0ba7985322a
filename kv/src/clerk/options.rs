//! The knobs of a client.

use serde::{Deserialize, Serialize};

/// How a [`Clerk`](crate::Clerk) behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClerkOptions {
    /// Give up on an operation after this many milliseconds; never if `None`, as in the labs. Default 10
    /// seconds.
    pub timeout_ms: Option<u64>,
    /// Ask another server when one has not answered for this many milliseconds. Default 500: several times what
    /// a commit takes where messages get lost.
    pub attempt_timeout_ms: u64,
    /// How many milliseconds to wait after a vain round of all servers. Default 30.
    pub retry_interval_ms: u64,
}

impl Default for ClerkOptions {
    fn default() -> Self {
        ClerkOptions { timeout_ms: Some(10_000), attempt_timeout_ms: 500, retry_interval_ms: 30 }
    }
}
