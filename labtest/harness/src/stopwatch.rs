//! The real clock, for how long things take a person: progress, rates, times in tables.

use std::time::Duration;

/// Counts real time from when it was made. Nothing that a run does may depend on it.
#[allow(clippy::disallowed_types)] // This is what the runner, not a run, is timed with.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods)] // See the type.
    #[allow(clippy::disallowed_types)]
    /// Starts now.
    pub fn start() -> Stopwatch {
        Stopwatch(std::time::Instant::now())
    }

    /// The real time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
