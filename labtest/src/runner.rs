//! Tests × seeds over worker threads. Each run has everything of its own; the threads share only
//! two queues, of what is to be done and of what came out.

use crate::summary::Summary;
use crate::{Implementation, LabTest, RunOptions, RunOutcome, run_one};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which tests.
    pub tests: Vec<LabTest>,
    /// Under which seeds each.
    pub seeds: Seeds,
    /// On how many threads.
    pub jobs: usize,
    /// How.
    pub options: RunOptions,
}

impl Plan {
    /// How many runs that makes.
    pub fn runs(&self) -> u64 {
        self.seeds.count.saturating_mul(self.tests.len() as u64)
    }
}

/// Consecutive seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// The first one.
    pub first: u64,
    /// How many.
    pub count: u64,
}

impl Seeds {
    /// The seeds one by one; those beyond the largest number go on from zero.
    pub fn iter(self) -> impl Iterator<Item = u64> {
        (0..self.count).map(move |number| self.first.wrapping_add(number))
    }
}

impl std::fmt::Display for Seeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.count {
            1 => write!(f, "seed {}", self.first),
            count => {
                let last = self.first.wrapping_add(count.saturating_sub(1));
                write!(f, "{count} seeds ({} to {last})", self.first)
            }
        }
    }
}

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

struct Job {
    place: usize,
    seed: u64,
}

type Done = (usize, RunOutcome);

/// Runs the plan and adds up the outcomes.
///
/// `watch` sees each outcome as it comes in, with the test's place in the plan and the summary so
/// far, and can end it all early by breaking.
///
/// # Errors
/// When a worker could not be started or died.
pub fn run_all(
    plan: &Plan,
    implementation: &Arc<dyn Implementation>,
    mut watch: impl FnMut(usize, &RunOutcome, &Summary) -> ControlFlow<()>,
) -> Result<Summary, RunnerError> {
    let mut summary = Summary::new(&plan.tests);
    let workers = plan.jobs.max(1);
    thread::scope(|scope| {
        let (give, jobs) = bounded(2 * workers);
        let (report, outcomes) = bounded(2 * workers);
        let mut threads = Vec::new();
        for number in 0..workers {
            let (jobs, report) = (jobs.clone(), report.clone());
            let work = move || work(plan, implementation, &jobs, &report);
            let thread = thread::Builder::new().name(format!("runner {number}"));
            threads.push(thread.spawn_scoped(scope, work)?);
        }
        drop((jobs, report));
        let feeder = thread::Builder::new().name("feeder".into());
        feeder.spawn_scoped(scope, move || feed(plan, &give))?;

        for (place, outcome) in &outcomes {
            summary.add(place, &outcome);
            if watch(place, &outcome, &summary).is_break() {
                break;
            }
        }
        // Nobody takes outcomes now, so the workers end, and then the feeder.
        drop(outcomes);
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|panic| died(&*panic)))
    })?;
    Ok(summary)
}

/// Seed by seed, so that all tests get on together.
fn feed(plan: &Plan, give: &Sender<Job>) {
    for seed in plan.seeds.iter() {
        for place in 0..plan.tests.len() {
            if give.send(Job { place, seed }).is_err() {
                return;
            }
        }
    }
}

fn work(
    plan: &Plan,
    implementation: &Arc<dyn Implementation>,
    jobs: &Receiver<Job>,
    report: &Sender<Done>,
) {
    for Job { place, seed } in jobs {
        let outcome = run_one(&plan.tests[place], seed, implementation, &plan.options);
        if report.send((place, outcome)).is_err() {
            return;
        }
    }
}

fn died(panic: &(dyn std::any::Any + Send)) -> RunnerError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    RunnerError::Worker(text.unwrap_or("without a message").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_consecutive_and_named() {
        let seeds = Seeds { first: 5, count: 3 };
        assert!(seeds.iter().eq([5, 6, 7]));
        assert_eq!(seeds.to_string(), "3 seeds (5 to 7)");
        assert_eq!(Seeds { first: 17, count: 1 }.to_string(), "seed 17");
        assert!(Seeds { first: u64::MAX, count: 2 }.iter().eq([u64::MAX, 0]));
    }
}
