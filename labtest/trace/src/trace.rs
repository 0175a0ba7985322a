//! Every event of a run, `labtest.trace/v3`: JSON lines, a header and then events by time.
//!
//! ```text
//! {"schema":"labtest.trace/v3","test":"4A::re_election","description":"…","seed":7,"clock":"virtual","implementation":"raft","servers":5,"network":"reliable"}
//! {"at":264487257,"kind":"send","call":1,"from":3,"to":0,"reply":false,"method":"Raft.RequestVote","text":"…","bytes":31}
//! {"at":265012004,"kind":"deliver","call":1,"reply":false}
//! ```
//!
//! [`Writer`] writes it, [`read`] reads it. Nothing in it need come from a simulation: there may be no
//! seed, times may be of the real clock, and a Raft that hides its internal state has `role` events
//! or none. Events of a kind that this version does not know, and fields that it does not know, are
//! skipped. Versions 1 and 2 are read too; a newer version is an error.

mod event;
mod fault;
mod read;
#[cfg(test)]
mod tests;
mod v1;
mod write;

pub use event::{Event, Line, Phase, Role, State};
pub use fault::{Fault, Looks, sides_in_words};
pub use read::read;
pub use write::{Ending, Sent, Writer};

use serde::{Deserialize, Serialize};

/// The version before, which only differs in that it has no entries of Raft's own.
const SCHEMA_BEFORE: &str = "labtest.trace/v2";

/// The version that is written.
pub const SCHEMA: &str = "labtest.trace/v3";

/// The most servers that a trace may have; pictures have a lane for each.
pub const MOST_SERVERS: usize = 99;

/// The first line: what was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`], or that of an older trace.
    pub schema: String,
    /// The test's name, `4A::re_election`.
    pub test: String,
    /// What the test is about, in a few words.
    pub description: String,
    /// The seed that everything in the run was drawn from; none where chance comes from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The clock that the times are of.
    #[serde(default)]
    pub clock: Clock,
    /// Whose Raft it was.
    pub implementation: String,
    /// How many servers, 1 to [`MOST_SERVERS`]; they are numbered from 0.
    pub servers: usize,
    /// The network in words: `reliable`, `unreliable`, or what an exploration drew.
    pub network: String,
    /// How the servers are configured, in words; empty where that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub config: String,
}

/// The clock that the times of a trace are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The simulation's: nothing takes time but what is meant to.
    #[default]
    Virtual,
    /// The machine's.
    Real,
}

impl Clock {
    /// Its name in a trace; `{name} time` is what its times are.
    pub fn name(self) -> &'static str {
        match self {
            Clock::Virtual => "virtual",
            Clock::Real => "real",
        }
    }
}

impl Header {
    /// The run by its name, and by its seed where it has one: `4A::re_election, seed 7`.
    pub fn name(&self, separator: &str) -> String {
        match self.seed {
            Some(seed) => format!("{}{separator}seed {seed}", self.test),
            None => self.test.clone(),
        }
    }
}
