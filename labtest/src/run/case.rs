//! A run before it begins: what its cluster is built from, and what is done with it.

use super::RunOptions;
use crate::explore;
use crate::nemesis::senses::{Eyes, Senses};
use crate::oracle::Oracle;
use crate::suites::{self, RunningTest};
use crate::watch::Watcher;
use crate::{Cluster, Config, Implementation, LabTest, Scenario};
use std::sync::Arc;

/// One run of one test.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Of the simulation.
    pub(super) seed: u64,
    pub(super) config: Config,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Lab(fn(Cluster) -> RunningTest),
    Exploration(Arc<Scenario>),
}

/// The name that runs of a scenario from a file carry.
const OF_A_FILE: &str = "scenario";

impl Case {
    pub(super) fn of_test(test: &LabTest, seed: u64, options: &RunOptions) -> Case {
        match test.body {
            suites::Body::Lab(body) => {
                let (config, body) = (options.config(test.config()), Body::Lab(body));
                Case { name: test.name, seed, config, body }
            }
            suites::Body::Exploration(exploration) => {
                let scenario = Scenario::draw(exploration, seed, &options.faults);
                Case { name: test.name, ..Case::of_scenario(Arc::new(scenario), seed, options) }
            }
        }
    }

    pub(super) fn of_scenario(scenario: Arc<Scenario>, seed: u64, options: &RunOptions) -> Case {
        Case {
            name: OF_A_FILE,
            seed: scenario.simulation_seed(seed),
            config: options.config(scenario.config()),
            body: Body::Exploration(scenario),
        }
    }

    /// Explorations pause nodes and draw their order; none of that goes on the real clock.
    pub(super) fn needs_simulation(&self) -> bool {
        matches!(self.body, Body::Exploration(_))
    }

    /// Who watches, and what is done with the cluster once it is started.
    pub(super) fn begin(
        self,
        implementation: &Arc<dyn Implementation>,
    ) -> (Vec<Box<dyn Watcher>>, impl FnOnce(Cluster) -> RunningTest + Send) {
        let servers = self.config.servers;
        let unsynced_is_lost = self.config.checks.unsynced_is_lost;
        let oracle = Oracle::new(servers, Arc::clone(implementation), unsynced_is_lost);
        let mut watchers: Vec<Box<dyn Watcher>> = vec![Box::new(oracle)];
        let senses = Senses::default();
        if let Body::Exploration(_) = self.body {
            watchers.push(Box::new(Eyes::new(servers, senses.clone())));
        }
        let run = move |cluster| match self.body {
            Body::Lab(body) => body(cluster),
            Body::Exploration(scenario) => {
                Box::pin(explore::run(scenario, cluster, senses)) as RunningTest
            }
        };
        (watchers, run)
    }
}
