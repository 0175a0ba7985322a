//! How far the tester looks into a server.

use serde::Deserialize;
use std::fmt;

/// What the tester may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Everything, also what a server shows of its internal state.
    Inside,
    /// Messages, writes and applied values, as of a Raft that shows nothing else. A fault that
    /// waits for a server to do something waits in vain.
    Outside,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            View::Inside => "inside",
            View::Outside => "outside",
        })
    }
}
