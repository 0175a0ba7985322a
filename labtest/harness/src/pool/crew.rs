//! Threads that work off jobs, and what is done when one of them is lost: a job that blocks its thread forever
//! is reported, and another thread takes over.

use super::PoolError;
use crate::run::{Patience, Stuck, Watchman, for_runs};
use crate::stopwatch::Stopwatch;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;
use runtime::Pulse;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often somebody looks, also when no job ends.
const LOOKS_EVERY: Duration = Duration::from_millis(100);
/// When all is stopped early, how long the jobs under way may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// Work that can be done job by job, on several threads.
pub trait Work: Send + Sync + 'static {
    /// One piece of it.
    type Job: Clone + Send + 'static;
    /// What a job comes to.
    type Done: Send + 'static;

    /// Takes the next job; `None` when nothing is left.
    fn next(&self) -> Option<Self::Job>;

    /// Does a job, on the worker with that number. The runs that it makes show themselves by the pulse.
    fn run(&self, worker: usize, job: &Self::Job, pulse: &Arc<Pulse>) -> Self::Done;

    /// What a job comes to that is stuck.
    fn stuck(&self, worker: usize, job: &Self::Job, stuck: &Stuck, took: Duration) -> Self::Done;
}

/// Sees how the work gets on, and can end it by breaking.
pub trait Foreman<W: Work> {
    /// A job is done.
    fn done(&mut self, job: &W::Job, done: W::Done) -> ControlFlow<()>;

    /// Called several times a second, with the jobs under way and how long each has taken.
    fn look(&mut self, under_way: &[(W::Job, Duration)]) -> ControlFlow<()> {
        let _ = under_way;
        ControlFlow::Continue(())
    }
}

/// Works everything off, on that many threads. Returns the jobs that had not ended when all was stopped
/// early; their threads are left to themselves.
///
/// # Errors
/// When a thread could not be started, or died.
pub fn work_off<W: Work>(
    work: &Arc<W>,
    threads: usize,
    patience: Patience,
    foreman: &mut dyn Foreman<W>,
) -> Result<Vec<(W::Job, Duration)>, PoolError> {
    let threads = threads.max(1);
    let (report, words) = bounded(2 * threads);
    let stop = Arc::new(AtomicBool::new(false));
    let mut crew =
        Crew { work: Arc::clone(work), report, stop, patience, workers: Vec::new(), hired: 0 };
    for _ in 0..threads {
        crew.hire()?;
    }
    crew.oversee(&words, foreman)?;
    // Nobody listens now, so the workers leave, at the latest after the jobs they are at.
    drop(words);
    crew.dismiss()
}

/// What a worker says.
enum Word<W: Work> {
    Done(W::Job, W::Done),
    /// There is nothing more to do.
    Left,
}

/// All workers.
struct Crew<W: Work> {
    work: Arc<W>,
    report: Sender<Word<W>>,
    stop: Arc<AtomicBool>,
    patience: Patience,
    workers: Vec<Worker<W>>,
    hired: usize,
}

struct Worker<W: Work> {
    number: usize,
    thread: JoinHandle<()>,
    at: Arc<Mutex<At<W>>>,
}

/// What a worker is at.
enum At<W: Work> {
    /// Between two jobs.
    Nothing,
    Job(W::Job, Stopwatch, Watchman),
    /// Its job was stuck, and another worker has taken over. If it continues after all, it is ignored.
    Lost,
}

impl<W: Work> Crew<W> {
    /// Starts another worker.
    fn hire(&mut self) -> Result<(), PoolError> {
        let number = self.hired;
        let at = Arc::new(Mutex::new(At::Nothing));
        let worker = Working {
            number,
            work: Arc::clone(&self.work),
            report: self.report.clone(),
            stop: Arc::clone(&self.stop),
            patience: self.patience,
            at: Arc::clone(&at),
        };
        let thread = for_runs().spawn(move || worker.work_all())?;
        self.workers.push(Worker { number, thread, at });
        self.hired += 1;
        Ok(())
    }

