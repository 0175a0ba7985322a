//! The tester without a command line: clusters, faults, checks, suites, runs.
//!
//! [`run_one`] is a function of test, seed, implementation and options; [`record_one`] writes the
//! same run down as it goes on; [`pool`] makes many of them; [`shrink`] makes a failing scenario
//! smaller; [`judge`] judges a stored run again. Scenarios of one's own are written with [`Cluster`].
//!
//! Users take the crate `labtest`, which adds the command, what failures leave and `cargo test`.
//!
//! ```
//! use harness::{Implementation, OurRaft, RunOptions, Verdict, lab_tests, run_one};
//! use std::sync::Arc;
//!
//! let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
//! let (test, options) = (&lab_tests()[0], RunOptions::default());
//! let outcome = run_one(test, 17, &raft, &options);
//! assert_eq!((outcome.test, outcome.verdict.clone()), ("4A::initial_election", Verdict::Passed));
//! assert_eq!(run_one(test, 17, &raft, &options).trace_hash, outcome.trace_hash);
//! ```

mod api;
mod causes;
mod checks;
mod cluster;
mod config;
mod explore;
pub mod guide;
pub mod judge;
mod keyvalue;
mod majority;
pub mod measure;
pub mod nemesis;
mod novelty;
mod our_raft;
pub mod pool;
pub mod property;
pub mod record;
mod run;
pub mod sans_io;
pub mod scenario;
mod shrink;
mod sight;
mod stopwatch;
mod suites;
pub mod summary;
mod toml_file;
mod trace_hash;
mod watch;
mod workload;

pub use api::choice::one_of;
pub use api::clients::{Answer, Operation};
pub use api::failure::{Failure, Outcome, Violation};
pub use api::implementation::{Implementation, MakeArgs, Message, Once};
pub use api::outcome::{NOT_REPEATABLE, RunOutcome, Verdict};
pub use api::store_server::{MakeStoreArgs, StoreServer};
pub use api::supports::Supports;
pub use api::value::Value;
pub use api::vocabulary::{
    Decoded, DiskDecoder, DiskRecord, DiskState, Encoded, EntryId, Position, RaftMessage,
};
pub use api::voice::Voice;
pub use causes::CauseKind;
pub use cluster::{Cluster, Committed, ELECTION_ALLOWANCE, Retry};
pub use config::{
    Budgets, Checks, Config, ConfigError, KvConfig, Limits, NetworkConfig, Overrides, ServiceTimes,
};
pub use nemesis::{
    Closing, Event, FAULTS, FaultFilter, FaultKind, FaultSpec, ServerSet, Step, Target,
    UnknownFault, Way,
};
pub use our_raft::OurRaft;
pub use pool::{Plan, PoolError, Seeds, Shard, run_all};
pub use raft_api::Peer;
pub use record::Recorded;
pub use run::{
    POLL_LIMIT, Patience, Repeats, RunOptions, Runnable, record_in_memory, record_one,
    record_scenario, record_to, run_one, run_scenario,
};
pub use scenario::{
    BaseDisk, BaseNetwork, Burst, Choice, Exploration, Load, NotLive, Others, Recovery, Reseed,
    Scenario, ScenarioError, UnwritableScenario,
};
pub use shrink::{ShrinkProgress, Shrunk, shrink};
pub use stopwatch::Stopwatch;
pub use suites::{LabTest, RunningTest, all_tests, kv_tests, lab_tests};
pub use summary::{Example, FailureGroup, Spread, Summary, TestSummary, wilson_interval};
pub use toml_file::TomlError;
pub use workload::{KeyChoice, Weights, Workload};

/// What each fault needs to know, one type a fault; see [`FaultSpec`].
pub mod faults {
    pub use crate::nemesis::Messages;
    pub use crate::nemesis::Point;
    pub use crate::nemesis::faults::Shape;
    pub use crate::nemesis::faults::types::*;
}
