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
//! [`lab_tests`] are the 28 tests of the suites 4A (elections), 4B (replication), 4C (persistence, bad
//! networks) and 4D (snapshots), with the lab's scenarios and limits. Beyond each scenario's own demands these
//! hold in every run, at every event, over crashes and restarts ([`property`] names them): all servers apply
//! the same command at an index, forever; in order, without gap, nothing twice; a snapshot is the state at its
//! index; a term has at most one leader, ever; terms never go back.
//!
//! # A run
//!
//! [`run_one`] is a function of test, seed, implementation and options. A panic, an endless loop or a halt of
//! the implementation is a failure of that run, and the next one goes on. One thing can't be caught: a loop
//! that never awaits holds its thread forever.
//!
//! Scenarios of one's own are written with [`Cluster`].

mod around;
mod backtrace;
mod cargo_test;
mod command;
mod difference;
mod environment;
pub mod exit_code;
mod failures;
mod near;
mod numbers;
mod replay_line;
mod select;
mod text_file;
mod verdict;

pub use cargo_test::test_main;
#[cfg(fuzzing)]
pub use command::readers;
pub use command::{command_main, command_main_after};
pub use select::{UnknownFilter, select};

pub use harness::{
    Budgets, CauseKind, Checks, Cluster, Committed, Config, ConfigError, Decoded, DiskDecoder,
    DiskRecord, DiskState, ELECTION_ALLOWANCE, Encoded, EntryId, Failure, Implementation, LabTest,
    Limits, MakeArgs, Message, NetworkConfig, Once, OurRaft, Outcome, Overrides, POLL_LIMIT,
    Patience, Peer, Position, RaftMessage, Recorded, Repeats, Retry, RunOptions, RunOutcome,
    RunningTest, ShrinkProgress, Shrunk, Supports, Value, Verdict, Violation, all_tests, ensure,
    kv_tests, lab_tests, one_of, record_one, run_one, shrink,
};
pub use harness::{guide, judge, measure, pool, property, record, sans_io, summary};
pub use labreport as report;
pub use labtrace as formats;

/// Runs as data: drawn from a seed, or read from a file.
pub mod scenario {
    pub use harness::{
        BaseDisk, BaseNetwork, Burst, Choice, Exploration, Load, Others, Recovery, Reseed,
        Scenario, ScenarioError, record_scenario, run_scenario,
    };
}

/// Faults: which there are, whom they hit, when.
pub mod nemesis {
    pub use harness::{
        Closing, Event, FAULTS, FaultFilter, FaultKind, FaultSpec, ServerSet, Step, Target,
        UnknownFault, Way, faults,
    };
}

/// Clients: what they do, and the store that they do it with.
pub mod clients {
    pub use harness::{
        Answer, KeyChoice, KvConfig, MakeStoreArgs, Operation, StoreServer, Weights, Workload,
    };
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
pub use raft_api;
pub use runtime;
pub use serde;
pub use tokio::sync::{Notify, mpsc, oneshot};
