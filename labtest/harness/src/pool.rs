//! Tests × seeds over worker threads. Each run has everything of its own; the threads share only
//! the number of the next job and a queue of what came out.
//!
//! A run that blocks its thread forever is reported as a failure, and another worker takes over from the one
//! that is lost. A test of which nothing more is to be learned ([`Why`]) is given up.

mod crew;
mod giving_up;
mod notes;
mod plan;
mod runs;

pub use crate::run::Stuck;
pub use crew::{Foreman, Work, work_off};
pub use giving_up::{Tally, Why};
pub use notes::{LastWords, Notes};
pub use plan::{Job, Plan, Seeds, Shard};

use crate::guide::Guides;
use crate::summary::Summary;
use crate::{Implementation, RunOutcome};
use labtrace::RunRecord;
use runs::Runs;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

/// Why not everything could be run.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The machine would not start a thread.
    #[error("can't start a worker thread: {0}")]
    Start(#[from] std::io::Error),
    /// A worker thread ended early: a fault of this tool, because what panics in a run ends only
    /// that run.
    #[error("a worker thread panicked: {0}")]
    Worker(String),
}

/// Sees runs as they end, and can stop everything by breaking.
pub trait Onlooker {
    /// A run of the test at that place of the plan has ended, and is added up. Returns its record.
    fn record(&mut self, outcome: &RunOutcome) -> RunRecord;

    /// The run has been added to the summary.
    fn added(
        &mut self,
        place: usize,
        outcome: &RunOutcome,
        record: &RunRecord,
        summary: &Summary,
    ) -> ControlFlow<()>;

    /// Called several times a second, with what is under way.
    fn look(&mut self, under_way: &[UnderWay], summary: &Summary) -> ControlFlow<()>;
}

/// A run that has not ended.
#[derive(Clone, Copy, Debug)]
pub struct UnderWay {
    /// The name of its test.
    pub test: &'static str,
    /// Its seed.
    pub seed: u64,
    /// For how long it has been running.
    pub for_so_long: Duration,
}

/// A test of which not every run was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The test's place in the plan.
    pub place: usize,
    /// What was enough.
    pub why: Why,
    /// How many runs of it were left out; `None` when the plan has no end.
    pub not_run: Option<u64>,
}

/// What a plan came to.
#[derive(Debug)]
pub struct Ended {
    /// All runs that ended.
    pub summary: Summary,
    /// The runs that had not ended when everything was stopped. Their threads are left to
    /// themselves.
    pub under_way: Vec<UnderWay>,
    /// The tests that were given up.
    pub given_up: Vec<GivenUp>,
}

/// Runs the plan and adds up the outcomes.
///
/// `watch` sees each outcome as it comes in, with the test's place in the plan and the summary so far, and can
/// stop everything early by breaking. Runs that are under way then get two seconds to end; a thread whose run
/// takes longer is left to itself.
///
/// # Errors
/// When a worker could not be started or died.
pub fn run_all(
    plan: &Plan,
    implementation: &Arc<dyn Implementation>,
    watch: impl FnMut(usize, &RunOutcome, &Summary) -> ControlFlow<()>,
) -> Result<Summary, PoolError> {
    let mut onlooker = Watching { name: implementation.name().to_string(), watch };
    run_watched(plan, implementation, None, None, &mut onlooker).map(|ended| ended.summary)
}

/// Somebody who only wants the outcomes.
struct Watching<F> {
    name: String,
    watch: F,
}

impl<F: FnMut(usize, &RunOutcome, &Summary) -> ControlFlow<()>> Onlooker for Watching<F> {
    fn record(&mut self, outcome: &RunOutcome) -> RunRecord {
        outcome.record(&self.name, String::new())
    }

    fn added(
        &mut self,
        place: usize,
        outcome: &RunOutcome,
        _record: &RunRecord,
        summary: &Summary,
    ) -> ControlFlow<()> {
        (self.watch)(place, outcome, summary)
    }

    fn look(&mut self, _under_way: &[UnderWay], _summary: &Summary) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Runs the plan before an onlooker. `notes` has the runs under way, in case the process dies; `guides` say what each
/// test runs under a seed, in place of what that draws.
///
/// # Errors
/// When a worker could not be started or died.
pub fn run_watched(
    plan: &Plan,
    implementation: &Arc<dyn Implementation>,
    notes: Option<Arc<Notes>>,
    guides: Option<&Arc<Guides>>,
    onlooker: &mut dyn Onlooker,
) -> Result<Ended, PoolError> {
    let runs = Arc::new(Runs::new(plan, implementation, notes, guides));
    let mut adding = Adding { plan, summary: Summary::new(&plan.tests), onlooker };
    let under_way = work_off(&runs, plan.jobs, plan.options.patience, &mut adding)?;
    let summary = adding.summary;
    let under_way = under_way.iter().map(|under_way| plan.under_way(under_way)).collect();
    Ok(Ended { summary, under_way, given_up: runs.given_up() })
}

/// Adds up what comes out.
struct Adding<'a> {
    plan: &'a Plan,
    summary: Summary,
    onlooker: &'a mut dyn Onlooker,
}

impl Foreman<Runs> for Adding<'_> {
    fn done(&mut self, job: &Job, outcome: RunOutcome) -> ControlFlow<()> {
        let record = self.onlooker.record(&outcome);
        self.summary.add(job.place, &record);
        self.onlooker.added(job.place, &outcome, &record, &self.summary)
    }

    fn look(&mut self, under_way: &[(Job, Duration)]) -> ControlFlow<()> {
        let runs: Vec<UnderWay> = under_way.iter().map(|it| self.plan.under_way(it)).collect();
        self.onlooker.look(&runs, &self.summary)
    }
}

impl Plan {
    fn under_way(&self, (job, for_so_long): &(Job, Duration)) -> UnderWay {
        let (test, for_so_long) = (self.tests[job.place].name, *for_so_long);
        UnderWay { test, seed: job.seed, for_so_long }
    }
}
