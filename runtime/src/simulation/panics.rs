//! Panics inside a simulation.

use super::current::{is_simulated, with};
use super::error::SimulationError;
use super::executor::Executor;
use super::spinning::TooManyCalls;
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// What the hook sees of a panic.
struct Seen {
    said: String,
    event: Option<String>,
    backtrace: Option<Backtrace>,
}

thread_local! {
    /// The panic that is being caught.
    static PANIC: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// Has panics of simulations noted for [`caught`] and not printed: they are results, which the caller
/// reports. All other panics go to the hook that was there before.
pub(super) fn hold_back() {
    static HOOK: Once = Once::new();
    HOOK.call_once(set_hook);
}

fn set_hook() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if is_simulated() {
            let event = with(Executor::current_event).flatten();
            let is_wanted = with(|executor| executor.keeps_backtrace) == Some(true);
            let backtrace = is_wanted.then(Backtrace::force_capture);
            PANIC.set(Some(Seen { said: with_advice(info.to_string()), event, backtrace }));
        } else {
            before(info);
        }
    }));
}

/// Runs `f` and makes its panic, if it does, an error that names the task.
pub(super) fn caught<R>(executor: &Executor, f: impl FnOnce() -> R) -> Result<R, SimulationError> {
    // State that the panic left half changed belongs to this run, which is dropped as a whole.
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let task = executor.current_task_info();
        let seen = PANIC.take();
        let (said, event, backtrace) = match seen {
            Some(Seen { said, event, backtrace }) => (Some(said), event, backtrace),
            None => (None, None, None),
        };
        let first = executor.backtrace.take();
        executor.backtrace.replace(first.or(backtrace));
        if payload.is::<TooManyCalls>() {
            let what = "a million calls of the runtime in one poll, which does not end";
            return SimulationError::Stuck { what, task, event };
        }
        let said = said.or_else(|| {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| payload.downcast_ref::<String>().cloned())
        });
        let message = said.unwrap_or_else(|| "without a message".to_owned());
        SimulationError::Panic { message, task, event }
    })
}

/// What tokio says when its clock or its tasks are used where it does not run, and what helps here.
fn with_advice(message: String) -> String {
    const NO_REACTOR: &str = "there is no reactor running";
    const ADVICE: &str = "tokio does not run inside a simulation: use sleep, timeout, spawn and now of \
        the crate `runtime`";
    if message.contains(NO_REACTOR) { format!("{message}\n{ADVICE}") } else { message }
}
