//! What a scenario can't be.

use super::{Reseed, Scenario};
use crate::config::KV_RANGES;
use crate::faults::Split;
use crate::nemesis::when::When;
use crate::toml_file::{Key, Mistake, Ranges, Row, keys};
use crate::{Burst, FaultSpec, Step, Target};
use std::collections::BTreeSet;

/// An hour.
const TIME_MS_MAX: u64 = 3_600_000;
const CLIENTS_MAX: u64 = 1000;
const COMMANDS_MAX: u64 = 1_000_000;
const TIMES_MAX: u64 = 1_000_000;
/// Of numbers that only tell things apart.
const NUMBER_MAX: u64 = u32::MAX as u64;

/// More bursts than a run can make use of: each has at least one command.
const BURSTS_MAX: u64 = COMMANDS_MAX;

/// The ranges of a scenario's numbers.
pub(super) const RANGES: Ranges = Ranges(&[SCENARIO_RANGES, KV_RANGES]);

const SCENARIO_RANGES: &[Row] = &[
    // A run with more would take too long to be of use.
    ("servers", 1, 9),
    ("variation", 0, NUMBER_MAX),
    ("safety_ms", 1, TIME_MS_MAX),
    ("snapshot_interval", 0, 1_000_000_000),
    ("snapshot_shift", 0, COMMANDS_MAX),
    ("snapshot_bytes", 0, 10_000_000),
    ("recovery.clock_percent_max", 100, 1000),
    ("recovery.delay_ms", 0, TIME_MS_MAX),
    ("recovery.shifts", 0, 100),
    ("recovery.extra", 0, 9),
    ("network.delay_ms", 0, TIME_MS_MAX),
    ("network.late_ms", 0, TIME_MS_MAX),
    ("network.loss_notice_ms", 0, TIME_MS_MAX),
    ("network.loss_percent", 0, 100),
    ("network.duplicate_percent", 0, 100),
    ("network.late_percent", 0, 100),
    ("disk.sync_min_ms", 0, TIME_MS_MAX),
    ("disk.sync_max_ms", 0, TIME_MS_MAX),
    ("clients.clients", 0, CLIENTS_MAX),
    ("clients.commands", 0, COMMANDS_MAX),
    ("clients.burst_max", 1, COMMANDS_MAX),
    ("clients.pause_min_ms", 0, TIME_MS_MAX),
    ("clients.pause_max_ms", 1, TIME_MS_MAX),
    ("clients.bytes", 0, 1_000_000),
    ("clients.read_pause_ms", 0, TIME_MS_MAX),
    ("clients.eager", 0, CLIENTS_MAX),
    ("service.apply_max_ms", 0, 1_000),
    ("service.snapshot_ms", 0, 10_000),
    ("service.stall_ms", 0, 10_000),
    ("reseed.at_us", 0, 1_000 * TIME_MS_MAX),
    ("reseed.seed", 0, Reseed::SEED_MAX),
    ("step.id", 0, NUMBER_MAX),
    ("step.at_ms", 0, TIME_MS_MAX),
    ("step.then_ms", 0, TIME_MS_MAX),
    ("step.nth", 1, TIMES_MAX),
    ("step.for_ms", 0, TIME_MS_MAX),
    ("step.times", 1, TIMES_MAX),
    ("burst.at_ms", 0, TIME_MS_MAX),
    ("burst.then_ms", 0, TIME_MS_MAX),
    ("burst.nth", 1, TIMES_MAX),
    ("burst.client", 0, CLIENTS_MAX - 1),
    ("burst.commands", 1, COMMANDS_MAX),
];

