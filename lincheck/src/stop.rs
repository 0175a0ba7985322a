//! Stopping a search from outside.

use crate::search::Search;
use crate::{Model, Verdict};
use std::fmt;

/// How many steps are made before it is asked whether to stop: some milliseconds.
const STEPS_BETWEEN_STOPS: u64 = 1 << 14;

/// Whether all is to be stopped now.
#[derive(Clone, Copy)]
pub(crate) struct Stop<'a>(Option<&'a dyn Fn() -> bool>);

impl<'a> Stop<'a> {
    /// Never.
    pub const NEVER: Stop<'a> = Stop(None);

    /// As soon as that is true.
    pub fn when(stop: &'a dyn Fn() -> bool) -> Stop<'a> {
        Stop(Some(stop))
    }

    /// Makes that many steps of a search, unless all is stopped meanwhile.
    pub fn run<M: Model>(self, search: &mut Search<'_, M>, steps: u64) -> Verdict {
        let mut left_steps = steps;
        loop {
            let before = search.steps();
            let verdict = search.run(left_steps.min(STEPS_BETWEEN_STOPS));
            let made = search.steps() - before;
            left_steps = left_steps.saturating_sub(made);
            if verdict != Verdict::Unknown || left_steps == 0 || made == 0 || self.is_due() {
                return verdict;
            }
        }
    }

    /// Whether it is.
    pub fn is_due(self) -> bool {
        self.0.is_some_and(|stop| stop())
    }
}

impl fmt::Debug for Stop<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Stop(..)" } else { "Stop(never)" })
    }
}