    /// Hears the workers until all have left or the foreman has seen enough.
    fn oversee(
        &mut self,
        words: &Receiver<Word<W>>,
        foreman: &mut dyn Foreman<W>,
    ) -> Result<(), PoolError> {
        let (mut left, mut since_look) = (0, Stopwatch::start());
        while left < self.workers.len() {
            let mut ended = Vec::new();
            match words.recv_timeout(LOOKS_EVERY) {
                Ok(Word::Done(job, done)) => ended.push((job, done)),
                Ok(Word::Left) => left += 1,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            let looks = since_look.elapsed() >= LOOKS_EVERY;
            if looks {
                since_look = Stopwatch::start();
                ended.extend(self.replace_stuck()?);
            }
            for (job, done) in ended {
                if foreman.done(&job, done).is_break() {
                    return Ok(());
                }
            }
            if looks && foreman.look(&self.under_way()).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Has new workers take over from those whose jobs are stuck. Returns what these come to.
    #[allow(clippy::type_complexity)] // A pair, and nothing to name it by.
    fn replace_stuck(&mut self) -> Result<Vec<(W::Job, W::Done)>, PoolError> {
        let mut told = Vec::new();
        let mut place = 0;
        while let Some(worker) = self.workers.get(place) {
            match worker.stuck(&*self.work) {
                None => place += 1,
                Some(stuck) => {
                    told.push(stuck);
                    self.workers.swap_remove(place);
                    self.hire()?;
                }
            }
        }
        Ok(told)
    }

    fn under_way(&self) -> Vec<(W::Job, Duration)> {
        let at = |worker: &Worker<W>| match &*worker.at.lock() {
            At::Job(job, since, _) => Some((job.clone(), since.elapsed())),
            At::Nothing | At::Lost => None,
        };
        self.workers.iter().filter_map(at).collect()
    }

    #[allow(clippy::disallowed_methods)] // These are threads of the machine.
    fn dismiss(&mut self) -> Result<Vec<(W::Job, Duration)>, PoolError> {
        self.stop.store(true, Ordering::Relaxed);
        let since = Stopwatch::start();
        while self.workers.iter().any(|worker| !worker.thread.is_finished()) {
            if since.elapsed() >= GRACE {
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
}

impl<W: Work> Worker<W> {
    /// Its job, if that is stuck; the worker is lost then.
    fn stuck(&self, work: &W) -> Option<(W::Job, W::Done)> {
        let mut at = self.at.lock();
        let At::Job(job, since, watchman) = &mut *at else { return None };
        let stuck = watchman.is_stuck()?;
        let done = work.stuck(self.number, job, &stuck, since.elapsed());
        let job = job.clone();
        *at = At::Lost;
        Some((job, done))
    }
}

/// What a worker's thread needs.
struct Working<W: Work> {
    number: usize,
    work: Arc<W>,
    report: Sender<Word<W>>,
    stop: Arc<AtomicBool>,
    patience: Patience,
    at: Arc<Mutex<At<W>>>,
}

impl<W: Work> Working<W> {
    fn work_all(&self) {
        let pulse = Arc::new(Pulse::default());
        while !self.stop.load(Ordering::Relaxed)
            && let Some(job) = self.work.next()
        {
            let watchman = Watchman::new(&pulse, self.patience);
            *self.at.lock() = At::Job(job.clone(), Stopwatch::start(), watchman);
            let done = self.work.run(self.number, &job, &pulse);
            if matches!(std::mem::replace(&mut *self.at.lock(), At::Nothing), At::Lost) {
                return;
            }
            if self.report.send(Word::Done(job, done)).is_err() {
                return;
            }
        }
        // Nobody listens when all was stopped.
        let _ = self.report.send(Word::Left);
    }
}

fn died(panic: &(dyn std::any::Any + Send)) -> PoolError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    PoolError::Worker(text.unwrap_or("without a message").to_string())
}
