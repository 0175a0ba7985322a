//! What a Raft costs and how fast it is on the virtual clock, to be put beside another Raft's figures.
//!
//! Each figure comes from a cluster of its own for each seed, with the same links and disks for every Raft
//! ([`LINK`], [`SYNC`]): what differs is what the Raft does. Nothing here is demanded of anybody, but a run in
//! which an applied value is wrong, or in which nothing is committed for a minute, has no figures.

mod bench;
mod costs;
mod recoveries;

use crate::{
    Cluster, Exploration, Failure, Implementation, LabTest, RunOptions, Stopwatch, all_tests,
};
use bench::Bench;
use futures::FutureExt;
use futures::future::BoxFuture;
use runtime::{Simulation, SimulationError};
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

pub use bench::{COMMAND_BYTES, LINK, SYNC};

/// The virtual time in which a cluster has to be done.
const TIME_MAX: Duration = Duration::from_secs(600);

/// What was measured, in the order in which it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What, and in which unit.
    pub name: &'static str,
    /// A value for each seed; of explorations one for all.
    pub values: Vec<f64>,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The configuration does not go together with what the Raft has fixed.
    #[error(transparent)]
    Config(#[from] crate::ConfigError),
    /// The Raft did not do what was measured.
    #[error("{what}, seed {seed}: {why}")]
    Run {
        /// The first of the figures that the run was for.
        what: &'static str,
        /// The seed.
        seed: u64,
        /// What went wrong.
        why: String,
    },
}

/// Figures that come from the same runs.
struct Measure {
    names: &'static [&'static str],
    body: fn(Bench) -> BoxFuture<'static, Result<Vec<f64>, Failure>>,
}

macro_rules! measures {
    ($($names:expr => $body:path,)*) => {
        &[$(Measure { names: &$names, body: |bench| $body(bench).boxed() }),*]
    };
}

const MEASURES: &[Measure] = measures! {
    ["from the start to a leader: ms", "from the start to the first commit: ms"] => recoveries::start,
    ["without commands: messages a second", "without commands: bytes a second"] => costs::idle,
    [
        "one client, from submitted to committed: ms",
        "one client: messages an entry",
        "one client: bytes an entry",
    ] => costs::one_client,
    [
        "64 commands under way: entries a second",
        "64 commands under way: messages an entry",
        "64 commands under way: bytes an entry",
    ] => costs::many_clients,
    ["a tenth of the messages lost, one client: ms"] => costs::lossy,
    ["the leader crashes: ms"] => recoveries::leader_crashes,
    ["the leader is cut off: ms"] => recoveries::leader_cut_off,
    ["the leader hangs: ms"] => recoveries::leader_hangs,
    ["all servers crash: ms"] => recoveries::all_crash,
    ["a majority was away for 5 s: ms"] => recoveries::majority_away,
    ["a follower lacks 1,000 entries: ms"] => recoveries::follower_behind,
};

/// The name of the last figure, the only one on the real clock.
const EXPLORATIONS: &str = "explore::everything: runs a second of real time";

/// Measures everything under each seed, with that many servers and what `options` say of the configuration.
///
/// # Errors
/// The first run that does not come to its end, or a configuration that can't be used.
pub fn measure(
    implementation: &Arc<dyn Implementation>,
    servers: usize,
    seeds: Range<u64>,
    options: &RunOptions,
) -> Result<Vec<Figure>, MeasureError> {
    let config = options.config(&bench::config(servers), &implementation.supports())?;
    let mut figures = Vec::new();
    for Measure { names, body } in MEASURES {
        let first = figures.len();
        figures.extend(names.iter().map(|name| Figure { name, values: Vec::new() }));
        for seed in seeds.clone() {
            let cluster = config.clone();
            let raft = Arc::clone(implementation);
            let run = Simulation::new(seed).time_limit(TIME_MAX).step_limit(config.limits.steps);
            let ended = run.run(async move {
                let bench = Bench::start(cluster, raft)?;
                let kept = bench.cluster.clone();
                let values = unless_violated(body(bench), &kept).await;
                kept.shut_down();
                values
            });
            let error = |why: String| MeasureError::Run { what: names[0], seed, why };
            let values = ended.result.map_err(|end: SimulationError| error(end.to_string()))?;
            let values = values.map_err(|failure| error(failure.to_string()))?;
            figures[first..].iter_mut().zip(values).for_each(|(it, value)| it.values.push(value));
        }
    }
    figures.push(explorations(implementation, seeds, options));
    Ok(figures)
}

/// What comes first: the values, or that an applied value is wrong.
async fn unless_violated(
    values: BoxFuture<'static, Result<Vec<f64>, Failure>>,
    cluster: &Cluster,
) -> Result<Vec<f64>, Failure> {
    let mut violated = pin!(cluster.failure().fuse());
    futures::select_biased! {
        failure = violated => Err(failure),
        values = values.fuse() => values,
    }
}

/// The exploration whose runs are counted.
pub fn explored() -> LabTest {
    let is_everything = |test: &&LabTest| test.exploration() == Some(Exploration::Everything);
    *all_tests().iter().find(is_everything).expect("there is one of everything")
}

/// How many explorations one thread makes in a second, all checks included, whether it passes or fails.
fn explorations(
    implementation: &Arc<dyn Implementation>,
    seeds: Range<u64>,
    options: &RunOptions,
) -> Figure {
    let (test, stopwatch) = (explored(), Stopwatch::start());
    let mut runs = 0.0;
    for seed in seeds {
        crate::run_one(&test, seed, implementation, options);
        runs += 1.0;
    }
    Figure { name: EXPLORATIONS, values: vec![runs / stopwatch.elapsed().as_secs_f64()] }
}

#[cfg(test)]
mod tests;
