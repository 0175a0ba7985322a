//! Panics inside a simulation.

use super::current::{is_simulated, with};
use super::error::SimulationError;
use super::executor::Executor;
use super::spinning::TooManyCalls;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Where the panic that is being caught happened.
    static PANIC: RefCell<Option<(String, Option<String>)>> = const { RefCell::new(None) };
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
            PANIC.set(Some((with_advice(info.to_string()), event)));
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
        if payload.is::<TooManyCalls>() {
            PANIC.take();
            let what = "a million calls of the runtime in one poll, which does not end";
            return SimulationError::Stuck { what, task };
        }
        let (said, event) = PANIC.take().unzip();
        let said = said.or_else(|| {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| payload.downcast_ref::<String>().cloned())
        });
        let message = said.unwrap_or_else(|| "without a message".to_owned());
        let event = event.flatten().filter(|_| task.is_none());
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
