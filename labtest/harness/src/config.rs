//! What a cluster is built from: servers, network, snapshots, Raft's options, limits.

mod budgets;
mod file;
mod kv;
mod service;
pub(crate) mod words;

pub use file::{ConfigError, Overrides};

pub use budgets::Budgets;
pub(crate) use kv::KV_RANGES;
pub use kv::KvConfig;
pub use service::ServiceTimes;

use std::time::Duration;

/// What a [`Cluster`](crate::Cluster) is built from.
///
/// The lab's tests bring their own; a TOML file can override parts of it ([`Overrides`]).
///
/// ```
/// # use harness as labtest;
/// let config = labtest::Config::from_toml("servers = 5\n[network]\nreliable = false", "my.toml")?;
/// assert_eq!(config.servers, 5);
///
/// let error = labtest::Config::from_toml("\nserver = 5", "my.toml").unwrap_err();
/// assert!(error.to_string().starts_with("my.toml:2: unknown key `server`"));
/// # Ok::<(), labtest::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How many servers, 1 to 99.
    pub servers: usize,
    /// Whether the service takes snapshots, as in the lab's suite D.
    pub snapshots: bool,
    /// With snapshots: how many entries there are from one to the next. Ten in the lab.
    pub snapshot_interval: u64,
    /// How many entries earlier than the server before it each takes its own. None in the lab: there
    /// all servers take theirs at the same places. Set by scenarios, not by files.
    #[serde(skip)]
    pub snapshot_shift: u64,
    /// How many bytes a snapshot has at least, filled up with what is in it. 0 in the lab. Set by
    /// scenarios, not by files.
    #[serde(skip)]
    pub snapshot_bytes: usize,
    /// The servers' disks have the journal for directories on them, and not the lab's persister. Set by
    /// scenarios, not by files.
    #[serde(skip)]
    pub journal: bool,
    /// How fast the service is. Set by scenarios, not by files.
    #[serde(skip)]
    pub service: ServiceTimes,
    /// How the network behaves at first; a test can change it on its way.
    pub network: NetworkConfig,
    /// The options of this project's Raft. Other implementations may use what fits them.
    pub raft: raft::Config,
    /// When a run is given up.
    pub limits: Limits,
    /// The store on the servers and its clients, in tests of those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv: Option<KvConfig>,
    /// What the checks that are always on may use and assume. Set by those who run, not by files.
    #[serde(skip)]
    pub checks: Checks,
}

/// What the checks that are always on may use and assume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Judge by what is seen from outside alone, messages, writes and applied values, as of a Raft
    /// that does not show its inside.
    pub outside_only: bool,
    /// What was written but not synced counts as lost in a crash. Otherwise a write is durable at
    /// once, as on the lab's disk.
    pub unsynced_is_lost: bool,
}

/// How the network behaves.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// An unreliable network delays requests by up to 26 ms and loses a tenth of the requests and a
    /// tenth of the replies.
    pub reliable: bool,
    /// Two thirds of the replies come 200 to 2199 ms late.
    pub long_reordering: bool,
    /// A call to a server that can't be reached fails after up to 7 s, not 100 ms.
    pub long_delays: bool,
}

impl Default for NetworkConfig {
    /// The lab's Raft tests: reliable, no reordering, long delays.
    fn default() -> NetworkConfig {
        NetworkConfig { reliable: true, long_reordering: false, long_delays: true }
    }
}

/// When a run is given up.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Seconds on the run's clock that a test may take, counted from when the servers were started.
    pub test_s: u64,
    /// Task polls that a simulated run may take; an endless loop ends there.
    pub steps: u64,
}

impl Default for Limits {
    /// The lab's 120 s; 50 million steps, some hundred times what the longest test takes.
    fn default() -> Limits {
        Limits { test_s: 120, steps: 50_000_000 }
    }
}

impl Limits {
    /// The time a test may take.
    pub fn test_time(&self) -> Duration {
        Duration::from_secs(self.test_s)
    }
}

impl Default for Config {
    /// No servers yet; else as in most of the lab's tests.
    fn default() -> Config {
        Config {
            servers: 0,
            snapshots: false,
            snapshot_interval: 10,
            snapshot_shift: 0,
            snapshot_bytes: 0,
            journal: false,
            service: ServiceTimes::default(),
            network: NetworkConfig::default(),
            raft: raft::Config::default(),
            limits: Limits::default(),
            kv: None,
            checks: Checks::default(),
        }
    }
}

/// The number of servers when a file names none.
const DEFAULT_SERVERS: usize = 3;

impl Config {
    /// The lab's usual cluster: that many servers, a reliable network, no snapshots.
    pub fn new(servers: usize) -> Config {
        Config { servers, ..Config::default() }
    }

    /// Reads a whole configuration; `file` is the name that errors carry.
    ///
    /// What the text does not mention has its default, with three servers.
    ///
    /// # Errors
    /// Text that is not TOML, an unknown key, a value of the wrong type or out of range.
    pub fn from_toml(text: &str, file: &str) -> Result<Config, ConfigError> {
        let overrides = Overrides::from_toml(text, file)?;
        let kv = overrides.sets("kv").then(KvConfig::default);
        overrides.applied_to(&Config { kv, ..Config::new(DEFAULT_SERVERS) })
    }
}
