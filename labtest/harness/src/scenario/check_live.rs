//! What a scenario can't be in a live run: on servers that are processes.
//!
//! A setting that has its default has no meaning there and does no harm. One that somebody has set is meant,
//! and is refused where it can't be had.

use super::check::{of_fault, part};
use super::{Others, Scenario};
use crate::nemesis::Event;
use crate::toml_file::{Key, Mistake, keys};
use crate::{FAULTS, KvConfig, Step, Weights};

/// Why a live run can't do what a scenario says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(.step))]
pub struct NotLive {
    /// Which step it is about, by its place from 0, if it is about one.
    pub step: Option<usize>,
    /// Which key, and why not.
    pub message: String,
}

fn place(step: &Option<usize>) -> String {
    step.map_or_else(String::new, |step| format!("step {}: ", step + 1))
}

/// Settings that a live run honours.
const HONOURED: [&str; 4] = ["servers", "disk.journal", "disk.sync_min_ms", "disk.sync_max_ms"];

impl Scenario {
    /// Whether servers that are processes can do all that it says.
    ///
    /// ```
    /// # use harness as labtest;
    /// use labtest::scenario::Scenario;
    ///
    /// let text = "[[step]]\nat_ms = 1000\ntarget = \"leader\"\nfor_ms = 500\nfault = { pause = {} }\n\
    ///     [[step]]\nat_ms = 2000\ntarget = \"leader\"\nfor_ms = 500\nfault = { clock-jump = { ms = 9 } }";
    /// let scenario = Scenario::from_toml(text, "it.toml")?;
    /// let no = scenario.check_live().unwrap_err();
    /// assert!(no.to_string().starts_with("step 2: `fault` must be one that a live run can do"));
    ///
    /// let no = Scenario::from_toml_for_live(text, "it.toml").unwrap_err();
    /// assert_eq!(no.line, 10);
    /// # Ok::<(), labtest::scenario::ScenarioError>(())
    /// ```
    ///
    /// # Errors
    /// The first thing that they can't do.
    pub fn check_live(&self) -> Result<(), NotLive> {
        self.mistake_in_live().map_err(|Mistake { path, message }| {
            let step = match path.as_slice() {
                [Key::Name(name), Key::Place(step), ..] if name == "step" => Some(*step),
                _ => None,
            };
            NotLive { step, message }
        })
    }

    /// Whether one of its steps has a crash that loses what was not synced: a live run's servers need disks
    /// of which a killed process takes something with it.
    pub fn cuts_power(&self) -> bool {
        self.steps.iter().any(|step| step.fault.loses_unsynced())
    }

    pub(super) fn mistake_in_live(&self) -> Result<(), Mistake> {
        if self.variation != 0 {
            return Err(not_honoured("variation"));
        }
        if !self.reseeds.is_empty() {
            let message = "chance is real in a live run, and can't be drawn anew".to_owned();
            return Err(Mistake { path: part("reseed", 0), message });
        }
        self.check_settings()?;
        self.kv.as_ref().map_or(Ok(()), check_kv)?;
        if !self.bursts.is_empty() {
            let message = "bursts are commands for a log, and clients of a live run use a store: say with \
                           `[kv.workload]` what they do";
            return Err(Mistake { path: part("burst", 0), message: message.to_owned() });
        }
        self.steps.iter().enumerate().try_for_each(|(number, step)| {
            check_step(step).map_err(|it| it.below(part("step", number)))
        })
    }

    fn check_settings(&self) -> Result<(), Mistake> {
        let is_honoured = |path: &str| match path {
            // All servers are whole again when a live run ends.
            "recovery.others" => self.recovery.others == Others::Whole,
            _ => HONOURED.contains(&path) || path.split('.').next() == Some("kv"),
        };
        let mut settings = self.settings().into_iter().map(|path| path.join("."));
        settings.find(|path| !is_honoured(path)).map_or(Ok(()), |path| Err(not_honoured(&path)))
    }
}

fn not_honoured(path: &str) -> Mistake {
    let section = path.split('.').next().unwrap_or(path);
    let why = match section {
        "variation" => "of a seed there are no variations",
        "network" => "the network is the machine's own",
        "disk" => "the disks are the machine's own",
        "service" => "the service is the servers' own",
        "clients" => "clients use a store, and `[kv.workload]` says what they do",
        "recovery" => "all servers are whole again at the end",
        _ => "servers have the options with which they are started",
    };
    let message = format!("`{path}` can only be set for simulations; in a live run {why}");
    Mistake { path: keys(path), message }
}

fn check_kv(kv: &KvConfig) -> Result<(), Mistake> {
    let usual = KvConfig::default();
    for (path, is_usual) in [
        ("kv.snapshot_at_bytes", kv.snapshot_at_bytes == usual.snapshot_at_bytes),
        ("kv.sessions_max", kv.sessions_max == usual.sessions_max),
        ("kv.lossy_clients", kv.lossy_clients == usual.lossy_clients),
    ] {
        if !is_usual {
            return Err(not_honoured(path));
        }
    }
    let Weights { put_at_version, .. } = kv.workload.weights;
    if put_at_version > 0 && kv.workload.weights != usual.workload.weights {
        let message = "`kv.workload.weights.put_at_version` must be 0 in a live run: no server has that \
                       operation";
        let path = keys("kv.workload.weights.put_at_version");
        return Err(Mistake { path, message: message.to_owned() });
    }
    Ok(())
}

fn check_step(step: &Step) -> Result<(), Mistake> {
    if let Some(event) = step.on.filter(|event| !event.is_seen_live()) {
        let seen = Event::ALL.into_iter().filter(|event| event.is_seen_live());
        let seen: Vec<String> = seen.map(|event| format!("`{event}`")).collect();
        let expected = format!("one of what a live run sees, {}", seen.join(", "));
        return Err(Mistake::value(keys("on"), &expected, format!("`{event}`")));
    }
    if step.fault.kind().live.is_none() {
        let can = FAULTS.iter().filter(|kind| kind.live.is_some()).map(|kind| kind.name);
        let (can, name) = (can.collect::<Vec<_>>().join(", "), step.fault.name());
        let expected = "`fault` must be one that a live run can do";
        let message = format!("{expected} ({can}), found `{name}`");
        return Err(Mistake { path: keys(&format!("fault.{name}")), message });
    }
    step.fault.check_live().map_err(|message| of_fault(&step.fault, message))
}

#[cfg(test)]
mod tests;
