//! A run on the virtual clock.

use crate::clock::nanos;
use crate::executor::{Executor, Installed};
use crate::task::JoinHandle;
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::sync::Once;
use std::time::Duration;

/// One run: an executor, a virtual clock and all chance, under one seed.
///
/// It runs on the calling thread and needs no runtime around it.
#[derive(Clone, Debug)]
pub struct Simulation {
    seed: u64,
    time_limit: Duration,
    step_limit: u64,
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished<T> {
    /// What the main future returned, or why it did not get there.
    pub result: Result<T, SimulationError>,
    /// What the run was, whatever its result.
    pub report: Report,
}

/// The measure of a run: equal reports mean equal runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The rolling hash of all events ([`crate::trace`]) and of the time at the end.
    pub trace_hash: u64,
    /// Virtual time.
    pub elapsed: Duration,
    /// Polls and due things.
    pub steps: u64,
}

/// Why a run did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// No task is ready and nothing is due: nothing can ever happen again.
    #[error("deadlock: nothing is left to happen, and these tasks wait: {}", list(blocked))]
    Deadlock {
        /// Every task, in the order of spawning.
        blocked: Vec<TaskInfo>,
    },
    /// More polls and due things than allowed: an endless loop.
    #[error("no end after {steps} steps")]
    StepLimit {
        /// The limit.
        steps: u64,
    },
    /// More virtual time than allowed.
    #[error("no end after {limit:?} of virtual time")]
    TimeLimit {
        /// The limit.
        limit: Duration,
    },
    /// A task, or something that it dropped, panicked.
    #[error("panic{}: {message}", task.as_ref().map(|task| format!(" in {task}")).unwrap_or_default())]
    Panic {
        /// The panic's message and place.
        message: String,
        /// The task that was running; nothing when it was an event.
        task: Option<TaskInfo>,
    },
}

/// Names a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskInfo {
    /// The node that it belongs to.
    pub node: String,
    /// Source file, line and column of the call that spawned it.
    pub spawned_at: String,
}

impl std::fmt::Display for TaskInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (spawned at {})", self.node, self.spawned_at)
    }
}

fn list(tasks: &[TaskInfo]) -> String {
    tasks.iter().map(TaskInfo::to_string).collect::<Vec<_>>().join(", ")
}

impl Simulation {
    /// A run under that seed, with no limits.
    pub fn new(seed: u64) -> Simulation {
        Simulation { seed, time_limit: Duration::MAX, step_limit: u64::MAX }
    }

    /// Ends the run with an error when it takes more virtual time than that.
    pub fn time_limit(self, limit: Duration) -> Self {
        Simulation { time_limit: limit, ..self }
    }

    /// Ends the run with an error after so many polls and due things: an endless loop that awaits
    /// would otherwise run for ever.
    pub fn step_limit(self, steps: u64) -> Self {
        Simulation { step_limit: steps, ..self }
    }

    /// Runs `main` on the node "main" until it is ready, then drops everything that is left.
    ///
    /// A panic inside is caught and becomes an error.
    ///
    /// # Panics
    /// When called inside a simulation.
    #[track_caller]
    pub fn run<F>(self, main: F) -> Finished<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        static HOOK: Once = Once::new();
        HOOK.call_once(hold_back_panics_of_simulations);

        let executor = Rc::new(Executor::new(self.seed));
        let installed = Installed::new(Rc::clone(&executor));
        let place = Location::caller();
        let mut result = caught(&executor, || self.run_main(&executor, place, main)).flatten();
        // What is left may panic while it is dropped; an error that came before says more.
        let closed = caught(&executor, || executor.close());
        if let (Ok(_), Err(error)) = (&result, closed) {
            result = Err(error);
        }
        drop(installed);
        Finished {
            result,
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
        let _main = JoinHandle::simulated(executor.current_node(), place, async move {
            let value = main.await;
            *returned.borrow_mut() = Some(value);
        });
        executor.run(nanos(self.time_limit), self.step_limit, || output.borrow().is_some())?;
        let value = output.borrow_mut().take();
        Ok(value.expect("the run ended because main did"))
    }
}

thread_local! {
    /// Where the panic that is being caught happened.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic of a simulation is a result that its caller reports, so the hook notes it and prints
/// nothing; other panics go to the hook that was there before.
fn hold_back_panics_of_simulations() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if crate::is_simulated() {
            PANIC.set(Some(info.to_string()));
        } else {
            before(info);
        }
    }));
}

fn caught<R>(executor: &Executor, f: impl FnOnce() -> R) -> Result<R, SimulationError> {
    // Whatever the panic left half done belongs to this run, which is dropped whole.
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let said = PANIC.take().or_else(|| {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| payload.downcast_ref::<String>().cloned())
        });
        SimulationError::Panic {
            message: said.unwrap_or_else(|| "without a message".to_owned()),
            task: executor.current_task_info(),
        }
    })
}
