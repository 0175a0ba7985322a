//! The lab's tests: one table of named scenarios.
//!
//! The names, scenarios and limits are those of the course's tester, all times on the run's clock.
//! Where its versions differ the stronger form is taken: the record of applied values survives
//! restarts, and a restart reconnects only the restarted server.

mod a;
mod b;
mod c;
mod churn;
mod d;
pub(crate) mod kv;

use crate::{Cluster, Config, Exploration, FAULTS, FaultFilter, NetworkConfig, Outcome, Scenario};
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;

/// A test on its way.
pub type RunningTest = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One of the lab's tests.
#[derive(Clone, Copy)]
pub struct LabTest {
    /// The suite and the test: `4A::initial_election`.
    pub name: &'static str,
    /// The line that the lab prints for it.
    pub description: &'static str,
    /// How many servers it has; 0 where each seed has its own number.
    pub servers: usize,
    /// Whether the network is reliable when it begins.
    pub reliable: bool,
    /// Whether the service takes snapshots.
    pub snapshots: bool,
    pub(crate) body: Body,
}

/// What a test does.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// The same for every seed.
    Lab(fn(Cluster) -> RunningTest),
    /// With clients of a store.
    KeyValue(&'static kv::KvTest),
    /// What the seed draws.
    Exploration(Exploration),
    /// What a file says.
    Scenario(&'static Scenario),
}

impl LabTest {
    /// The suite: `4A`.
    pub fn suite(&self) -> &'static str {
        self.name.split("::").next().unwrap_or_default()
    }

    /// The line that the lab's tester begins with: `Test (4A): initial election (reliable network)`.
    pub fn title(&self) -> String {
        let network = if self.reliable { "reliable network" } else { "unreliable network" };
        format!("Test ({}): {} ({network})", self.suite(), self.description)
    }

    /// What its cluster is built from.
    pub fn config(&self) -> Config {
        if let Body::KeyValue(test) = self.body {
            return test.config(self);
        }
        Config {
            snapshots: self.snapshots,
            network: NetworkConfig { reliable: self.reliable, ..NetworkConfig::default() },
            ..Config::new(self.servers)
        }
    }

    /// What it explores, if it is an exploration.
    pub fn exploration(&self) -> Option<Exploration> {
        match self.body {
            Body::Lab(_) | Body::KeyValue(_) | Body::Scenario(_) => None,
            Body::Exploration(exploration) => Some(exploration),
        }
    }

    /// Whether it draws faults of which these let some happen, or none of which are wanted.
    pub fn heeds(&self, faults: &FaultFilter) -> bool {
        self.exploration().is_some_and(|exploration| {
            let mut allowed = FAULTS.iter().filter(|fault| faults.allows(fault.name)).peekable();
            allowed.peek().is_none() || allowed.any(|fault| exploration.has(fault))
        })
    }

    /// Whether it has clients of a key/value store.
    pub fn has_store(&self) -> bool {
        match self.body {
            Body::Lab(_) => false,
            Body::KeyValue(_) => true,
            Body::Exploration(exploration) => exploration == Exploration::Kv,
            Body::Scenario(scenario) => scenario.kv.is_some(),
        }
    }

    /// Whether it is a scenario, drawn or from a file. Those pause servers and draw the order of what
    /// happens, and none of that goes on the real clock.
    pub fn needs_simulation(&self) -> bool {
        matches!(self.body, Body::Exploration(_) | Body::Scenario(_))
    }

    /// A scenario as a test, so that it can be run under many seeds like the others.
    pub fn of_scenario(name: &'static str, scenario: &'static Scenario) -> LabTest {
        LabTest {
            name,
            description: "a scenario",
            servers: scenario.servers,
            reliable: false,
            snapshots: scenario.snapshot_interval > 0,
            body: Body::Scenario(scenario),
        }
    }
}

impl std::fmt::Debug for LabTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A row: name, servers, network, service, description, scenario.
macro_rules! lab_tests {
    ($($name:literal $servers:literal $network:ident $service:ident $description:literal $scenario:path;)*) => {
        &[$(LabTest {
            name: $name,
            description: $description,
            servers: $servers,
            reliable: lab_tests!(@ $network),
            snapshots: lab_tests!(@ $service),
            body: Body::Lab(|cluster| Box::pin($scenario(cluster))),
        }),*]
    };
    (@ reliable) => { true };
    (@ unreliable) => { false };
    (@ snapshots) => { true };
    (@ plain) => { false };
}

/// The lab's tests, in its order.
pub fn lab_tests() -> &'static [LabTest] {
    LAB_TESTS
}

/// The tests of a key/value store on the Raft under test: the suites `kv` and `kv_snapshot`.
pub fn kv_tests() -> &'static [LabTest] {
    kv::TESTS
}

/// All tests: the lab's, those of the store, and the explorations.
pub fn all_tests() -> &'static [LabTest] {
    static ALL: OnceLock<Vec<LabTest>> = OnceLock::new();
    ALL.get_or_init(|| [LAB_TESTS, kv::TESTS, EXPLORATIONS].concat())
}

