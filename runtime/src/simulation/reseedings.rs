//! When a run gets another seed: until then it is the run that it was, and from then on all streams of chance
//! begin anew.

use crate::rng::{Source, set_source};
use std::cell::Cell;

/// What is still to come of a run's reseedings.
#[derive(Debug, Default)]
pub(super) struct Reseedings {
    /// Times and seeds, in the order of time.
    all: Vec<(u64, u64)>,
    done: Cell<usize>,
}

impl Reseedings {
    pub(super) fn new(mut all: Vec<(u64, u64)>) -> Reseedings {
        all.sort_by_key(|(at, _)| *at);
        Reseedings { all, done: Cell::new(0) }
    }

    /// The clock has moved.
    #[inline]
    pub(super) fn time_is(&self, now: u64) {
        while let Some(&(at, seed)) = self.all.get(self.done.get())
            && at <= now
        {
            self.done.set(self.done.get() + 1);
            set_source(Source { seed, reseedings: self.done.get() as u32 });
        }
    }
}
