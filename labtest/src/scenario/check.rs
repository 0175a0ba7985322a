//! What a scenario can't be.

use super::Scenario;

/// A run with more would take too long to be of use.
const SERVERS_MAX: usize = 9;
/// An hour.
const TIME_MS_MAX: u64 = 3_600_000;
const COMMANDS_MAX: u64 = 1_000_000;
const BYTES_MAX: usize = 1_000_000;

impl Scenario {
    /// Says what can't be, if anything: the key, what is expected, what was found.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        let Scenario { network, disk, clients, .. } = self;
        range("servers", self.servers as u64, 1, SERVERS_MAX as u64)?;
        range("safety_ms", self.safety_ms, 1, TIME_MS_MAX)?;
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
        range("clients", clients.clients as u64, 0, 1000)?;
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
            step: None,
            message: format!("`{}` must be {}, found {}", error.key, error.expected, error.value),
        })?;
        self.check_steps()
    }

    fn check_steps(&self) -> Result<(), Mistake> {
        for (place, step) in self.steps.iter().enumerate() {
            let in_step = |mistake: Mistake| Mistake { step: Some(place), ..mistake };
            for (key, value) in
                [("at_ms", step.at_ms), ("for_ms", step.for_ms), ("then_ms", step.then_ms)]
            {
                range(key, value, 0, TIME_MS_MAX).map_err(in_step)?;
            }
            range("times", step.times, 1, 1_000_000).map_err(in_step)?;
            range("nth", step.nth, 1, 1_000_000).map_err(in_step)?;
            if self.steps[..place].iter().any(|earlier| earlier.id == step.id) {
                let message = format!("`id` must be a number of its own, {} is taken", step.id);
                return Err(Mistake { key: Some("id"), step: Some(place), message });
            }
            if let crate::Target::Server(server) = step.target
                && server >= self.servers
            {
                let message =
                    format!("`target` must be one of {} servers, found {server}", self.servers);
                return Err(Mistake { key: Some("target"), step: Some(place), message });
            }
            let mistake = |message| Mistake { key: Some(step.fault.name()), step: None, message };
            step.fault.check().map_err(mistake).map_err(in_step)?;
        }
        Ok(())
    }
}

/// What can't be, and where it stands.
pub(super) struct Mistake {
    pub(super) key: Option<&'static str>,
    pub(super) step: Option<usize>,
    pub(super) message: String,
}

fn range(key: &'static str, value: u64, least: u64, most: u64) -> Result<(), Mistake> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let message = format!("`{key}` must be from {least} to {most}, found {value}");
    Err(Mistake { key: Some(key), step: None, message })
}
