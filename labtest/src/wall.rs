//! The real clock, for how long things take a person: progress, rates, times in tables.

use std::time::Duration;

/// Counts real time from when it was made. Nothing that a run does may depend on it.
#[allow(clippy::disallowed_types)] // This is what the runner, not a run, is timed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods)] // See the type.
    #[allow(clippy::disallowed_types)]
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(std::time::Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
