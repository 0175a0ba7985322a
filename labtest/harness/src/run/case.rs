//! A run before it begins: what its cluster is built from, and what is done with it.

use super::RunOptions;
use crate::explore;
use crate::nemesis::senses::{Eyes, Senses};
use crate::novelty::Sheet;
use crate::record::Recording;
use crate::suites::kv::KvTest;
use crate::suites::{self, RunningTest};
use crate::watch::Watcher;
use crate::{Cluster, Config, ConfigError, Exploration, LabTest, Overrides, Scenario, Supports};
use std::sync::Arc;

/// One run of one test.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Of the simulation.
    pub(super) seed: u64,
    pub(super) config: Config,
    /// Why the configuration file is incompatible with it, if it is: then there is no run.
    pub(super) clash: Option<ConfigError>,
    /// Who writes everything down, if anybody does.
    recording: Option<Recording>,
    /// Where its sketch is drawn, if anybody wants one.
    pub(super) sheet: Option<Sheet>,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Lab(fn(Cluster) -> RunningTest),
    KeyValue(&'static KvTest),
    Exploration(Arc<Scenario>),
}

/// The scenario with what the Raft under test has fixed in place of what was drawn: how long recovery
/// may take, and what the calm may cost, follow from it. Where the two don't go together nothing is
/// changed, and the run has a clash.
fn with_fixed(scenario: Arc<Scenario>, supports: &Supports) -> Arc<Scenario> {
    if supports.fixed.is_empty() {
        return scenario;
    }
    let fixed =
        Overrides::fixed(supports.fixed).and_then(|fixed| fixed.applied_to(&scenario.config()));
    match fixed {
        Ok(config) if config.raft != scenario.raft => {
            Arc::new(Scenario { raft: config.raft, ..(*scenario).clone() })
        }
        _ => scenario,
    }
}

/// A scenario that was drawn, without the lease if it can't have one.
pub(super) fn permitted(scenario: Scenario, supports: &Supports, options: &RunOptions) -> Scenario {
    let mut scenario = scenario;
    if scenario.raft.lease_ms > 0 && !can_have_a_lease(supports, options) {
        scenario.raft.lease_ms = 0;
    }
    scenario
}

/// What a seed draws for an exploration of that Raft.
pub(crate) fn draw(
    exploration: Exploration,
    seed: u64,
    supports: &Supports,
    options: &RunOptions,
) -> Scenario {
    permitted(Scenario::draw(exploration, seed, &options.faults), supports, options)
}

/// Whether the options stay as they are drawn that a lease is drawn by.
fn can_have_a_lease(supports: &Supports, options: &RunOptions) -> bool {
    let changes = |overrides: &Overrides| {
        let keys = ["check_quorum", "election_timeout_min_ms"];
        keys.iter().any(|key| overrides.sets_key("raft", key))
    };
    // What can't be read is told when it is laid over the scenario.
    let is_fixed = !supports.fixed.is_empty()
        && Overrides::fixed(supports.fixed).is_ok_and(|fixed| changes(&fixed));
    !is_fixed && !changes(&options.overrides)
}

/// The name that runs of a scenario from a file carry.
const OF_A_FILE: &str = "scenario";

impl Case {
    pub(super) fn of_test(
        test: &LabTest,
        seed: u64,
        supports: &Supports,
        options: &RunOptions,
    ) -> Case {
        let name = test.name;
        match test.body {
            suites::Body::Lab(body) => {
                let case = Case::of(test.config(), seed, Body::Lab(body), supports, options);
                case.called(test).told(|| name.to_owned())
            }
            suites::Body::KeyValue(of_store) => {
                let case =
                    Case::of(test.config(), seed, Body::KeyValue(of_store), supports, options);
                case.called(test).told(|| name.to_owned())
            }
            suites::Body::Exploration(exploration) => {
                let scenario = Arc::new(draw(exploration, seed, supports, options));
                let case = Case::of_scenario_itself(scenario, seed, supports, options);
                case.called(test).told(|| format!("what seed {seed} draws for {name}"))
            }
            suites::Body::Scenario(scenario) => {
                let scenario = Arc::new(scenario.clone());
                let case = Case::of_scenario_itself(scenario, seed, supports, options);
                case.called(test).told(|| name.to_owned())
            }
        }
    }

    pub(super) fn of_scenario(
        scenario: Arc<Scenario>,
        seed: u64,
        supports: &Supports,
        options: &RunOptions,
    ) -> Case {
        let case = Case::of_scenario_itself(scenario, seed, supports, options);
        case.told(|| "the scenario".to_owned())
    }

    fn of_scenario_itself(
        scenario: Arc<Scenario>,
        seed: u64,
        supports: &Supports,
        options: &RunOptions,
    ) -> Case {
        let scenario = with_fixed(scenario, supports);
        let (own, seed) = (scenario.config(), scenario.simulation_seed(seed));
        Case::of(own, seed, Body::Exploration(scenario), supports, options)
    }

    fn of(own: Config, seed: u64, body: Body, supports: &Supports, options: &RunOptions) -> Case {
        let (config, clash) = match options.config(&own, supports) {
            Ok(config) => (config, None),
            Err(error) => (own, Some(error)),
        };
        let (name, description) = (OF_A_FILE, "a scenario from a file");
        Case { name, description, seed, config, clash, recording: None, sheet: None, body }
    }