const EXPLORATIONS: &[LabTest] = &[
    exploration("explore::network", "links, partitions, pauses, clocks", Exploration::Network),
    exploration("explore::crash", "crashes and disks", Exploration::Crash),
    exploration("explore::everything", "all faults", Exploration::Everything),
    exploration("explore::kv", "all faults, clients of a key/value store", Exploration::Kv),
];

const fn exploration(
    name: &'static str,
    description: &'static str,
    exploration: Exploration,
) -> LabTest {
    LabTest {
        name,
        description,
        servers: 0,
        reliable: false,
        snapshots: true,
        body: Body::Exploration(exploration),
    }
}

#[rustfmt::skip]
const LAB_TESTS: &[LabTest] = lab_tests! {
    "4A::initial_election" 3 reliable plain "initial election" a::initial_election;
    "4A::re_election" 3 reliable plain "election after network failure" a::re_election;
    "4A::many_elections" 7 reliable plain "multiple elections" a::many_elections;

    "4B::basic_agree" 3 reliable plain "basic agreement" b::basic_agree;
    "4B::rpc_bytes" 3 reliable plain "RPC byte count" b::rpc_bytes;
    "4B::follower_failure" 3 reliable plain "test progressive failure of followers" b::follower_failure;
    "4B::leader_failure" 3 reliable plain "test failure of leaders" b::leader_failure;
    "4B::fail_agree" 3 reliable plain "agreement after follower reconnects" b::fail_agree;
    "4B::fail_no_agree" 5 reliable plain "no agreement if too many followers disconnect" b::fail_no_agree;
    "4B::concurrent_starts" 3 reliable plain "concurrent Start()s" b::concurrent_starts;
    "4B::rejoin" 3 reliable plain "rejoin of partitioned leader" b::rejoin;
    "4B::backup" 5 reliable plain "leader backs up quickly over incorrect follower logs" b::backup;
    "4B::count" 3 reliable plain "RPC counts aren't too high" b::count;

    "4C::persist1" 3 reliable plain "basic persistence" c::persist1;
    "4C::persist2" 5 reliable plain "more persistence" c::persist2;
    "4C::persist3" 3 reliable plain "partitioned leader and one follower crash, leader restarts" c::persist3;
    "4C::figure8" 5 reliable plain "Figure 8" c::figure8;
    "4C::unreliable_agree" 5 unreliable plain "unreliable agreement" c::unreliable_agree;
    "4C::figure8_unreliable" 5 unreliable plain "Figure 8 (unreliable)" c::figure8_unreliable;
    "4C::reliable_churn" 5 reliable plain "churn" churn::churn;
    "4C::unreliable_churn" 5 unreliable plain "unreliable churn" churn::churn;

    "4D::snapshot_basic" 3 reliable snapshots "snapshots basic" d::snapshot_basic;
    "4D::snapshot_install" 3 reliable snapshots "install snapshots (disconnect)" d::snapshot_install;
    "4D::snapshot_install_unreliable" 3 unreliable snapshots "install snapshots (disconnect)" d::snapshot_install;
    "4D::snapshot_install_crash" 3 reliable snapshots "install snapshots (crash)" d::snapshot_install_crash;
    "4D::snapshot_install_unreliable_crash" 3 unreliable snapshots "install snapshots (crash)" d::snapshot_install_crash;
    "4D::snapshot_all_crash" 3 unreliable snapshots "crash and restart all servers" d::snapshot_all_crash;
    "4D::snapshot_init" 3 unreliable snapshots "snapshot initialization after crash" d::snapshot_init;
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_28_tests_with_names_of_their_own() {
        let names: BTreeSet<&str> = lab_tests().iter().map(|test| test.name).collect();
        assert_eq!(names.len(), lab_tests().len());
        let count = |suite| lab_tests().iter().filter(|test| test.suite() == suite).count();
        assert_eq!(["4A", "4B", "4C", "4D"].map(count), [3, 10, 8, 7]);
    }

    fn test_of_name(name: &str) -> &'static LabTest {
        lab_tests().iter().find(|test| test.name == name).unwrap()
    }

    #[test]
    fn the_title_is_the_labs_first_line() {
        let title = |name| test_of_name(name).title();
        let first = "Test (4A): initial election (reliable network)";
        assert_eq!(title("4A::initial_election"), first);
        let figure8 = "Test (4C): Figure 8 (unreliable) (unreliable network)";
        assert_eq!(title("4C::figure8_unreliable"), figure8);
    }

    #[test]
    fn a_config_says_what_the_table_says() {
        let config = test_of_name("4D::snapshot_install_unreliable_crash").config();
        assert_eq!((config.servers, config.snapshots, config.network.reliable), (3, true, false));
        assert!(config.network.long_delays && !config.network.long_reordering);
    }
}
