//! What a scenario can't be.

use super::Scenario;
use crate::faults::Split;
use crate::nemesis::when::When;
use crate::{FaultSpec, Target};

/// A run with more would take too long to be of use.
const SERVERS_MAX: usize = 9;
/// An hour.
const TIME_MS_MAX: u64 = 3_600_000;
const CLIENTS_MAX: u64 = 1000;
const COMMANDS_MAX: u64 = 1_000_000;
const BYTES_MAX: usize = 1_000_000;

impl Scenario {
    /// Says what can't be, if anything: the key, what is expected, what was found.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        let Scenario { network, disk, clients, .. } = self;
        range("servers", self.servers as u64, 1, SERVERS_MAX as u64)?;
        range("safety_ms", self.safety_ms, 1, TIME_MS_MAX)?;
        range("snapshot_shift", self.snapshot_shift, 0, COMMANDS_MAX)?;
        range("clock_percent_max", u64::from(self.recovery.clock_percent_max), 100, 1000)?;
        range("delay_ms", network.delay_ms, 0, TIME_MS_MAX)?;
        range("late_ms", network.late_ms, 0, TIME_MS_MAX)?;
        range("loss_notice_ms", network.loss_notice_ms, 0, TIME_MS_MAX)?;
        for (key, percent) in [
            ("loss_percent", network.loss_percent),
            ("duplicate_percent", network.duplicate_percent),
            ("late_percent", network.late_percent),
        ] {
            range(key, u64::from(percent), 0, 100)?;
        }
        range("sync_max_ms", disk.sync_max_ms, disk.sync_min_ms, TIME_MS_MAX)?;
        range("clients", clients.clients as u64, 0, CLIENTS_MAX)?;
        range("commands", clients.commands, 0, COMMANDS_MAX)?;
        range("burst_max", clients.burst_max, 1, COMMANDS_MAX)?;
        range("pause_max_ms", clients.pause_max_ms, clients.pause_min_ms.max(1), TIME_MS_MAX)?;
        range("bytes", clients.bytes as u64, 0, BYTES_MAX as u64)?;
        if let Some(kv) = &self.kv {
            let work = &kv.workload;
            range("clients", work.clients as u64, 0, 1000)?;
            range("keys", work.keys, 1, 1_000_000)?;
            range("think_max_ms", work.think_max_ms, work.think_min_ms.max(1), TIME_MS_MAX)?;
            range("operation_timeout_ms", kv.operation_timeout_ms, 0, TIME_MS_MAX)?;
        }
        self.raft.check().map_err(|error| Mistake {
            key: Some(error.key),
            place: None,
            message: format!("`{}` must be {}, found {}", error.key, error.expected, error.value),
        })?;
        self.check_steps()?;
        self.check_bursts()
    }

    /// Whether it can be at all.
    pub(crate) fn is_possible(&self) -> bool {
        self.check().is_ok()
    }

    fn check_steps(&self) -> Result<(), Mistake> {
        for (number, step) in self.steps.iter().enumerate() {
            let in_step = |mistake: Mistake| Mistake { place: Some(("step", number)), ..mistake };
            let mistake = |key, message| in_step(Mistake { key: Some(key), place: None, message });
            check_when(step.when()).map_err(in_step)?;
            range("for_ms", step.for_ms, 0, TIME_MS_MAX).map_err(in_step)?;
            range("times", step.times, 1, 1_000_000).map_err(in_step)?;
            if self.steps[..number].iter().any(|earlier| earlier.id == step.id) {
                let id = step.id;
                let message = format!("`id` must be a number of its own, {id} is taken");
                return Err(mistake("id", message));
            }
            self.check_target("target", step.target).map_err(in_step)?;
            step.fault.check().map_err(|message| mistake(step.fault.name(), message))?;
            if let FaultSpec::Split(Split { from: Some(from), .. }) = step.fault {
                self.check_target("from", Target::Servers(from)).map_err(in_step)?;
            }
        }
        Ok(())
    }

    fn check_bursts(&self) -> Result<(), Mistake> {
        for (number, burst) in self.bursts.iter().enumerate() {
            let in_burst = |mistake: Mistake| Mistake { place: Some(("burst", number)), ..mistake };
            let check = || {
                range("client", burst.client as u64, 0, CLIENTS_MAX - 1)?;
                check_when(burst.when())?;
                range("commands", burst.commands, 1, COMMANDS_MAX)?;
                burst.to.map_or(Ok(()), |target| self.check_target("to", target))
            };
            check().map_err(in_burst)?;
        }
        Ok(())
    }

    fn check_target(&self, key: &'static str, target: Target) -> Result<(), Mistake> {
        let highest = match target {
            Target::Servers(set) => set.highest(),
            _ => None,
        };
        match highest.filter(|server| *server >= self.servers) {
            Some(server) => {
                let most = self.servers - 1;
                let message = format!("`{key}` must name servers from 0 to {most}, found {server}");
                Err(Mistake { key: Some(key), place: None, message })
            }
            None => Ok(()),
        }
    }
}

/// What can't be, and where it stands.
pub(super) struct Mistake {
    pub(super) key: Option<&'static str>,
    /// In which of the parts of that name, from 0.
    pub(super) place: Option<(&'static str, usize)>,
    pub(super) message: String,
}

fn check_when(when: When) -> Result<(), Mistake> {
    range("at_ms", when.at_ms, 0, TIME_MS_MAX)?;
    range("then_ms", when.then_ms, 0, TIME_MS_MAX)?;
    range("nth", when.nth, 1, 1_000_000)
}

fn range(key: &'static str, value: u64, least: u64, most: u64) -> Result<(), Mistake> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let message = format!("`{key}` must be from {least} to {most}, found {value}");
    Err(Mistake { key: Some(key), place: None, message })
}
