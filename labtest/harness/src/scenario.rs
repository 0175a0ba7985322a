//! A scenario: everything that a run of an exploration is, as data.
//!
//! It is drawn whole from a seed ([`draw`](Scenario::draw)), written as TOML, edited by a person, read again
//! ([`file`]), and made smaller by the shrinker. With a seed it is a run: the same scenario under the same seed
//! is the same run forever. Some are good for [live](Scenario::check_live) runs, too, on servers that are
//! processes.

mod burst;
mod check;
mod check_live;
mod draw;
mod draw_kv;
mod draw_lease;
mod draw_live;
mod draw_snapshots;
mod draw_steps;
mod exploration;
mod file;
mod load;
mod network;
mod reseed;
mod show;
mod size;

pub use burst::Burst;
pub(crate) use burst::DrawnBursts;
pub use check_live::NotLive;
pub(crate) use draw::delay_ms_max;
pub(crate) use draw_lease::lease_ms_max;
pub(crate) use draw_steps::{STEPS_MAX, step_ms_max};
pub use exploration::Exploration;
pub use file::{ScenarioError, UnwritableScenario};
pub use load::{Choice, Load};
pub use network::BaseNetwork;
pub use reseed::Reseed;

use crate::nemesis::SyncDelay;
use crate::nemesis::step::Step;
use crate::nemesis::when::is_zero;
use crate::{Checks, Config, KvConfig, Limits, ServiceTimes, Workload};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Everything that a run of an exploration is, but for the seed.
///
/// ```
/// # use harness as labtest;
/// use labtest::nemesis::FaultFilter;
/// use labtest::scenario::{Exploration, Scenario};
///
/// let scenario = Scenario::draw(Exploration::Everything, 17, &FaultFilter::all());
/// let text = scenario.to_toml()?;
/// assert_eq!(Scenario::from_toml(&text, "my.toml")?, scenario);
///
/// let error = Scenario::from_toml("servers = 5\nsnapshots = 1", "my.toml").unwrap_err();
/// assert!(error.to_string().starts_with("my.toml:2: unknown key `snapshots`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// How many servers, 1 to 9.
    pub servers: usize,
    /// Another number makes another run of the same seed: the same faults at the same times, other
    /// orders of what happens at once and other draws.
    #[serde(skip_serializing_if = "is_zero")]
    pub variation: u64,
    /// How long faults and clients go on, in milliseconds.
    pub safety_ms: u64,
    /// How many entries the service applies between two snapshots; 0: it takes none.
    pub snapshot_interval: u64,
    /// How many entries earlier than the server before it each server takes its snapshots; 0: all take
    /// them at the same places.
    pub snapshot_shift: u64,
    /// How many bytes a snapshot has at least, 0 to 10,000,000. Large ones are sent in pieces.
    pub snapshot_bytes: usize,
    /// The network when nothing is wrong with it.
    pub network: BaseNetwork,
    /// The disks when nothing is wrong with them.
    pub disk: BaseDisk,
    /// The options of this project's Raft. Other implementations may use what fits them.
    pub raft: raft::Config,
    /// What takes what Raft applies.
    #[serde(skip_serializing_if = "ServiceTimes::is_usual")]
    pub service: ServiceTimes,
    /// What clients do.
    pub clients: Load,
    /// A store on the servers, and what its clients do, in the place of `clients`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv: Option<KvConfig>,
    /// What must work at the end.
    pub recovery: Recovery,
    /// When all chance is drawn anew.
    #[serde(rename = "reseed", skip_serializing_if = "Vec::is_empty")]
    pub reseeds: Vec<Reseed>,
    /// What clients submit when, if that is said and not drawn.
    #[serde(rename = "burst", skip_serializing_if = "Vec::is_empty")]
    pub bursts: Vec<Burst>,
    /// What goes wrong.
    #[serde(rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// How disks behave when nothing is wrong with them: what was not synced may be lost in a crash,
