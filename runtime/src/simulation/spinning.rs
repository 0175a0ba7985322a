//! Counters that end code which goes round and gets nowhere: within one poll, or from poll to poll while
//! no virtual time passes. A loop that does neither, and calls nothing of the runtime, is seen by
//! [`Pulse`](crate::Pulse) alone.

use super::tasks::TaskOrigin;
use std::cell::Cell;

/// The most calls of the runtime in one step. A step that sends to everybody makes some hundred.
const CALLS_MAX: u32 = 1 << 20;
/// The most steps at one instant of virtual time.
const STEPS_MAX: u32 = 1 << 20;

#[derive(Default)]
pub(super) struct Spinning {
    calls: Cell<u32>,
    steps: Cell<u32>,
    /// The task that took most of the late steps of this instant, by majority vote.
    suspect: Cell<Option<TaskOrigin>>,
    votes: Cell<u32>,
}

/// Thrown out of a poll that calls the runtime again and again.
pub(super) struct TooManyCalls;

impl Spinning {
    /// Code of a step has called the runtime.
    ///
    /// # Panics
    /// With [`TooManyCalls`] when it has done so far too often.
    #[inline]
    pub(super) fn call(&self) {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() > CALLS_MAX {
            give_up(&self.calls);
        }
    }

    /// A step begins. Returns whether there were far too many at this instant.
    #[inline]
    pub(super) fn step(&self) -> bool {
        self.calls.set(0);
        self.steps.set(self.steps.get() + 1);
        self.steps.get() > STEPS_MAX
    }

    /// The step polls that task.
    #[inline]
    pub(super) fn polls(&self, origin: TaskOrigin) {
        if self.steps.get() > STEPS_MAX / 2 {
            self.vote(origin);
        }
    }

    /// Virtual time has passed.
    #[inline]
    pub(super) fn time_passes(&self) {
        self.steps.set(0);
        self.votes.set(0);
    }

    /// Who most likely goes round.
    pub(super) fn suspect(&self) -> Option<TaskOrigin> {
        self.suspect.get()
    }

    fn vote(&self, origin: TaskOrigin) {
        let votes = self.votes.get();
        if votes == 0 {
            self.suspect.set(Some(origin));
        }
        let is_suspect = self.suspect.get() == Some(origin);
        self.votes.set(if is_suspect { votes + 1 } else { votes.saturating_sub(1) });
    }
}

#[cold]
fn give_up(calls: &Cell<u32>) {
    // Destructors call the runtime too, and must not panic while a panic unwinds.
    if !std::thread::panicking() {
        calls.set(0);
        std::panic::panic_any(TooManyCalls);
    }
}
