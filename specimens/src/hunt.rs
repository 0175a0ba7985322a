//! How soon the tester catches one specimen.

use crate::catalogue::Specimen;
use labtest::{LabTest, RunOptions, Verdict, run_one};
use std::time::Duration;

/// A way of looking for a bug.
#[derive(Clone)]
pub struct Hunt {
    /// The tests that are run under each seed.
    pub tests: Vec<LabTest>,
    /// The first seed.
    pub base_seed: u64,
    /// How many seeds are tried.
    pub seeds: u64,
    /// How each run is run.
    pub options: RunOptions,
}

/// The first run that showed the bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catch {
    /// The test.
    pub test: &'static str,
    /// The seed.
    pub seed: u64,
    /// Which property it broke.
    pub property: &'static str,
    /// The sentence.
    pub message: String,
    /// How many seeds it took.
    pub seeds: u64,
    /// Virtual time of all runs up to that one, itself included.
    pub virtual_time: Duration,
    /// Time of this machine for the same.
    pub wall_time: Duration,
}

/// Looks for the specimen's bug, seed by seed, until a property breaks that counts for it.
pub fn hunt(specimen: &Specimen, hunt: &Hunt) -> Option<Catch> {
    let (mut virtual_time, mut wall_time) = (Duration::ZERO, Duration::ZERO);
    for number in 0..hunt.seeds {
        let seed = hunt.base_seed.wrapping_add(number);
        for test in &hunt.tests {
            let outcome = run_one(test, seed, &specimen.implementation, &hunt.options);
            virtual_time += outcome.virtual_time;
            wall_time += outcome.wall_time;
            if let Verdict::Failed(failure) = outcome.verdict
                && specimen.breaks.is_shown_by(failure.property)
            {
                return Some(Catch {
                    test: test.name,
                    seed,
                    property: failure.property,
                    message: failure.message,
                    seeds: number + 1,
                    virtual_time,
                    wall_time,
                });
            }
        }
    }
    None
}
