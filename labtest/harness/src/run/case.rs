//! A run before it begins: what its cluster is built from, and what is done with it.

use super::RunOptions;
use crate::explore;
use crate::nemesis::senses::{Eyes, Senses};
use crate::record::Recording;
use crate::suites::kv::KvTest;
use crate::suites::{self, RunningTest};
use crate::watch::Watcher;
use crate::{Cluster, Config, LabTest, Scenario};
use std::sync::Arc;

/// One run of one test.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Of the simulation.
    pub(super) seed: u64,
    pub(super) config: Config,
    /// Who writes everything down, if anybody does.
    recording: Option<Recording>,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Lab(fn(Cluster) -> RunningTest),
    KeyValue(&'static KvTest),
    Exploration(Arc<Scenario>),
}

/// The name that runs of a scenario from a file carry.
const OF_A_FILE: &str = "scenario";

impl Case {
    pub(super) fn of_test(test: &LabTest, seed: u64, options: &RunOptions) -> Case {
        match test.body {
            suites::Body::Lab(body) => {
                let (config, body) = (options.config(test.config()), Body::Lab(body));
                let LabTest { name, description, .. } = *test;
                Case { name, description, seed, config, recording: None, body }
            }
            suites::Body::KeyValue(of_store) => {
                let (config, body) = (options.config(test.config()), Body::KeyValue(of_store));
                let LabTest { name, description, .. } = *test;
                Case { name, description, seed, config, recording: None, body }
            }
            suites::Body::Exploration(exploration) => {
                let scenario = Scenario::draw(exploration, seed, &options.faults);
                Case::of_scenario_of(test, scenario, seed, options)
            }
            suites::Body::Scenario(scenario) => {
                Case::of_scenario_of(test, scenario.clone(), seed, options)
            }
        }
    }

    fn of_scenario_of(test: &LabTest, scenario: Scenario, seed: u64, options: &RunOptions) -> Case {
        let LabTest { name, description, .. } = *test;
        Case { name, description, ..Case::of_scenario(Arc::new(scenario), seed, options) }
    }

    pub(super) fn of_scenario(scenario: Arc<Scenario>, seed: u64, options: &RunOptions) -> Case {
        Case {
            name: OF_A_FILE,
            description: "a scenario from a file",
            seed: scenario.simulation_seed(seed),
            config: options.config(scenario.config()),
            recording: None,
            body: Body::Exploration(scenario),
        }
    }

    /// The same run, written down.
    pub(super) fn recorded(self, recording: &Recording) -> Case {
        Case { recording: Some(recording.clone()), ..self }
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
