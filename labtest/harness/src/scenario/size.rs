//! How much there is to a scenario: its steps, which the shrinker makes fewer.
//!
//! A step is
//!
//! * a fault, as often as it happens (`times`);
//! * a burst of commands that a client submits; where bursts are drawn, those of the drawn ones that
//!   the time allows;
//! * a setting that has not its default, of the network, the disks, Raft, the clients, the recovery,
//!   the snapshots or the number of servers.
//!
//! How long the scenario goes on, its variation and its reseedings are none: every scenario has some.

use super::Scenario;
use toml::{Table, Value};

/// What is not a setting: the frame of the run, and what is counted by itself.
const NO_SETTINGS: [&str; 5] = ["variation", "safety_ms", "reseed", "burst", "step"];

/// Where a setting stands: the names of its tables and its own.
pub(crate) type Path = Vec<String>;

impl Scenario {
    /// How many steps it has: faults, as often as each happens, bursts of commands, and settings other than the
    /// default. How long it takes is not a step.
    ///
    /// The seed is that of the run, which draws the bursts if the scenario does not name them.
    ///
    /// ```
    /// # use harness as labtest;
    /// use labtest::scenario::{Burst, Scenario};
    ///
    /// let quiet = "[clients]\nclients = 0";
    /// assert_eq!(Scenario::from_toml(quiet, "quiet.toml")?.step_count(17), 1);
    ///
    /// let text = "servers = 5\n[[burst]]\nat_ms = 700\ncommands = 3\n[[step]]\nat_ms = 800\n\
    ///     target = \"leader\"\nfor_ms = 300\ntimes = 2\nfault = { crash = { unsynced = \"lost\" } }";
    /// assert_eq!(Scenario::from_toml(text, "it.toml")?.step_count(17), 1 + 1 + 2);
    /// # Ok::<(), labtest::scenario::ScenarioError>(())
    /// ```
    pub fn step_count(&self, seed: u64) -> u64 {
        let faults: u64 = self.steps.iter().map(|step| step.times).sum();
        let bursts = self.burst_count(self.safety_ms, self.simulation_seed(seed));
        faults + (bursts + self.settings().len()) as u64
    }

    /// The settings that have not their defaults.
    pub(crate) fn settings(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        if let (Some(table), Some(default)) = (table(self), table(&Scenario::default())) {
            collect(&table, &default, &mut Vec::new(), &mut paths);
        }
        paths
    }

    /// The same with these settings as they are by default; nothing where that can't be.
    pub(crate) fn with_defaults(&self, settings: &[Path]) -> Option<Scenario> {
        let (mut changed, default) = (table(self)?, table(&Scenario::default())?);
        for path in settings {
            set(&mut changed, &default, path);
        }
        let scenario: Scenario = Value::Table(changed).try_into().ok()?;
        let scenario = scenario.with_servers(scenario.servers);
        scenario.is_possible().then_some(scenario)
    }

    /// The same with that many servers: steps that wait for one that is gone wait for any.
    pub(crate) fn with_servers(&self, servers: usize) -> Scenario {
        let mut changed = Scenario { servers, ..self.clone() };
        for step in &mut changed.steps {
            step.of = step.of.filter(|server| *server < servers);
        }
        changed
    }
}

/// `None` if a number in it is larger than any of TOML's.
fn table(scenario: &Scenario) -> Option<Table> {
    Table::try_from(scenario).ok()
}

fn collect(table: &Table, default: &Table, above: &mut Path, paths: &mut Vec<Path>) {
    for (key, value) in table {
        if above.is_empty() && NO_SETTINGS.contains(&key.as_str()) {
            continue;
        }
        above.push(key.clone());
        match (value, default.get(key)) {
            (Value::Table(inner), Some(Value::Table(default))) => {
                collect(inner, default, above, paths);
            }
            (value, usual) if usual != Some(value) => paths.push(above.clone()),
            _ => {}
        }
        above.pop();
    }
}

fn set(table: &mut Table, default: &Table, path: &[String]) {
    let [key, rest @ ..] = path else { return };
    match (table.get_mut(key), default.get(key)) {
        (Some(Value::Table(inner)), Some(Value::Table(default))) => set(inner, default, rest),
        (_, Some(usual)) => {
            table.insert(key.clone(), usual.clone());
        }
        // What is not written by default.
        (_, None) => {
            table.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choice, Exploration, FaultFilter};

    #[test]
    fn a_scenario_with_all_settings_at_their_defaults_has_none() {
        assert!(Scenario::default().settings().is_empty());
        for seed in 0..50 {
            let drawn = Scenario::draw(Exploration::Everything, seed, &FaultFilter::all());
            let plain = drawn.with_defaults(&drawn.settings()).unwrap();
            assert!(plain.settings().is_empty(), "{:?}", plain.settings());
            let steps = &drawn.with_servers(3).steps;
            assert_eq!((&plain.steps, plain.safety_ms), (steps, drawn.safety_ms));
        }
    }

    #[test]
    fn settings_are_told_apart() {
        let mut scenario = Scenario::default();
        scenario.raft.pre_vote = true;
        scenario.clients.choice = Choice::Random;
        scenario.network.loss_percent = 10;
        let settings = scenario.settings();
        let names: Vec<String> = settings.iter().map(|path| path.join(".")).collect();
        assert_eq!(names, ["clients.choice", "network.loss_percent", "raft.pre_vote"]);
        let changed = scenario.with_defaults(&settings[1..]).unwrap();
        assert_eq!((changed.clients.choice, changed.raft.pre_vote), (Choice::Random, false));
    }

    #[test]
    fn what_can_not_be_is_not_made() {
        let mut scenario = Scenario::default();
        scenario.raft.election_timeout_min_ms = 2_000;
        scenario.raft.election_timeout_max_ms = 3_000;
        let shortest: Path = vec!["raft".into(), "election_timeout_max_ms".into()];
        assert_eq!(scenario.with_defaults(&[shortest]), None);
    }
}