/// and nothing else ever happens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BaseDisk {
    /// They have the journal for directories on them, and not the lab's persister: a write is several
    /// operations on files, and a crash can come between any two.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub journal: bool,
    /// The shortest time of a sync, in milliseconds.
    pub sync_min_ms: u64,
    /// The longest, in milliseconds.
    pub sync_max_ms: u64,
}

impl BaseDisk {
    /// The shortest and the longest time of a sync.
    pub fn sync(&self) -> SyncDelay {
        (Duration::from_millis(self.sync_min_ms), Duration::from_millis(self.sync_max_ms))
    }
}

/// The second part of a run: a quorum, drawn by chance, is whole again, and others after it, and must elect a leader,
/// commit and agree, no matter what the others do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recovery {
    /// How many servers more than a bare majority are whole again.
    pub extra: usize,
    /// What the others do.
    pub others: Others,
    /// The clocks run at different rates, each between the true one and this many percent of it.
    pub clock_percent_max: u32,
    /// The longest delay of a message then, in milliseconds; 0: as on a network that works well.
    #[serde(skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
    /// How many other quorums recover one after another when the first has, before all servers do.
    #[serde(skip_serializing_if = "is_zero")]
    pub shifts: u64,
}

/// What the servers outside the quorum do when that recovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Others {
    /// They are whole again, too.
    Whole,
    /// They are down.
    Down,
    /// They run, and can talk to nobody.
    CutOff,
    /// They stand still.
    Paused,
    /// Each of them one of these, by chance.
    Mixed,
    /// They can talk with some of the quorum and not with others, in either direction, by chance.
    /// Only Rafts with pre-vote and quorum checks can live with that: see
    /// [`Supports::quorum_checks`](crate::Supports::quorum_checks).
    HalfConnected,
}

impl Default for Recovery {
    fn default() -> Recovery {
        Recovery { extra: 0, others: Others::Mixed, clock_percent_max: 100, delay_ms: 0, shifts: 0 }
    }
}

impl Default for Scenario {
    /// Three servers, three clients, ten seconds, and nothing that goes wrong.
    fn default() -> Scenario {
        Scenario {
            servers: 3,
            variation: 0,
            safety_ms: 10_000,
            snapshot_interval: 0,
            snapshot_shift: 0,
            snapshot_bytes: 0,
            network: BaseNetwork::default(),
            disk: BaseDisk::default(),
            raft: raft::Config::default(),
            service: ServiceTimes::default(),
            clients: Load::default(),
            kv: None,
            recovery: Recovery::default(),
            reseeds: Vec::new(),
            bursts: Vec::new(),
            steps: Vec::new(),
        }
    }
}

/// Roughly, entries that do not come from clients: leaders', and those of the recovery.
const OTHER_ENTRIES: u64 = 100;

impl Scenario {
    /// What its cluster is built from.
    pub fn config(&self) -> Config {
        // Quorums recover, then the others, and then it is calm for a while.
        let recoveries = 3 + self.recovery.shifts as u32;
        let test_s =
            (self.safety() + recoveries * self.recovery_limit()).as_secs() + self.reading_s();
        Config {
            servers: self.servers,
            snapshots: self.snapshot_interval > 0,
            snapshot_interval: self.snapshot_interval.max(1),
            snapshot_shift: self.snapshot_shift,
            snapshot_bytes: self.snapshot_bytes,
            journal: self.disk.journal,
            service: self.service.clone(),
            raft: self.raft.clone(),
            limits: Limits { test_s, steps: self.steps_max() },
            kv: self.kv.clone(),
            checks: Checks { unsynced_is_lost: true, ..Checks::default() },
            ..Config::default()
        }
    }

    /// How long faults and clients go on.
    pub(crate) fn safety(&self) -> Duration {
        Duration::from_millis(self.safety_ms)
    }

    /// How long the quorum has to recover: ten seconds and thirty elections, and what a snapshot takes on its way
    /// and the service for all that there is. An election that is not split by chance takes one election timeout, and most are not.
    pub(crate) fn recovery_limit(&self) -> Duration {
        let election = Duration::from_millis(self.raft.election_timeout_max_ms);
        let service = Duration::from_millis(self.service_ms());
        Duration::from_secs(10) + 30 * election + service + self.transfer()
    }