impl Scenario {
    /// Says what can't be, if anything: the key, what is expected, what was found.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        self.check_numbers()?;
        let Scenario { disk, clients, .. } = self;
        not_below("disk.sync_max_ms", disk.sync_max_ms, "disk.sync_min_ms", disk.sync_min_ms)?;
        let (shortest, longest) = (clients.pause_min_ms, clients.pause_max_ms);
        not_below("clients.pause_max_ms", longest, "clients.pause_min_ms", shortest)?;
        self.check_budget()?;
        self.kv.as_ref().map_or(Ok(()), |kv| kv.check())?;
        self.raft.check().map_err(|error| Mistake::of_raft(&error))?;
        self.check_reseeds()?;
        self.check_steps()?;
        self.check_bursts()
    }

    /// Whether it can be at all.
    pub(crate) fn is_possible(&self) -> bool {
        self.check().is_ok()
    }

    fn check_numbers(&self) -> Result<(), Mistake> {
        let Scenario { network, disk, clients, service, recovery, .. } = self;
        for (path, value) in [
            ("servers", self.servers as u64),
            ("variation", self.variation),
            ("safety_ms", self.safety_ms),
            ("snapshot_interval", self.snapshot_interval),
            ("snapshot_shift", self.snapshot_shift),
            ("snapshot_bytes", self.snapshot_bytes as u64),
            ("recovery.clock_percent_max", u64::from(recovery.clock_percent_max)),
            ("recovery.delay_ms", recovery.delay_ms),
            ("recovery.shifts", recovery.shifts),
            ("recovery.extra", recovery.extra as u64),
            ("network.delay_ms", network.delay_ms),
            ("network.late_ms", network.late_ms),
            ("network.loss_notice_ms", network.loss_notice_ms),
            ("network.loss_percent", u64::from(network.loss_percent)),
            ("network.duplicate_percent", u64::from(network.duplicate_percent)),
            ("network.late_percent", u64::from(network.late_percent)),
            ("disk.sync_min_ms", disk.sync_min_ms),
            ("disk.sync_max_ms", disk.sync_max_ms),
            ("clients.clients", clients.clients as u64),
            ("clients.commands", clients.commands),
            ("clients.burst_max", clients.burst_max),
            ("clients.pause_min_ms", clients.pause_min_ms),
            ("clients.pause_max_ms", clients.pause_max_ms),
            ("clients.bytes", clients.bytes as u64),
            ("clients.read_pause_ms", clients.read_pause_ms),
            ("clients.eager", clients.eager as u64),
            ("service.apply_max_ms", service.apply_max_ms),
            ("service.snapshot_ms", service.snapshot_ms),
            ("service.stall_ms", service.stall_ms),
        ] {
            RANGES.check(keys(path), value)?;
        }
        Ok(())
    }

    /// Drawn bursts are as many as the time allows, which may be far more than memory holds.
    fn check_budget(&self) -> Result<(), Mistake> {
        let clients = &self.clients;
        let pause_ms = u64::midpoint(clients.pause_min_ms, clients.pause_max_ms).max(1);
        let bursts = clients.clients as u64 * (self.safety_ms / pause_ms);
        if bursts <= BURSTS_MAX || !self.bursts.is_empty() {
            return Ok(());
        }
        let message = format!(
            "`clients.clients`, `clients.pause_min_ms`, `clients.pause_max_ms` and `safety_ms` \
             together make about {bursts} bursts of commands, and at most {BURSTS_MAX} can be: \
             take fewer clients, longer pauses or less time"
        );
        Err(Mistake { path: keys("clients.clients"), message })
    }

    fn check_reseeds(&self) -> Result<(), Mistake> {
        let mut before = None;
        for (number, reseed) in self.reseeds.iter().enumerate() {
            let checked = within("reseed", "at_us", reseed.at_us)
                .and_then(|()| within("reseed", "seed", reseed.seed));
            checked.map_err(|it| it.below(part("reseed", number)))?;
            if before >= Some(reseed.at_us) {
                let message =
                    format!("`at_us` must be after the one before it, found {}", reseed.at_us);
                return Err(Mistake { path: keys("at_us"), message }.below(part("reseed", number)));
            }
            before = Some(reseed.at_us);
        }
        Ok(())
    }

    fn check_steps(&self) -> Result<(), Mistake> {
        let mut ids = BTreeSet::new();
        for (number, step) in self.steps.iter().enumerate() {
            let is_new = ids.insert(step.id);
            self.check_step(step, is_new).map_err(|it| it.below(part("step", number)))?;
        }
        Ok(())
    }

    fn check_step(&self, step: &Step, is_new: bool) -> Result<(), Mistake> {
        check_when("step", step.when())?;
        within("step", "id", step.id)?;
        within("step", "for_ms", step.for_ms)?;
        within("step", "times", step.times)?;
        if !is_new {
            let message = format!("`id` must be a number of its own, {} is taken", step.id);
            return Err(Mistake { path: keys("id"), message });
        }
        if let Some(of) = step.of.filter(|server| *server >= self.servers) {
            let expected = format!("a server from 0 to {}", self.servers - 1);
            return Err(Mistake::value(keys("of"), &expected, of));
        }
        if step.of.is_some() && step.on.is_none() {
            let message = "`of` says whose event `on` is, and there is no `on`".to_owned();
            return Err(Mistake { path: keys("of"), message });
        }
        self.check_target("target", step.target)?;
        step.fault.check().map_err(|message| of_fault(&step.fault, message))?;
        match step.fault {
            FaultSpec::Split(Split { from: Some(from), .. }) => {
                self.check_target("fault.split.from", Target::Servers(from))
            }
            _ => Ok(()),
        }
    }

    /// What has no effect in a simulation: clients of a log are not cut off. A live run has clients of a store
    /// in any case.
    pub(super) fn mistake_in_simulation(&self) -> Result<(), Mistake> {
        let without_effect =
            |step: &Step| self.kv.is_none() && matches!(step.fault, FaultSpec::Unreachable(_));
        match self.steps.iter().position(without_effect) {
            None => Ok(()),
            Some(number) => {
                let message = "`unreachable` has no effect without `[kv]`: only clients of a store are \
                               cut off from servers";
                let path = keys("fault.unreachable");
                Err(Mistake { path, message: message.to_owned() }.below(part("step", number)))
            }
        }
    }

    fn check_bursts(&self) -> Result<(), Mistake> {
        let bursts = self.bursts.iter().enumerate();
        bursts.into_iter().try_for_each(|(number, burst)| {
            self.check_burst(burst).map_err(|it| it.below(part("burst", number)))
        })
    }

    fn check_burst(&self, burst: &Burst) -> Result<(), Mistake> {
        within("burst", "client", burst.client as u64)?;
        check_when("burst", burst.when())?;
        within("burst", "commands", burst.commands)?;
        burst.to.map_or(Ok(()), |target| self.check_target("to", target))
    }

    fn check_target(&self, path: &str, target: Target) -> Result<(), Mistake> {
        let highest = match target {
            Target::Servers(set) => set.highest(),
            _ => None,
        };
        match highest.filter(|server| *server >= self.servers) {
            Some(server) => {
                let (most, key) = (self.servers - 1, path.rsplit('.').next().unwrap_or(path));
                let message = format!("`{key}` must name servers from 0 to {most}, found {server}");
                Err(Mistake { path: keys(path), message })
            }
            None => Ok(()),
        }
    }
}

