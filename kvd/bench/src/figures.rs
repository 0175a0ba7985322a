//! What is counted while a load goes on.

use crate::operation::Kind;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// The result of a load.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// How long writes took that were answered.
    pub writes: Times,
    /// How long reads took that were answered.
    pub reads: Times,
    /// How many of the reads found nothing.
    pub missing: u64,
    /// How many operations were not answered, or refused, by the kind of error.
    pub errors: BTreeMap<String, u64>,
    /// At a rate: how many operations were due and never sent, because earlier ones were not answered. How
    /// long they would have taken is in no figure.
    pub unsent: u64,
    /// At a rate: how late operations were sent that no earlier one kept waiting: the load generator's own
    /// fault.
    pub late: Times,
    /// How long all of it took, without the warm-up.
    pub elapsed: Duration,
}

impl Figures {
    /// Counts an operation that was answered after that long.
    pub fn answered(&mut self, kind: Kind, took: Duration) {
        match kind {
            Kind::Write => self.writes.record(took),
            Kind::Read => self.reads.record(took),
        }
    }

    /// Counts an operation of which an error of that kind is all that is known.
    pub fn failed(&mut self, error: &str) {
        match self.errors.get_mut(error) {
            Some(count) => *count += 1,
            None => drop(self.errors.insert(error.to_owned(), 1)),
        }
    }
}

/// Many times, each as a whole number of microseconds of which three digits are kept.
#[derive(Clone, Debug)]
pub struct Times(Histogram<u64>);

impl Default for Times {
    /// None.
    fn default() -> Times {
        Times(Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("these bounds are in order"))
    }
}

impl Times {
    /// Adds one. More than an hour counts as an hour.
    pub fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// That share of them took no longer, in microseconds.
    pub fn quantile_us(&self, share: f64) -> u64 {
        self.0.value_at_quantile(share)
    }

    /// Their mean, in microseconds.
    pub fn mean_us(&self) -> f64 {
        self.0.mean()
    }

    /// The longest of them, in microseconds.
    pub fn max_us(&self) -> u64 {
        self.0.max()
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.0.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_recorded() {
        let mut times = Times::default();
        (1..=1000).for_each(|ms| times.record(Duration::from_millis(ms)));
        assert_eq!(times.count(), 1000);
        for (share, ms) in [(0.5, 500), (0.99, 990), (0.999, 999)] {
            let off = times.quantile_us(share).abs_diff(ms * 1000);
            assert!(off <= ms, "{share}: {}", times.quantile_us(share));
        }
        assert!(times.max_us().abs_diff(1_000_000) <= 1000);
    }

    #[test]
    fn no_time_is_too_short_or_too_long() {
        let mut times = Times::default();
        times.record(Duration::ZERO);
        times.record(Duration::MAX);
        assert_eq!((times.count(), times.quantile_us(0.5)), (2, 0));
        assert!(times.max_us() >= 3_600_000_000);
    }

    #[test]
    fn errors_are_counted_by_kind() {
        let mut figures = Figures::default();
        for kind in ["CLUSTERDOWN", "timed out", "CLUSTERDOWN"] {
            figures.failed(kind);
        }
        let errors: Vec<_> =
            figures.errors.iter().map(|(kind, count)| (&kind[..], *count)).collect();
        assert_eq!(errors, [("CLUSTERDOWN", 2), ("timed out", 1)]);
    }
}
