//! A tester for Raft: the lab's suites, on a virtual clock, every run from one seed.
//!
//! A whole cluster runs inside one process, on a simulated network and disk. Minutes of cluster
//! time take milliseconds, and a failing seed replays the identical run. The same scenarios also run
//! on the real clock with real threads.
//!
//! # Test your own Raft
//!
//! Implement [`Implementation`] and [`Peer`] (the crate `skeleton` is a start), then
//!
//! * a `main` of three lines is the whole `labtest` command, [`command_main`]: many seeds, a table,
//!   the failing seeds, a line to paste that replays one;
//! * a test target of three lines gives `cargo test 4A`, [`test_main`].
//!
//! # What is tested
//!
//! [`lab_tests`] are the 28 tests of the suites 4A (elections), 4B (replication), 4C (persistence,
//! bad networks) and 4D (snapshots), with the lab's scenarios and limits. Beyond each scenario's own
//! demands these hold in every run, at every event, over crashes and restarts ([`property`] names
//! them): all servers apply the same command at an index, for ever; in order, without gap, nothing
//! twice; a snapshot is the state at its index; a term has at most one leader, ever; terms never go
//! back.
//!
//! # A run
//!
//! [`run_one`] is a function of test, seed, implementation and options. A panic, an endless loop or
//! a halt of the implementation is a failure of that run, and the next one goes on. One thing can't
//! be caught: a loop that never awaits holds its thread for ever.
//!
//! Scenarios of one's own are written with [`Cluster`].

mod cluster;
mod command;
mod config;
mod environment;
mod events;
pub mod exit_code;
mod explore;
mod failure;
mod implementation;
mod judge;
mod keyvalue;
mod narrate;
mod nemesis;
mod oracle;
mod our_raft;
pub mod property;
mod record;
mod replay;
pub mod report;
mod run;
mod run_record;
mod runner;
mod scenario;
mod select;
mod shrink;
mod store;
mod suites;
mod summary;
mod testing;
mod value;
mod vocabulary;
mod wall;
mod watch;
mod wording;

pub use cluster::{Answer, Cluster, Committed, ELECTION_ALLOWANCE, Operation, Retry};
pub use command::command_main;
pub use config::{Checks, Config, ConfigError, Limits, NetworkConfig, Overrides};
pub use explore::Exploration;
pub use failure::{Failure, Outcome, Place, Violation};
pub use implementation::{Implementation, MakeArgs, Message};
pub use keyvalue::{KeyChoice, KvConfig, MakeStoreArgs, StoreServer, Weights, Workload};
pub use nemesis::fault::{Closing, Way};
pub use nemesis::faults::{FAULTS, FaultKind, FaultSpec};
pub use nemesis::filter::{FaultFilter, UnknownFault};
pub use nemesis::server_set::ServerSet;
pub use nemesis::step::Step;
pub use nemesis::target::Target;
pub use nemesis::trigger::Event;
pub use oracle::efficiency::Budgets;
pub use our_raft::OurRaft;
pub use record::Recorded;
pub use run::{
    RunOptions, RunOutcome, Verdict, record_one, record_scenario, run_one, run_scenario,
};
pub use run_record::{FailureRecord, RUN_SCHEMA, RunRecord, VerdictName};
pub use runner::{Plan, RunnerError, Seeds, Shard, run_all};
pub use scenario::{
    BaseDisk, BaseNetwork, Burst, Choice, Load, Others, Recovery, Scenario, ScenarioError,
};
pub use select::{UnknownFilter, select};
pub use shrink::{ShrinkProgress, Shrunk, shrink};
pub use suites::{LabTest, RunningTest, all_tests, kv_tests, lab_tests};
pub use summary::{Example, FailureGroup, Spread, Summary, TestSummary, wilson_interval};
pub use testing::test_main;
pub use value::Value;
pub use vocabulary::{DiskDecoder, DiskRecord, DiskState, EntryId, Position, RaftMessage};

/// What each fault needs to know, one type a fault; see [`FaultSpec`].
pub mod faults {
    pub use crate::nemesis::effect::Messages;
    pub use crate::nemesis::faults::{
        Bridge, ClockJump, ClockRate, Crash, CrashAt, Delay, Duplicate, FailingSync, Flapping,
        FlippedBit, FullDisk, Halves, Isolate, Late, Loss, OneWay, Pause, RandomCuts, Reorder,
        Ring, Shape, SlowDisk, SlowServer, Split, Swizzle,
    };
    pub use crate::nemesis::traps::Point;
}

// What an implementation is written with, so that its crate needs to depend on this one alone.
pub use anyhow;
pub use bytes::{self, Bytes};
pub use kv;
pub use labrpc::{
    self, BoxFuture, ClientEnd, HandleError, RpcError, Service, decode, encode, service,
};
pub use narration;
pub use parking_lot;
pub use persister::{self, PersistError, Persister, Stored};
pub use postcard;
pub use raft::{self, ApplyMsg, Inspection, NotLeader, ReadIndexError, RoleName, Started, State};
pub use raft_api::{self, Peer};
pub use runtime;
pub use serde;
pub use tokio::sync::{Notify, mpsc, oneshot};