    /// Says in a clash with what the configuration file clashes.
    fn told(mut self, with: impl FnOnce() -> String) -> Case {
        if let Some(clash) = &mut self.clash {
            clash.message.push_str(&format!(", in {}", with()));
        }
        self
    }

    /// The same run, written down.
    pub(super) fn recorded(self, recording: &Recording) -> Case {
        Case { recording: Some(recording.clone()), ..self }
    }

    /// The same run, as one of that test.
    pub(super) fn called(self, test: &LabTest) -> Case {
        Case { name: test.name, description: test.description, ..self }
    }

    /// The same run, sketched.
    pub(super) fn sketched(self, sheet: &Sheet) -> Case {
        Case { sheet: Some(Sheet::clone(sheet)), ..self }
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.recording.is_some()
    }

    /// What its network is like when nothing is wrong with it.
    pub(super) fn network(&self) -> String {
        match &self.body {
            Body::Exploration(scenario) => scenario.network.to_string(),
            _ if self.config.network.reliable => "reliable".to_owned(),
            _ => "unreliable".to_owned(),
        }
    }

    /// What the seed has drawn, or a file has said.
    pub(super) fn scenario(&self) -> Option<&Scenario> {
        match &self.body {
            Body::Lab(_) | Body::KeyValue(_) => None,
            Body::Exploration(scenario) => Some(scenario),
        }
    }

    /// Explorations pause nodes and draw their order; none of that goes on the real clock.
    pub(super) fn needs_simulation(&self) -> bool {
        matches!(self.body, Body::Exploration(_))
    }

    /// Who watches, and what is done with the cluster once it is started.
    pub(super) fn begin(
        self,
    ) -> (Vec<Box<dyn Watcher>>, impl FnOnce(Cluster) -> RunningTest + Send) {
        let servers = self.config.servers;
        let recorder = self.recording.as_ref().map(Recording::watcher);
        let mut watchers: Vec<Box<dyn Watcher>> = recorder.into_iter().collect();
        let senses = Senses::default();
        if let Body::Exploration(_) = self.body {
            watchers.push(Box::new(Eyes::new(servers, senses.clone())));
        }
        let run = move |cluster| match self.body {
            Body::Lab(body) => body(cluster),
            Body::KeyValue(test) => test.begin(cluster),
            Body::Exploration(scenario) => {
                Box::pin(explore::run(scenario, cluster, senses)) as RunningTest
            }
        };
        (watchers, run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::all_tests;

    fn drawn(fixed: &'static str) -> Case {
        let test = all_tests().iter().find(|test| test.name == "explore::network");
        let supports = Supports { fixed, ..Supports::default() };
        Case::of_test(test.expect("there is one"), 1, &supports, &RunOptions::default())
    }

    #[test]
    fn recovery_may_take_as_long_as_what_is_fixed_needs() {
        let case = drawn(
            "heartbeat_interval_ms = 500\nelection_timeout_min_ms = 1500\n\
             election_timeout_max_ms = 3000",
        );
        let scenario = case.scenario().expect("an exploration is one");
        assert_eq!(scenario.raft.election_timeout_max_ms, 3000);
        assert_eq!(scenario.raft, case.config.raft);
        assert_eq!(scenario.recovery_limit().as_secs(), 10 + 30 * 3);
        assert!(case.config.limits.test_s > 100, "{:?}", case.config.limits);
    }

    #[test]
    fn what_is_not_fixed_is_as_it_was_drawn() {
        let scenario = |case: &Case| case.scenario().expect("an exploration is one").clone();
        let (plain, fixed) = (scenario(&drawn("")), scenario(&drawn("batch_bytes_max = 7")));
        assert_ne!(plain.raft.batch_bytes_max, 7);
        let raft = raft::Config { batch_bytes_max: 7, ..plain.raft.clone() };
        assert_eq!(fixed, Scenario { raft, ..plain });
    }

    #[test]
    fn a_lease_is_not_drawn_for_who_has_other_timeouts_or_no_quorum_checks() {
        let lease_ms = |seed, fixed: &'static str| {
            let test = all_tests().iter().find(|test| test.name == "explore::network");
            let supports = Supports { fixed, ..Supports::default() };
            let options = RunOptions::default();
            let case = Case::of_test(test.expect("there is one"), seed, &supports, &options);
            assert!(case.clash.is_none(), "seed {seed}: {:?}", case.clash);
            case.config.raft.lease_ms
        };
        let with_lease = (1..300).find(|seed| lease_ms(*seed, "") > 0).expect("some are drawn");
        assert_eq!(lease_ms(with_lease, "check_quorum = false"), 0);
        let timeouts = "election_timeout_min_ms = 1500\nelection_timeout_max_ms = 3000";
        assert_eq!(lease_ms(with_lease, timeouts), 0);
    }

    #[test]
    fn what_can_not_be_fixed_together_with_what_was_drawn_is_a_clash() {
        let case = drawn("election_timeout_min_ms = 2");
        let clash = case.clash.expect("no heartbeat is drawn below 20 ms").to_string();
        assert!(clash.starts_with("Supports::fixed"), "{clash}");
    }
}
