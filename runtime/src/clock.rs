//! Points in time, and a node's own clock.

use std::ops::{Add, AddAssign};
use std::time::Duration;

/// A point on a node's clock, in nanoseconds since the run began (in a simulation) or since the
/// process first asked for the time (outside one).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The beginning of the run.
    pub const START: Instant = Instant(0);

    /// The point `nanos` nanoseconds after the beginning.
    pub const fn from_nanos(nanos: u64) -> Self {
        Instant(nanos)
    }

    /// Nanoseconds since the beginning.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Time that has passed since `earlier`; zero when `earlier` is the later one.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// Saturates at the end of time, about 584 years.
    fn add(self, duration: Duration) -> Instant {
        Instant(self.0.saturating_add(nanos(duration)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) const EXACT_RATE: u32 = 1_000_000;

/// How one node sees time: a line through (`true_base`, `local_base`) with the slope `rate`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    true_base: u64,
    local_base: u64,
    rate_per_million: u32,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { true_base: 0, local_base: 0, rate_per_million: EXACT_RATE }
    }
}

impl Clock {
    /// What this clock shows at a true time.
    #[inline]
    pub(crate) fn local(&self, true_now: u64) -> u64 {
        let passed = true_now.saturating_sub(self.true_base);
        self.local_base.saturating_add(scale(passed, self.rate_per_million, EXACT_RATE, false))
    }

    /// The first true time, not before `true_now`, at which this clock shows `local` or later.
    pub(crate) fn true_time(&self, local: u64, true_now: u64) -> u64 {
        let ahead = local.saturating_sub(self.local_base);
        let passed = scale(ahead, EXACT_RATE, self.rate_per_million, true);
        self.true_base.saturating_add(passed).max(true_now)
    }

    /// From now on the clock runs at this rate; what it shows now stays.
    pub(crate) fn set_rate(&mut self, true_now: u64, rate_per_million: u32) {
        assert!(rate_per_million > 0, "a clock that stands still has no timers: pause the node");
        *self = Clock { true_base: true_now, local_base: self.local(true_now), rate_per_million };
    }

    /// Moves the clock forward at once.
    pub(crate) fn jump(&mut self, true_now: u64, forward: u64) {
        let local_base = self.local(true_now).saturating_add(forward);
        *self = Clock { true_base: true_now, local_base, rate_per_million: self.rate_per_million };
    }
}

#[inline]
fn scale(nanos: u64, by: u32, of: u32, round_up: bool) -> u64 {
    if by == of {
        return nanos;
    }
    let product = u128::from(nanos) * u128::from(by);
    let extra = if round_up { u128::from(of - 1) } else { 0 };
    u64::try_from((product + extra) / u128::from(of)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_keeps_what_it_shows_when_its_rate_changes() {
        let mut clock = Clock::default();
        clock.set_rate(1_000, 500_000);
        assert_eq!(clock.local(1_000), 1_000);
        assert_eq!(clock.local(3_000), 2_000);
        clock.set_rate(3_000, 2_000_000);
        assert_eq!(clock.local(3_000), 2_000);
        assert_eq!(clock.local(4_000), 4_000);
    }

    #[test]
    fn true_time_is_the_first_moment_at_which_the_clock_shows_it() {
        let mut clock = Clock::default();
        clock.set_rate(7, 333_333);
        for local in [7, 8, 9, 1_000, 123_456_789] {
            let at = clock.true_time(local, 7);
            assert!(clock.local(at) >= local);
            assert!(at == 7 || clock.local(at - 1) < local);
        }
    }

    #[test]
    fn a_jump_moves_the_clock_forward_and_keeps_its_rate() {
        let mut clock = Clock::default();
        clock.set_rate(0, 2_000_000);
        clock.jump(10, 100);
        assert_eq!(clock.local(10), 120);
        assert_eq!(clock.local(15), 130);
    }
}