/// Of a step: a mistake in what its fault is told.
pub(super) fn of_fault(fault: &FaultSpec, message: String) -> Mistake {
    // Where the sentence begins with the fault's own key, that has a line.
    let key = message.split('`').nth(1).unwrap_or_default();
    Mistake { path: keys(&format!("fault.{}.{key}", fault.name())), message }
}

/// Where a step or a burst stands, counted from 0.
pub(super) fn part(name: &str, number: usize) -> Vec<Key> {
    vec![Key::Name(name.to_owned()), Key::Place(number)]
}

/// A number of a part of the file; the error is told from there.
fn within(part: &str, key: &str, value: u64) -> Result<(), Mistake> {
    let checked = RANGES
        .check(vec![Key::Name(part.to_owned()), Key::Place(0), Key::Name(key.to_owned())], value);
    checked.map_err(|mistake| Mistake { path: keys(key), ..mistake })
}

fn check_when(part: &str, when: When) -> Result<(), Mistake> {
    within(part, "at_ms", when.at_ms)?;
    within(part, "then_ms", when.then_ms)?;
    within(part, "nth", when.nth)
}

/// The longest is not shorter than the shortest.
fn not_below(path: &str, value: u64, least: &str, least_value: u64) -> Result<(), Mistake> {
    if value >= least_value {
        return Ok(());
    }
    let expected = format!("at least `{least}`, which is {least_value}");
    Err(Mistake::value(keys(path), &expected, value))
}
