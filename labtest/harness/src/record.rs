//! Recording: a watcher that writes down everything that can be seen of a run.
//!
//! There are two files: the *trace* ([`labtrace::trace`]) has every event, the *history*
//! ([`labtrace::history`]) what clients did and were told. Both are written while the run goes on, so
//! that they are there whatever happens to the run afterwards. The formats are `labtrace`'s; here what
//! is seen of a run is put into their words.
//!
//! Nothing is recorded unless somebody asks for it: the runner runs without, and runs a failing seed
//! once more with a recording. Watching changes nothing, so that is the same run, and its hash says
//! so.

mod recorder;
mod store_words;
mod words;

pub use crate::api::outcome::Texts;
pub use labtrace::Output;
pub use recorder::RecordError;
pub(crate) use recorder::Recording;

use crate::{Config, RunOutcome, Scenario};
use labtrace::history;
use labtrace::trace::{self, Clock};

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
    /// The network in words: `reliable`, `unreliable`, or what was drawn.
    pub network: String,
    /// The clock that the run is on.
    pub clock: Clock,
    /// What was drawn, or came from a file, where that is how the run began.
    pub scenario: Option<Scenario>,
    /// What the cluster is built from.
    pub config: Config,
}

impl Subject {
    /// On the real clock a seed says nothing about the run.
    fn seed(&self) -> Option<u64> {
        (self.clock == Clock::Virtual).then_some(self.seed)
    }

    fn trace_header(&self) -> trace::Header {
        trace::Header {
            schema: trace::SCHEMA.to_owned(),
            test: self.test.clone(),
            description: self.description.clone(),
            seed: self.seed(),
            clock: self.clock,
            implementation: self.implementation.clone(),
            servers: self.config.servers,
            network: self.network.clone(),
            config: self.config.words(),
        }
    }

    fn history_header(&self) -> history::Header {
        let of_store = self.config.kv.is_some();
        history::Header::new(&self.test, self.seed(), &self.implementation, of_store)
    }
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
