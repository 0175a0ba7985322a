//! Tests × seeds over worker threads. Each run has everything of its own; the threads share only
//! the number of the next job and a queue of what came out.

mod plan;

pub use plan::{Plan, Seeds, Shard};

use crate::stopwatch::Stopwatch;
use crate::summary::Summary;
use crate::{Implementation, RunOutcome, run_one};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use labtrace::RunRecord;
use parking_lot::Mutex;
use plan::Job;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How often the onlooker is called, also when no run ends.
const IDLE_INTERVAL: Duration = Duration::from_millis(100);
/// When all is stopped early, how long the runs under way may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// Why not everything could be run.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The machine would not start a thread.
    #[error("can't start a worker thread: {0}")]
    Start(#[from] std::io::Error),
    /// A worker thread ended early: a fault of this tool, because what panics in a run ends only
    /// that run.
    #[error("a worker thread panicked: {0}")]
    Worker(String),
}

/// Sees runs as they end, and can end it all by breaking.
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

/// What a plan came to.
#[derive(Debug)]
pub struct Ended {
    /// All runs that ended.
    pub summary: Summary,
    /// The runs that had not ended when everything was stopped. Their threads are left to
    /// themselves.
    pub under_way: Vec<UnderWay>,
}

/// Runs the plan and adds up the outcomes.
///
/// `watch` sees each outcome as it comes in, with the test's place in the plan and the summary so
/// far, and can end it all early by breaking. Runs that are under way then get two seconds to end;
/// a thread whose run takes longer is left to itself.
///
/// # Errors
/// When a worker could not be started or died.
pub fn run_all(
    plan: &Plan,
    implementation: &Arc<dyn Implementation>,
    watch: impl FnMut(usize, &RunOutcome, &Summary) -> ControlFlow<()>,
) -> Result<Summary, RunnerError> {
    let mut onlooker = Watching { name: implementation.name().to_string(), watch };
    run_watched(plan, implementation, &mut onlooker).map(|ended| ended.summary)
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

/// What the threads have in common.
struct Shared {
    plan: Plan,
    implementation: Arc<dyn Implementation>,
    /// The number of the next job.
    next: AtomicU64,
    stop: AtomicBool,
    /// What each worker is at, since when.
    under_way: Vec<Mutex<Option<(Job, Stopwatch)>>>,
}

type Done = (usize, RunOutcome);

/// Runs the plan before an onlooker.
pub fn run_watched(
    plan: &Plan,
    implementation: &Arc<dyn Implementation>,
    onlooker: &mut dyn Onlooker,
) -> Result<Ended, RunnerError> {
    let workers = plan.jobs.max(1);
    let shared = Arc::new(Shared {
        plan: plan.clone(),
        implementation: Arc::clone(implementation),
        next: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        under_way: (0..workers).map(|_| Mutex::default()).collect(),
    });
    let (report, outcomes) = bounded(2 * workers);
    // Nothing is ever sent over it: it ends when all workers have.
    let (alive, all_gone) = bounded::<Infallible>(0);
    let mut threads = Vec::new();
    for number in 0..workers {
        let (shared, report, alive) = (Arc::clone(&shared), report.clone(), alive.clone());
        let thread = thread::Builder::new().name(format!("runner {number}"));
        threads.push(thread.spawn(move || {
            shared.work(number, &report);
            drop(alive);
        })?);
    }
    drop((report, alive));

    let summary = collect(&shared, &outcomes, onlooker);
    // Nobody takes outcomes now, so the workers end, at the latest after the runs they are at.
    shared.stop.store(true, Ordering::Relaxed);
    drop(outcomes);
    let in_time = !matches!(all_gone.recv_timeout(GRACE), Err(RecvTimeoutError::Timeout));
    let under_way = if in_time { Vec::new() } else { shared.under_way() };
    for thread in threads.into_iter().filter(|thread| in_time || thread.is_finished()) {
        thread.join().map_err(|panic| died(&*panic))?;
    }
    Ok(Ended { summary, under_way })
}

/// Adds up what comes out until all is done or the onlooker has seen enough.
fn collect(shared: &Shared, outcomes: &Receiver<Done>, onlooker: &mut dyn Onlooker) -> Summary {
    let mut summary = Summary::new(&shared.plan.tests);
    let mut since_look = Stopwatch::start();
    loop {
        match outcomes.recv_timeout(IDLE_INTERVAL) {
            Ok((place, outcome)) => {
                let record = onlooker.record(&outcome);
                summary.add(place, &record);
                if onlooker.added(place, &outcome, &record, &summary).is_break() {
                    return summary;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return summary,
        }
        if since_look.elapsed() >= IDLE_INTERVAL {
            since_look = Stopwatch::start();
            if onlooker.look(&shared.under_way(), &summary).is_break() {
                return summary;
            }
        }
    }
}

impl Shared {
    fn work(&self, me: usize, report: &Sender<Done>) {
        while let Some(job) = self.next_job() {
            *self.under_way[me].lock() = Some((job, Stopwatch::start()));
            let test = &self.plan.tests[job.place];
            let outcome = run_one(test, job.seed, &self.implementation, &self.plan.options);
            *self.under_way[me].lock() = None;
            if report.send((job.place, outcome)).is_err() {
                return;
            }
        }
    }

    fn next_job(&self) -> Option<Job> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(job) = self.plan.job(self.next.fetch_add(1, Ordering::Relaxed))? {
                return Some(job);
            }
        }
    }

    fn under_way(&self) -> Vec<UnderWay> {
        let places = self.under_way.iter().filter_map(|place| *place.lock());
        let describe = |(job, since): (Job, Stopwatch)| UnderWay {
            test: self.plan.tests[job.place].name,
            seed: job.seed,
            for_so_long: since.elapsed(),
        };
        places.map(describe).collect()
    }
}

fn died(panic: &(dyn std::any::Any + Send)) -> RunnerError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    RunnerError::Worker(text.unwrap_or("without a message").to_string())
}
