//! A scenario under its limits: what every run does, on either clock.

use super::Measures;
use crate::oracle::Oracle;
use crate::record::Recording;
use crate::watch::Watcher;
use crate::{Cluster, Config, Failure, Implementation, LabTest, Outcome, property};
use futures::FutureExt;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

/// Where the cluster can be found when the run has ended, however it ended.
pub(super) type Kept = Arc<OnceLock<Cluster>>;

/// What is run.
pub(super) struct Scene {
    pub(super) test: LabTest,
    pub(super) config: Config,
    pub(super) implementation: Arc<dyn Implementation>,
    pub(super) recording: Option<Recording>,
}

/// Starts the cluster, runs the scenario, and ends with it, with a check that fires in the
/// background, or when the test's time is over.
pub(super) async fn run(scene: Scene, kept: Kept) -> Outcome {
    let Scene { test, config, implementation, recording } = scene;
    let unsynced_is_lost = config.checks.unsynced_is_lost;
    let oracle = Oracle::new(config.servers, Arc::clone(&implementation), unsynced_is_lost);
    // The recorder comes first: what a check objects to is in the recording.
    let recorder = recording.map(|recording| recording.watcher());
    let mut watchers: Vec<Box<dyn Watcher>> = recorder.into_iter().collect();
    watchers.push(Box::new(oracle));
    let cluster = Cluster::watched(config, implementation, watchers)?;
    let cluster = kept.get_or_init(|| cluster);
    let outcome = under_limits(test, cluster).await;
    cluster.shut_down();
    outcome
}

async fn under_limits(test: LabTest, cluster: &Cluster) -> Outcome {
    let limit = cluster.config().limits.test_time();
    let mut scenario = pin!(runtime::timeout(limit, test.scenario(cluster.clone())).fuse());
    let mut failure = pin!(cluster.failure().fuse());
    futures::select_biased! {
        failure = failure => Err(failure),
        ended = scenario => ended.unwrap_or_else(|_| {
            let sentence = format!("test took longer than {} seconds", limit.as_secs());
            Err(Failure::new(property::TEST_TIME, sentence))
        }),
    }
}

/// What the run took.
pub(super) fn measures(kept: &Kept) -> Measures {
    kept.get().map_or_else(Measures::default, |cluster| Measures {
        rpcs: cluster.total_rpcs(),
        bytes: cluster.total_bytes(),
        commits: cluster.highest_applied(),
        terms: cluster.highest_term(),
        warnings: cluster.take_warnings(),
    })
}
