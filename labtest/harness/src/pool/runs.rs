//! The runs of a plan as work for a crew.

use super::crew::Work;
use super::plan::Job;
use super::{GivenUp, Notes, Plan, Tally, Why};
use crate::guide::Guides;
use crate::run::{Patience, Stuck};
use crate::{Implementation, RunOptions, RunOutcome, run_one};
use parking_lot::Mutex;
use runtime::Pulse;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(super) struct Runs {
    pub(super) plan: Plan,
    implementation: Arc<dyn Implementation>,
    notes: Option<Arc<Notes>>,
    guides: Option<Arc<Guides>>,
    /// The number of the next job.
    next: AtomicU64,
    /// How the runs of each test have ended, and how many were then left out.
    tallies: Vec<Mutex<Tally>>,
    not_run: Vec<AtomicU64>,
}

impl Runs {
    pub(super) fn new(
        plan: &Plan,
        implementation: &Arc<dyn Implementation>,
        notes: Option<Arc<Notes>>,
        guides: Option<&Arc<Guides>>,
    ) -> Runs {
        Runs {
            plan: plan.clone(),
            implementation: Arc::clone(implementation),
            notes,
            guides: guides.cloned(),
            next: AtomicU64::new(0),
            tallies: plan.tests.iter().map(|_| Mutex::default()).collect(),
            not_run: plan.tests.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    fn gave_up(&self, place: usize) -> Option<Why> {
        self.tallies[place].lock().verdict(self.plan.fail_fast)
    }

    /// The tests that were given up.
    pub(super) fn given_up(&self) -> Vec<GivenUp> {
        let has_end = self.plan.seeds.count().is_some();
        let given_up = |place: usize| {
            let not_run = has_end.then(|| self.not_run[place].load(Ordering::Relaxed));
            Some(GivenUp { place, why: self.gave_up(place)?, not_run })
        };
        let given_up = (0..self.plan.tests.len()).filter_map(given_up);
        given_up.filter(|test| test.not_run != Some(0)).collect()
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
            let all_given_up =
                || (0..self.plan.tests.len()).all(|place| self.gave_up(place).is_some());
            // A plan without an end would be gone through forever.
            if self.plan.seeds.count().is_none() && all_given_up() {
                return None;
            }
            let Some(job) = self.plan.job(self.next.fetch_add(1, Ordering::Relaxed))? else {
                continue;
            };
            if self.gave_up(job.place).is_none() {
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
        let outcome = match &self.guides {
            None => run_one(test, job.seed, &self.implementation, &options),
            Some(guides) => guides.run(job.place, job.seed, &self.implementation, &options),
        };
        self.tallies[job.place].lock().add(&outcome);
        self.note_end(worker);
        outcome
    }

    fn stuck(&self, worker: usize, job: &Job, stuck: &Stuck, took: Duration) -> RunOutcome {
        self.note_end(worker);
        let mut outcome = stuck.outcome(self.plan.tests[job.place].name, job.seed, took);
        outcome.made = self.guides.as_ref().and_then(|it| it.under_way(job.place, job.seed));
        self.tallies[job.place].lock().add(&outcome);
        outcome
    }
}
