//! A run that goes another way from some moment on.

use super::Scenario;
use labtrace::seconds_exact;
use serde::{Deserialize, Serialize};
use std::fmt;

/// From when on all chance of a run is drawn from another seed. Up to there the run is the one that it is
/// without.
///
/// What clients submit and when faults begin is said by the scenario and stays; what chance decides of them,
/// of messages, timeouts, disks and the order of what happens at once is another one. At the very start, at
/// 0, it is the seed of the whole run, whatever seed that is run under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reseed {
    /// When, in microseconds from the start.
    pub at_us: u64,
    /// The seed.
    pub seed: u64,
}

impl Reseed {
    /// The largest seed: a file can't say a larger one.
    pub(crate) const SEED_MAX: u64 = i64::MAX as u64;
}

/// What a person reads: `1.234567 s: all chance from seed 99`.
impl fmt::Display for Reseed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = seconds_exact(self.at_us.saturating_mul(1_000));
        write!(f, "{at}: all chance from seed {}", self.seed)
    }
}

impl Scenario {
    /// The seed of its run, if it has its own.
    pub(super) fn own_seed(&self) -> Option<u64> {
        self.reseeds.first().filter(|reseed| reseed.at_us == 0).map(|reseed| reseed.seed)
    }

    pub(crate) fn has_own_seed(&self) -> bool {
        self.own_seed().is_some()
    }

    /// Those that come while it goes on.
    pub(crate) fn later_reseeds(&self) -> impl Iterator<Item = &Reseed> {
        self.reseeds.iter().filter(|reseed| reseed.at_us > 0)
    }

    /// The same with that seed for its own.
    pub(crate) fn pinned(&self, seed: u64) -> Scenario {
        let reseeds = [Reseed { at_us: 0, seed }].into_iter().chain(self.reseeds.iter().copied());
        Scenario { reseeds: reseeds.collect(), ..self.clone() }
    }

    /// The same with that seed for its own, and no other one later.
    pub(crate) fn with_seed(&self, seed: u64) -> Scenario {
        Scenario { reseeds: vec![Reseed { at_us: 0, seed }], ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_of_its_own_comes_before_that_of_the_run() {
        let scenario = Scenario::default();
        assert_eq!(scenario.simulation_seed(7), 7);
        let own = scenario.with_seed(99);
        assert_eq!((own.simulation_seed(7), own.simulation_seed(8)), (99, 99));
        let varied = Scenario { variation: 1, ..own };
        assert_ne!(varied.simulation_seed(7), 99);
    }

    #[test]
    fn they_come_one_after_another() {
        let text = |first: u64, second: u64| {
            format!(
                "[[reseed]]\nat_us = {first}\nseed = 1\n[[reseed]]\nat_us = {second}\nseed = 2\n"
            )
        };
        let scenario = Scenario::from_toml(&text(0, 1_500_000), "it.toml").unwrap();
        assert_eq!(scenario.later_reseeds().map(|reseed| reseed.seed).collect::<Vec<_>>(), [2]);
        assert_eq!(Scenario::from_toml(&scenario.to_toml().unwrap(), "it.toml").unwrap(), scenario);
        let error = Scenario::from_toml(&text(5, 5), "it.toml").unwrap_err();
        assert_eq!(error.line, 5);
        assert!(error.to_string().contains("after the one before it"), "{error}");
        let told = scenario.to_string();
        assert!(told.ends_with("1.500000 s: all chance from seed 2"), "{told}");
    }
}
