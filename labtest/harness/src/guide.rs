//! Exploration that learns: scenarios that came to something new are kept and changed, beside fresh ones.
//!
//! A run is sketched; one that shows a feature that none before it showed goes into the
//! corpus. What a seed runs next is a fresh draw, or one of the corpus changed: the same scenario under other
//! chance, the same run up to the moment of something rare and from there another, with steps moved,
//! repeated or taken from others. What is rarely seen, in a run that is short, is changed more often.
//!
//! With one run after another all of it is a function of the first seed: the same runs, the same corpus.

mod change;
mod corpus;
mod guides;
mod legal;
mod way;

use crate::novelty::Sketch;
use crate::run::{draw, permitted, run_sketched};
use crate::scenario::Reseed;
use crate::{
    Exploration, Implementation, LabTest, RunOptions, RunOutcome, Scenario, Supports,
    UnwritableScenario, Verdict,
};
use change::Change;
use corpus::Corpus;
pub use guides::{Guides, Learned};
use runtime::Rng;
use std::collections::VecDeque;
use std::sync::Arc;
pub use way::Way;
use xxhash_rust::xxh3::xxh3_64;

/// Says what is to be run next of a test, and learns from what was run.
///
/// ```
/// # use harness as labtest;
/// use labtest::guide::{Guide, try_out};
/// use labtest::{Implementation, OurRaft, RunOptions, Verdict, all_tests};
/// use std::sync::Arc;
///
/// let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
/// let test = all_tests().iter().find(|test| test.name == "explore::crash").unwrap();
/// let options = RunOptions::default();
/// let mut guide = Guide::new(test, 1, &*raft, &options, Vec::new()).unwrap();
/// for seed in 1..=3 {
///     let attempt = guide.suggest(seed);
///     let tried = try_out(&attempt, test, &raft, &options);
///     assert_eq!(tried.outcome.verdict, Verdict::Passed);
///     guide.learn(&attempt, &tried);
/// }
/// assert!(guide.features() > 0 && !guide.scenarios().is_empty());
/// ```
pub struct Guide {
    exploration: Exploration,
    supports: Supports,
    options: RunOptions,
    rng: Rng,
    /// What is run first.
    known: VecDeque<Arc<Scenario>>,
    corpus: Corpus,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The scenario. One that was made brings its seed with it.
    pub scenario: Arc<Scenario>,
    /// The seed that it is run under.
    pub seed: u64,
    /// How it was come by.
    pub way: Way,
}

/// A run, and what it showed.
pub struct Tried {
    /// The run.
    pub outcome: RunOutcome,
    sketch: Sketch,
}

impl Guide {
    /// For an exploration of that Raft; `None` when the test is none. `known` are scenarios of an earlier
    /// corpus: they are run first, and what is new in them is learned.
    pub fn new(
        test: &LabTest,
        first_seed: u64,
        implementation: &dyn Implementation,
        options: &RunOptions,
        known: Vec<Scenario>,
    ) -> Option<Guide> {
        Some(Guide {
            exploration: test.exploration()?,
            supports: implementation.supports(),
            options: options.clone(),
            rng: Rng::stream(first_seed, "guide", 0),
            known: known.into_iter().map(|it| Arc::new(without_others(it, options))).collect(),
            corpus: Corpus::default(),
        })
    }

    /// What to run under that seed.
    pub fn suggest(&mut self, seed: u64) -> Attempt {
        if let Some(scenario) = self.known.pop_front() {
            return Attempt { scenario, seed, way: Way::Known };
        }
        let way = Way::draw(&mut self.rng);
        let changed = match way {
            Way::Known | Way::Fresh => None,
            _ => self.change(way, seed),
        };
        changed.unwrap_or_else(|| Attempt {
            scenario: Arc::new(self.draw(seed)),
            seed,
            way: Way::Fresh,
        })
    }

    fn draw(&self, seed: u64) -> Scenario {
        draw(self.exploration, seed, &self.supports, &self.options)
    }

    /// `None` where nothing is known, and for what can't be.
    fn change(&mut self, way: Way, seed: u64) -> Option<Attempt> {
        let parent = self.corpus.choose(&mut self.rng)?;
        let donor = match way {
            Way::Cross => self.corpus.choose(&mut self.rng)?.scenario,
            // Of the parts of what this seed would draw something new is made.
            _ => Arc::new(self.draw(seed)),
        };
        let mut change = Change { rng: &mut self.rng, parent: &parent, donor: &donor };
        let scenario = legal::made_legal(change.make(way));
        let scenario = permitted(scenario, &self.supports, &self.options)?;
        Some(Attempt { scenario: Arc::new(scenario), seed, way })
    }

    /// Learns from a run. Returns how many features it showed that no run before did.
    pub fn learn(&mut self, attempt: &Attempt, tried: &Tried) -> u64 {
        let Tried { outcome, sketch } = tried;
        let scenario = match attempt.scenario.has_own_seed() {
            true => Arc::clone(&attempt.scenario),
            // What no file can say is not kept.
            false if attempt.seed > Reseed::SEED_MAX => return 0,
            false => Arc::new(attempt.scenario.pinned(attempt.seed)),
        };
        self.corpus.learn(scenario, sketch, outcome.steps)
    }

    /// The corpus: what came to something new, in the order in which it did.
    pub fn scenarios(&self) -> Vec<Arc<Scenario>> {
        self.corpus.scenarios().collect()
    }

    /// As few of the corpus as show all its features, more or less: the shortest of those that are needed,
    /// and then what adds most.
    pub fn smallest(&self) -> Vec<Arc<Scenario>> {
        self.corpus.smallest()
    }

    /// How many features were seen.
    pub fn features(&self) -> u64 {
        self.corpus.features()
    }
}

/// The scenario without the faults that are not wanted.
fn without_others(mut scenario: Scenario, options: &RunOptions) -> Scenario {
    scenario.steps.retain(|step| options.faults.allows(step.fault.name()));
    scenario
}

/// The name of a scenario's file in a corpus, and what is in it. Equal scenarios have one file.
///
/// # Errors
/// See [`Scenario::to_toml`].
pub fn file_of(scenario: &Scenario) -> Result<(String, String), UnwritableScenario> {
    let text = scenario.to_toml()?;
    Ok((format!("{:016x}.toml", xxh3_64(text.as_bytes())), text))
}

/// The scenario's file.
fn told(scenario: &Scenario) -> Arc<str> {
    scenario.to_toml().expect("a scenario that is run is possible, and so can be written").into()
}

/// Runs an attempt, on the calling thread.
pub fn try_out(
    attempt: &Attempt,
    test: &LabTest,
    implementation: &Arc<dyn Implementation>,
    options: &RunOptions,
) -> Tried {
    let Attempt { scenario, seed, way } = attempt;
    let (mut outcome, sketch) = run_sketched(scenario, *seed, test, implementation, options);
    outcome.made = (*way != Way::Fresh).then(|| match outcome.verdict {
        Verdict::Passed => Arc::from(""),
        _ => told(scenario),
    });
    Tried { outcome, sketch }
}

#[cfg(test)]
mod tests;
