//! How soon the tester catches one specimen.

use crate::catalogue::{implementation, is_shown_by};
use crate::view::View;
use labtest::guide::{Guide, try_out};
use labtest::runtime::Pulse;
use labtest::scenario::Scenario;
use labtest::shrink;
use labtest::{Implementation, LabTest, RunOptions, Verdict, run_one};
use specimen_rafts::Specimen;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
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
    /// What the tester may look at.
    pub view: View,
    /// How each run is run.
    pub options: RunOptions,
    /// With how many runs the catch is shrunk, at most; with none it is not. One of a guided hunt never is.
    pub shrink_runs: u64,
    /// Each run is made from what the runs before it came to, and counts as a seed.
    pub guided: bool,
}

/// The distance between base seeds: large enough that no two hunts share a seed.
const BETWEEN_BASES: u64 = 1_000_000;

impl Hunt {
    /// The hunt with that number, of several that go on side by side, without shrinking. `pulse` shows the runs
    /// to the thread that watches their progress.
    pub fn from_base(
        tests: Vec<LabTest>,
        view: View,
        base: u64,
        seeds: u64,
        pulse: &Arc<Pulse>,
    ) -> Hunt {
        let (outside_only, pulse) = (view == View::Outside, Some(Arc::clone(pulse)));
        let options = RunOptions { outside_only, pulse, ..RunOptions::default() };
        let base_seed = 1 + base * BETWEEN_BASES;
        Hunt { tests, base_seed, seeds, view, options, shrink_runs: 0, guided: false }
    }

    fn guide(&self, test: &LabTest, implementation: &dyn Implementation) -> Option<Guide> {
        let guide = || Guide::new(test, self.base_seed, implementation, &self.options, Vec::new());
        self.guided.then(|| guide().expect("only explorations are guided"))
    }
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
    /// What became of the scenario of that run, if it was an exploration and was shrunk.
    pub shrunk: Option<Shrunk>,
}

/// How small the scenario of a catch became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// How many steps are left, as [`Scenario::step_count`] counts them.
    pub steps: u64,
    /// How many there were.
    pub steps_before: u64,
    /// How many runs that took.
    pub runs: u64,
}

/// The result of a hunt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunted {
    /// The catch, if there was one.
    pub catch: Option<Catch>,
    /// Runs that failed before that in a way that counts for nothing, by property: a panic, an
    /// error, a missed time limit of a bug that breaks safety.
    pub not_counted: BTreeMap<&'static str, u64>,
}

/// Looks for the specimen's bug, seed by seed, until a property breaks that counts for it.
///
/// # Panics
/// When it is to be guided and one of the tests is no exploration.
pub fn hunt(specimen: &Specimen, hunt: &Hunt) -> Hunted {
    let implementation = implementation(specimen, hunt.view);
    let (mut virtual_time, mut wall_time) = (Duration::ZERO, Duration::ZERO);
    let mut not_counted = BTreeMap::new();
    let guide = |test| hunt.guide(test, &*implementation);
    let mut guides: Vec<Option<Guide>> = hunt.tests.iter().map(guide).collect();
    for number in 0..hunt.seeds {
        let seed = hunt.base_seed.wrapping_add(number);
        for (test, guide) in hunt.tests.iter().zip(&mut guides) {
            let outcome = match guide {
                None => run_one(test, seed, &implementation, &hunt.options),
                Some(guide) => {
                    let attempt = guide.suggest(seed);
                    let tried = try_out(&attempt, test, &implementation, &hunt.options);
                    guide.learn(&attempt, &tried);
                    tried.outcome
                }
            };
            virtual_time += outcome.virtual_time;
            wall_time += outcome.wall_time;
            let Verdict::Failed(failure) = outcome.verdict else { continue };
            if !is_shown_by(specimen.breaks, failure.property) {
                *not_counted.entry(failure.property).or_default() += 1;
                continue;
            }
            let catch = Catch {
                test: test.name,
                seed,
                property: failure.property,
                message: failure.message,
                seeds: number + 1,
                virtual_time,
                wall_time,
                shrunk: shrink_catch(test, seed, &implementation, hunt),
            };
            return Hunted { catch: Some(catch), not_counted };
        }
    }
    Hunted { catch: None, not_counted }
}

/// Looks for the smallest scenario that shows the same.
fn shrink_catch(
    test: &LabTest,
    seed: u64,
    implementation: &Arc<dyn Implementation>,
    hunt: &Hunt,
) -> Option<Shrunk> {
    let Hunt { options, shrink_runs, guided, .. } = hunt;
    let exploration = test.exploration().filter(|_| *shrink_runs > 0 && !guided)?;
    let scenario = Scenario::draw(exploration, seed, &options.faults);
    let shrunk = shrink(&scenario, seed, implementation, options, *shrink_runs, &mut |_| {
        ControlFlow::Continue(())
    })?;
    let labtest::Shrunk { steps, steps_before, runs, .. } = shrunk;
    Some(Shrunk { steps, steps_before, runs })
}