    /// How long a snapshot takes at most that goes out piece by piece when nothing is wrong, and is begun again
    /// once.
    fn transfer(&self) -> Duration {
        let round_trip = Duration::from_millis(2 * self.recovery.delay_ms.max(2));
        2 * round_trip.saturating_mul(self.pieces_max() as u32)
    }

    /// How many pieces a snapshot goes out in, about; 0 if there are none, and where they are small.
    pub(crate) fn pieces_max(&self) -> u64 {
        match self.snapshot_interval {
            0 => 0,
            _ => (self.snapshot_bytes / self.raft.snapshot_piece_bytes_max.max(1)) as u64,
        }
    }

    /// How long a service takes at most that has to apply everything again. Clients of a store wait for it.
    fn service_ms(&self) -> u64 {
        if self.service.is_usual() {
            return 0;
        }
        let commands = if self.kv.is_some() { 0 } else { self.clients.commands };
        let waited_ms = if self.kv.is_some() { 2 * self.safety_ms } else { 0 };
        waited_ms + self.service.backlog_ms(commands + OTHER_ENTRIES, self.snapshot_interval)
    }

    /// How long all reads at the end may take together, in seconds: each has as long as the quorum had,
    /// and one a second is slow for the slowest of networks that are drawn.
    fn reading_s(&self) -> u64 {
        self.kv.as_ref().map_or(0, |kv| kv.workload.all_keys().len() as u64)
    }

    /// How many steps of the simulation its run may have. Of thousands drawn none comes near a fifth
    /// of that; a Raft that sends without end is stopped before it fills the memory.
    fn steps_max(&self) -> u64 {
        let operations = self.kv.as_ref().map_or(0, |kv| {
            let Workload { rate_per_s, clients, .. } = kv.workload;
            match rate_per_s {
                // A client that waits only for answers gets one within two milliseconds, there and back.
                0 => self.safety_ms.saturating_mul(clients as u64) / 2,
                rate => (self.safety_ms / 1_000 + 1).saturating_mul(rate),
            }
        });
        let commands = self.clients.commands.saturating_add(operations);
        // While everybody waits for a slow service a Raft sends heartbeats, and ticks.
        let waits_ms = self.safety_ms.saturating_add(self.service_ms());
        (100_000 + 20 * waits_ms).saturating_add(commands.saturating_mul(100))
    }

    /// The seed of the simulation for a run under that seed.
    pub(crate) fn simulation_seed(&self, seed: u64) -> u64 {
        self.own_seed().unwrap_or(seed) ^ self.variation.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_that_wait_for_nothing_but_answers_may_take_more_steps() {
        let busy = |clients, rate_per_s| {
            let workload = Workload { clients, rate_per_s, ..Workload::default() };
            let kv = Some(KvConfig { workload, ..KvConfig::default() });
            Scenario { kv, safety_ms: 5_000, ..Scenario::default() }.steps_max()
        };
        // Of eight servers some twelve steps a message, and a message or two to each of them an operation.
        assert!(busy(3, 0) > 400_000, "{}", busy(3, 0));
        assert!(busy(6, 0) > busy(3, 0) && busy(3, 0) > busy(3, 10));
    }

    #[test]
    fn a_run_that_waits_for_a_slow_service_may_take_more_steps() {
        let usual = Scenario { snapshot_interval: 2, ..Scenario::default() };
        let service = ServiceTimes { apply_max_ms: 1, stall_ms: 1325, snapshot_ms: 175 };
        let slow = Scenario { service, ..usual.clone() };
        // Of five servers with a heartbeat each 28 ms, each a task or two, and a tick each 6 ms.
        let steps_per_ms = 6;
        let waits_ms = slow.service_ms();
        assert!(waits_ms > 60_000, "{waits_ms}");
        assert!(slow.steps_max() > usual.steps_max() + steps_per_ms * waits_ms);
    }
}
