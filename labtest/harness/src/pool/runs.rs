//! The runs of a plan as work for a crew.

use super::crew::Work;
use super::plan::Job;
use super::{GivenUp, Notes, Plan};
use crate::run::{Patience, Stuck};
use crate::{Implementation, RunOptions, RunOutcome, run_one};
use runtime::Pulse;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many stuck runs of a test are enough: each costs a minute and a thread.
const STUCK_MAX: u64 = 2;

pub(super) struct Runs {
    pub(super) plan: Plan,
    implementation: Arc<dyn Implementation>,
    notes: Option<Arc<Notes>>,
    /// The number of the next job.
    next: AtomicU64,
    /// How many runs of each test were stuck, and how many were then left out.
    stuck: Vec<AtomicU64>,
    not_run: Vec<AtomicU64>,
}

impl Runs {
    pub(super) fn new(
        plan: &Plan,
        implementation: &Arc<dyn Implementation>,
        notes: Option<Arc<Notes>>,
    ) -> Runs {
        let counters = || plan.tests.iter().map(|_| AtomicU64::new(0)).collect();
        Runs {
            plan: plan.clone(),
            implementation: Arc::clone(implementation),
            notes,
            next: AtomicU64::new(0),
            stuck: counters(),
            not_run: counters(),
        }
    }

    fn gave_up(&self, place: usize) -> bool {
        self.stuck[place].load(Ordering::Relaxed) >= STUCK_MAX
    }

    /// The tests that were given up.
    pub(super) fn given_up(&self) -> Vec<GivenUp> {
        let has_end = self.plan.seeds.count().is_some();
        let given_up = |place: usize| GivenUp {
            place,
            not_run: has_end.then(|| self.not_run[place].load(Ordering::Relaxed)),
        };
        let places = (0..self.plan.tests.len()).filter(|&place| self.gave_up(place));
        places.map(given_up).filter(|test| test.not_run != Some(0)).collect()
    }

    /// What can't be noted is missed only if the process dies.
    fn note_end(&self, worker: usize) {
        if let Some(notes) = &self.notes {
            let _ = notes.end(worker);
        }
    }
}

impl Work for Runs {
    type Job = Job;
    type Done = RunOutcome;

    fn next(&self) -> Option<Job> {
        loop {
            let all_given_up = || (0..self.plan.tests.len()).all(|place| self.gave_up(place));
            // A plan without an end would be gone through for ever.
            if self.plan.seeds.count().is_none() && all_given_up() {
                return None;
            }
            let Some(job) = self.plan.job(self.next.fetch_add(1, Ordering::Relaxed))? else {
                continue;
            };
            if !self.gave_up(job.place) {
                return Some(job);
            }
            self.not_run[job.place].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn run(&self, worker: usize, job: &Job, pulse: &Arc<Pulse>) -> RunOutcome {
        let test = &self.plan.tests[job.place];
        if let Some(notes) = &self.notes {
            let _ = notes.begin(worker, test.name, job.seed);
        }
        // The crew looks at this thread.
        let (pulse, patience) = (Some(Arc::clone(pulse)), Patience::Endless);
        let options = RunOptions { pulse, patience, ..self.plan.options.clone() };
        let outcome = run_one(test, job.seed, &self.implementation, &options);
        self.note_end(worker);
        outcome
    }

    fn stuck(&self, worker: usize, job: &Job, stuck: &Stuck, took: Duration) -> RunOutcome {
        self.stuck[job.place].fetch_add(1, Ordering::Relaxed);
        self.note_end(worker);
        stuck.outcome(self.plan.tests[job.place].name, job.seed, took)
    }
}
