//! A scenario under its limits: what every run does, on either clock.

use super::AtEnd;
use super::case::Case;
use crate::suites::RunningTest;
use crate::{Cluster, Failure, Implementation, Outcome, property};
use futures::FutureExt;
use labtrace::Measures;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

/// Where the cluster can be found when the run has ended, however it ended.
pub(super) type Kept = Arc<OnceLock<Cluster>>;

/// Starts the cluster, runs the scenario, and ends with it, with a check that fires in the
/// background, or when the test's time is over.
pub(super) async fn run(
    case: Case,
    implementation: Arc<dyn Implementation>,
    kept: Kept,
) -> Outcome {
    let (config, sheet) = (case.config.clone(), case.sheet.clone());
    let (watchers, body) = case.begin();
    let cluster = Cluster::watched(config, implementation, watchers, sheet.as_ref())?;
    let cluster = kept.get_or_init(|| cluster);
    let mut outcome = under_limits(body(cluster.clone()), cluster).await;
    if let Err(failure) = &mut outcome
        && failure.property.starts_with("liveness:")
    {
        failure.details.extend(cluster.oddities());
        if let Some(died) = cluster.died() {
            // What it led to becomes a detail.
            let mut details = vec![failure.message.clone()];
            details.append(&mut failure.details);
            *failure = Failure { details, ..died };
        }
    }
    cluster.shut_down();
    outcome
}

async fn under_limits(test: RunningTest, cluster: &Cluster) -> Outcome {
    let limit = cluster.config().limits.test_time();
    let mut scenario = pin!(runtime::timeout(limit, test).fuse());
    let mut failure = pin!(cluster.failure().fuse());
    futures::select_biased! {
        failure = failure => Err(failure),
        ended = scenario => ended.unwrap_or_else(|_| {
            let sentence = format!("test took longer than {} seconds", limit.as_secs());
            Err(Failure::new(property::TEST_TIME, sentence))
        }),
    }
}

/// What there is to say of the run when it is over.
pub(super) fn at_end(kept: &Kept) -> AtEnd {
    kept.get().map_or_else(AtEnd::default, |cluster| AtEnd {
        measures: Measures {
            rpcs: cluster.total_rpcs(),
            bytes: cluster.total_bytes(),
            commits: cluster.highest_applied(),
            terms: cluster.highest_term(),
        },
        warnings: cluster.take_warnings(),
        coverage: Some(cluster.coverage()),
        undecided: cluster.take_undecided(),
    })
}
