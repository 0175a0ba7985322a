//! STUB
mod cluster;
mod config;
mod events;
mod failure;
mod implementation;
mod oracle;
mod our_raft;
pub mod property;
mod suites;
mod value;

pub use cluster::{Cluster, Committed, ELECTION_ALLOWANCE, Retry};
pub use config::{Config, ConfigError, Limits, NetworkConfig, Overrides};
pub use failure::{Failure, Outcome, Violation};
pub use implementation::{Implementation, MakeArgs, Peer};
pub use our_raft::OurRaft;
pub use suites::{LabTest, Scenario, lab_tests};
pub use value::Value;
