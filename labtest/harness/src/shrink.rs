//! Shrinking: from a scenario that fails to the smallest one that still fails in the same way.
//!
//! Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
//! 2002) over everything that a scenario is: faults, bursts of commands, settings, servers, time. A
//! part is left out, and if the rest still breaks the same property, it stays out.
//!
//! To leave something out changes what comes after it, if only by a message less. Each fault, burst,
//! link and client draws its chance from a stream of its own, so most of the run stays as it was;
//! and a candidate is run under several *variations* of the seed, other orders and delays of the same
//! scenario. The one that failed is written into the scenario, so the result fails for certain under
//! the seed it was shrunk for.
//!
//! What is done depends on the scenario, the seed and the number of runs allowed, never on time.

mod passes;
mod trials;

use crate::{Failure, Implementation, Repeats, RunOptions, Scenario};
use std::ops::ControlFlow;
use std::sync::Arc;
use trials::Trials;

/// What a failing scenario was shrunk to.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The smallest scenario found.
    pub scenario: Scenario,
    /// The seed under which it fails, that of the run that was shrunk.
    pub seed: u64,
    /// How it fails: its property is that of the original failure.
    pub failure: Failure,
    /// How many steps it has: see [`Scenario::step_count`].
    pub steps: u64,
    /// How many the original had.
    pub steps_before: u64,
    /// How many runs that took.
    pub runs: u64,
    /// Nothing more could be left out; else the runs allowed were used up, or it was stopped.
    pub is_minimal: bool,
}

/// How far a shrinking has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrinkProgress {
    /// How many runs were made.
    pub runs: u64,
    /// How many are allowed.
    pub runs_max: u64,
    /// How many steps the smallest scenario so far has.
    pub steps: u64,
}

/// A round of the search.
#[derive(Clone, Copy)]
struct Round {
    /// How many variations each candidate is run under.
    tries: u64,
    /// The most chunks that a list is cut into, to leave out one of them.
    chunks: usize,
}

/// First large chunks with few tries, then smaller ones with more: a failure that hangs on a moment
/// needs many tries whatever is left out, so that they had better leave out much.
const ROUNDS: [Round; 4] = [
    Round { tries: 2, chunks: 4 },
    Round { tries: 6, chunks: 8 },
    Round { tries: 16, chunks: 32 },
    Round { tries: 40, chunks: usize::MAX },
];

/// Makes a failing scenario smaller, with at most `runs_max` runs, such that the same property breaks.
///
/// `progress` is called from time to time with how far it is, and may stop it: the smallest so far is then the
/// result.
///
/// Returns `None` when the scenario does not fail under that seed. The same arguments give the same
/// result.
///
/// ```
/// # use harness as labtest;
/// use labtest::nemesis::FaultFilter;
/// use labtest::scenario::{Exploration, Scenario};
/// use labtest::{Implementation, OurRaft, RunOptions, shrink};
/// use std::ops::ControlFlow;
/// use std::sync::Arc;
///
/// let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
/// let scenario = Scenario::draw(Exploration::Network, 1, &FaultFilter::all());
/// // It does not fail, so there is nothing to shrink.
/// let options = RunOptions::default();
/// assert_eq!(shrink(&scenario, 1, &raft, &options, 100, &mut |_| ControlFlow::Continue(())), None);
/// ```
pub fn shrink(
    scenario: &Scenario,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
    runs_max: u64,
    progress: &mut dyn FnMut(ShrinkProgress) -> ControlFlow<()>,
) -> Option<Shrunk> {
    let options = RunOptions { realtime: false, repeats: Repeats::Never, ..options.clone() };
    let mut trials = Trials::start(scenario, seed, implementation, &options, runs_max, progress)?;
    let steps_before = scenario.step_count(seed);
    let is_minimal = passes::run_all(&mut trials);
    Some(Shrunk {
        steps: trials.best.step_count(seed),
        seed,
        failure: trials.failure,
        scenario: trials.best,
        steps_before,
        runs: trials.runs,
        is_minimal,
    })
}
