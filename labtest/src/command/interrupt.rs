//! Ctrl-C, and the signal by which a CI system ends a job.

use super::CommandError;
use crate::around;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The shell's code for a process that a Ctrl-C has ended.
const KILLED_BY_INTERRUPT: i32 = 130;

/// Whether the user wants to stop.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on: the first signal asks for an end, the second one is the end.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub(super) fn listen() -> Result<Interrupt, CommandError> {
        let interrupt = Interrupt::default();
        let noting = interrupt.clone();
        let listening = ctrlc::set_handler(move || {
            if noting.0.swap(true, Ordering::Relaxed) {
                around::finish();
                std::process::exit(KILLED_BY_INTERRUPT);
            }
        });
        match listening {
            Ok(()) => Ok(interrupt),
            Err(error) => Err(CommandError::Software(format!("can't listen for Ctrl-C: {error}"))),
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For what goes on until then.
    pub(super) fn unless_wanted(&self) -> ControlFlow<()> {
        if self.is_wanted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
