//! The worker threads of a pool, and what is done when one is lost.

use super::plan::Job;
use super::{GivenUp, Notes, Plan, RunnerError, UnderWay};
use crate::run::{Patience, Watchman};
use crate::stopwatch::Stopwatch;
use crate::{Implementation, LabTest, RunOptions, RunOutcome, run_one};
use crossbeam_channel::Sender;
use parking_lot::Mutex;
use runtime::Pulse;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// So many stuck runs of a test are enough: each costs a minute and a thread.
const STUCK_MAX: u64 = 2;

/// What a worker says.
pub(super) enum Word {
    /// A run of the test at that place has ended.
    Done(usize, RunOutcome),
    /// The worker has left: there is nothing more to do.
    Left,
}

/// All workers.
pub(super) struct Crew {
    shared: Arc<Shared>,
    report: Sender<Word>,
    workers: Vec<Worker>,
    /// Threads that are lost, and whose runs were told.
    lost: u64,
}

/// What the threads have in common.
struct Shared {
    plan: Plan,
    implementation: Arc<dyn Implementation>,
    notes: Option<Arc<Notes>>,
    /// The number of the next job.
    next: AtomicU64,
    stop: AtomicBool,
    /// How many runs of each test were stuck, and how many were then left out.
    stuck: Vec<AtomicU64>,
    not_run: Vec<AtomicU64>,
}

struct Worker {
    number: usize,
    thread: JoinHandle<()>,
    at: Arc<Mutex<At>>,
}

/// What a worker is at.
enum At {
    /// Between two runs.
    Nothing,
    Run(Job, Stopwatch, Watchman),
    /// Its run was stuck, and somebody else has taken over. Should it go on after all, it is not heard.
    Lost,
}

impl Crew {
    pub(super) fn new(
        plan: &Plan,
        implementation: &Arc<dyn Implementation>,
        notes: Option<Arc<Notes>>,
        report: Sender<Word>,
    ) -> Crew {
        let counters = || plan.tests.iter().map(|_| AtomicU64::new(0)).collect();
        let shared = Shared {
            plan: plan.clone(),
            implementation: Arc::clone(implementation),
            notes,
            next: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            stuck: counters(),
            not_run: counters(),
        };
        Crew { shared: Arc::new(shared), report, workers: Vec::new(), lost: 0 }
    }

    pub(super) fn tests(&self) -> &[LabTest] {
        &self.shared.plan.tests
    }

    /// How many workers there are, those that have left among them.
    pub(super) fn size(&self) -> usize {
        self.workers.len()
    }

    /// Starts another worker.
    pub(super) fn hire(&mut self) -> Result<(), RunnerError> {
        let number = self.workers.len() + self.lost as usize;
        let (at, pulse) = (Arc::new(Mutex::new(At::Nothing)), Arc::new(Pulse::default()));
        let work = Work {
            number,
            shared: Arc::clone(&self.shared),
            report: self.report.clone(),
            at: Arc::clone(&at),
            pulse,
        };
        let thread = thread::Builder::new().name(format!("runner {number}"));
        let thread = thread.spawn(move || work.all())?;
        self.workers.push(Worker { number, thread, at });
        Ok(())
    }

    /// Has new workers take over from those whose runs are stuck. Returns these runs, as failures.
    pub(super) fn replace_stuck(&mut self) -> Result<Vec<(usize, RunOutcome)>, RunnerError> {
        let mut told = Vec::new();
        let mut place = 0;
        while place < self.workers.len() {
            let Some((job, outcome)) = self.workers[place].stuck(&self.shared) else {
                place += 1;
                continue;
            };
            self.shared.stuck[job.place].fetch_add(1, Ordering::Relaxed);
            let worker = self.workers.swap_remove(place);
            self.shared.note_end(worker.number);
            self.lost += 1;
            told.push((job.place, outcome));
            self.hire()?;
        }
        Ok(told)
    }

    /// The runs that go on.
    pub(super) fn under_way(&self) -> Vec<UnderWay> {
        let tests = &self.shared.plan.tests;
        let describe = |worker: &Worker| match &*worker.at.lock() {
            At::Run(job, since, _) => Some(UnderWay {
                test: tests[job.place].name,
                seed: job.seed,
                for_so_long: since.elapsed(),
            }),
            At::Nothing | At::Lost => None,
        };
        self.workers.iter().filter_map(describe).collect()
    }

