//! Recording: a watcher that writes down everything that can be seen of a run.
//!
//! Two files come of it. The *trace* (`labtest.trace/v1`) has every event: messages, states, faults.
//! The *history* (`labtest.history/v1`) has what clients did and were told, and nothing else. Both
//! are lines of JSON, written while the run goes on, so that they are there whatever becomes of the
//! run or of whoever looks at them afterwards.
//!
//! Nothing is recorded unless somebody asks for it: the runner runs without, and runs a failing seed
//! once more with a recording. Watching changes nothing, so that is the same run, and its hash says
//! so.

mod history;
mod json;
mod output;
mod recorder;
mod store_lines;
mod trace;
mod words;

pub use output::Output;
pub(crate) use recorder::Recording;
pub use recorder::{RecordError, Texts};

use crate::{Config, RunOutcome, Scenario};

/// What is recorded: the first lines of both files, and what a report says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The name of the test.
    pub test: String,
    /// What the test is about, in a few words.
    pub description: String,
    /// The seed.
    pub seed: u64,
    /// Whose Raft it is.
    pub implementation: String,
    /// Reliable or not, or what was drawn.
    pub network: String,
    /// What was drawn, or came from a file, where that is how the run began.
    pub scenario: Option<Scenario>,
    /// What the cluster is built from.
    pub config: Config,
}

/// A run that was recorded in memory.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The same outcome as without a recording, but for the time it took.
    pub outcome: RunOutcome,
    /// Every event, as `trace.jsonl`.
    pub trace: String,
    /// What the clients did, as `history.jsonl`.
    pub history: String,
}
