//! A run on the virtual clock.

mod current;
mod error;
mod executor;
mod machines;
mod panics;
mod pulse;
mod queue;
mod reseedings;
mod spinning;
mod tasks;

pub(crate) use current::with;
pub use current::{doing, is_simulated, observe_steps};
pub use error::{SimulationError, TaskInfo};
pub(crate) use executor::Executor;
pub(crate) use machines::Machines;
pub use pulse::Pulse;
pub(crate) use queue::TimerKey;
pub(crate) use tasks::TaskKey;

use crate::clock::nanos;
use current::Installed;
pub(crate) use current::assert_is_not_foreign;
use panics::caught;
use reseedings::Reseedings;
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::future::Future;
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// One run: an executor, a virtual clock and all chance, under one seed.
///
/// It runs on the calling thread and needs no runtime around it.
#[derive(Clone, Debug)]
pub struct Simulation {
    seed: u64,
    time_limit: Duration,
    step_limit: u64,
    pulse: Option<Arc<Pulse>>,
    keeps_backtrace: bool,
    reseedings: Vec<(u64, u64)>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished<T> {
    /// What the main future returned, or why it did not get there.
    pub result: Result<T, SimulationError>,
    /// What the run was, whatever its result.
    pub report: Report,
    /// Where code was called from that panicked or went round in one poll, if that was asked for
    /// ([`Simulation::keep_backtrace`]).
    pub backtrace: Option<Arc<Backtrace>>,
}

/// The measure of a run: equal reports mean equal runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The rolling hash of all events ([`crate::trace`]) and of the time at the end.
    pub trace_hash: u64,
    /// Virtual time.
    pub elapsed: Duration,
    /// Polls of tasks, timers and events.
    pub steps: u64,
}

impl Simulation {
    /// A run under that seed, with no limits.
    pub fn new(seed: u64) -> Simulation {
        Simulation {
            seed,
            time_limit: Duration::MAX,
            step_limit: u64::MAX,
            pulse: None,
            keeps_backtrace: false,
            reseedings: Vec::new(),
        }
    }

    /// Ends the run with an error when it takes more virtual time than that.
    pub fn time_limit(self, limit: Duration) -> Self {
        Simulation { time_limit: limit, ..self }
    }

    /// Ends the run with an error after that many steps (polls, timers and events): an endless loop
    /// that awaits would otherwise run forever.
    pub fn step_limit(self, steps: u64) -> Self {
        Simulation { step_limit: steps, ..self }
    }

    /// Has all streams of chance begin anew, under that seed, when the clock comes to `at`: up to there the
    /// run is the one that it is without. May be given several times.
    pub fn reseed(mut self, at: Duration, seed: u64) -> Self {
        self.reseedings.push((nanos(at), seed));
        self
    }

    /// Shows what the run is at.
    pub fn pulse(self, pulse: &Arc<Pulse>) -> Self {
        Simulation { pulse: Some(Arc::clone(pulse)), ..self }
    }

    /// Makes a panic keep its backtrace, whatever RUST_BACKTRACE says. Formatting it takes up to a second, and
    /// is left to the caller.
    pub fn keep_backtrace(self) -> Self {
        Simulation { keeps_backtrace: true, ..self }
    }

    /// Runs `main` on the node "main" until it is ready, then drops everything that is left.
    ///
    /// A panic inside is caught and becomes an error, and so does code that goes round and gets nowhere:
    /// a poll that calls the runtime a million times, a million steps at one instant of virtual time.
    /// A poll that never returns and calls nothing holds the thread for good; see [`Pulse`].
    ///
    /// # Panics
    /// When called inside a simulation.
    #[track_caller]
    pub fn run<F>(self, main: F) -> Finished<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        panics::hold_back();
        let mut executor = Executor::new(self.seed, current::next_run(), self.pulse.clone());
        executor.keeps_backtrace = self.keeps_backtrace;
        executor.reseedings = Reseedings::new(self.reseedings.clone());
        let executor = Rc::new(executor);
        let installed = Installed::new(Rc::clone(&executor));
        let place = Location::caller();
        let mut result =
            caught(&executor, || unbudgeted(|| self.run_main(&executor, place, main))).flatten();
        // What is left may panic while it is dropped; an error that came before says more.
        let closed = caught(&executor, || executor.close());
        if let (Ok(_), Err(error)) = (&result, closed) {
            result = Err(error);
        }
        drop(installed);
        let backtrace = executor.backtrace.take().filter(|_| result.is_err());
        Finished {
            result,
            backtrace: backtrace.map(Arc::new),
            report: Report {
                trace_hash: executor.hash.get() ^ executor.true_now(),
                elapsed: Duration::from_nanos(executor.true_now()),
                steps: executor.steps.get(),
            },
        }
    }

    fn run_main<F>(
        &self,
        executor: &Executor,
        place: &'static Location<'static>,
        main: F,
    ) -> Result<F::Output, SimulationError>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let output = Rc::new(RefCell::new(None));
        let returned = Rc::clone(&output);
        let main = async move {
            let value = main.await;
            *returned.borrow_mut() = Some(value);
        };
        executor.spawn(executor.current_node(), place, Box::pin(main));
        executor.run(nanos(self.time_limit), self.step_limit, || output.borrow().is_some())?;
        let value = output.borrow_mut().take();
        Ok(value.expect("the run ended because main did"))
    }
}

/// Calls `f` without the budget that tokio gives its own tasks. Inside one, tokio's channels and locks would
/// otherwise have to wait for tokio when the budget is used up, which never gets its turn; and the run
/// would depend on what is around it.
fn unbudgeted<R>(f: impl FnOnce() -> R) -> R {
    let mut f = Some(f);
    let once = std::future::poll_fn(move |_| match f.take() {
        Some(f) => Poll::Ready(f()),
        None => Poll::Pending,
    });
    let once = pin!(tokio::task::coop::unconstrained(once));
    match once.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("it is polled once, and is ready then"),
    }
}