    /// Has all workers end, at the latest after the runs they are at, and returns those runs that have
    /// not ended within `grace`.
    pub(super) fn dismiss(&mut self, grace: Duration) -> Result<Vec<UnderWay>, RunnerError> {
        self.shared.stop.store(true, Ordering::Relaxed);
        let since = Stopwatch::start();
        while self.workers.iter().any(|worker| !worker.thread.is_finished()) {
            if since.elapsed() >= grace {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        let under_way = self.under_way();
        for worker in self.workers.drain(..).filter(|worker| worker.thread.is_finished()) {
            worker.thread.join().map_err(|panic| died(&*panic))?;
        }
        Ok(under_way)
    }

    /// The tests that were given up.
    pub(super) fn given_up(&self) -> Vec<GivenUp> {
        let has_end = self.shared.plan.runs().is_some();
        let given_up = |place: usize| GivenUp {
            place,
            not_run: has_end.then(|| self.shared.not_run[place].load(Ordering::Relaxed)),
        };
        let places = (0..self.shared.plan.tests.len()).filter(|&place| self.shared.gave_up(place));
        places.map(given_up).filter(|test| test.not_run != Some(0)).collect()
    }
}

impl Worker {
    /// Its run, if that is stuck; the worker is lost then.
    fn stuck(&self, shared: &Shared) -> Option<(Job, RunOutcome)> {
        let mut at = self.at.lock();
        let At::Run(job, since, watchman) = &mut *at else { return None };
        let stuck = watchman.is_stuck()?;
        let (job, wall_time) = (*job, since.elapsed());
        *at = At::Lost;
        let test = shared.plan.tests[job.place].name;
        Some((job, stuck.outcome(test, job.seed, wall_time)))
    }
}

impl Shared {
    fn gave_up(&self, place: usize) -> bool {
        self.stuck[place].load(Ordering::Relaxed) >= STUCK_MAX
    }

    fn next_job(&self) -> Option<Job> {
        loop {
            let all_given_up = || (0..self.plan.tests.len()).all(|place| self.gave_up(place));
            // A plan without an end would be gone through for ever.
            let is_idle = self.plan.seeds.count().is_none() && all_given_up();
            if is_idle || self.stop.load(Ordering::Relaxed) {
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

    /// What can't be noted is missed only if the process dies.
    fn note_begin(&self, worker: usize, job: Job) {
        if let Some(notes) = &self.notes {
            let _ = notes.begin(worker, self.plan.tests[job.place].name, job.seed);
        }
    }

    fn note_end(&self, worker: usize) {
        if let Some(notes) = &self.notes {
            let _ = notes.end(worker);
        }
    }
}

/// What a worker's thread needs.
struct Work {
    number: usize,
    shared: Arc<Shared>,
    report: Sender<Word>,
    at: Arc<Mutex<At>>,
    pulse: Arc<Pulse>,
}

impl Work {
    fn all(&self) {
        let given = &self.shared.plan.options;
        let pulse = Some(Arc::clone(&self.pulse));
        // Somebody looks at this thread.
        let options = RunOptions { pulse, patience: Patience::Endless, ..given.clone() };
        while let Some(job) = self.shared.next_job() {
            let watchman = Watchman::new(&self.pulse, given.patience);
            *self.at.lock() = At::Run(job, Stopwatch::start(), watchman);
            self.shared.note_begin(self.number, job);
            let test = &self.shared.plan.tests[job.place];
            let outcome = run_one(test, job.seed, &self.shared.implementation, &options);
            if matches!(std::mem::replace(&mut *self.at.lock(), At::Nothing), At::Lost) {
                return;
            }
            self.shared.note_end(self.number);
            if self.report.send(Word::Done(job.place, outcome)).is_err() {
                return;
            }
        }
        // Nobody listens any more when all was stopped.
        let _ = self.report.send(Word::Left);
    }
}

fn died(panic: &(dyn std::any::Any + Send)) -> RunnerError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    RunnerError::Worker(text.unwrap_or("without a message").to_string())
}
