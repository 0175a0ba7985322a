//! What the tests of adapters share: samples that a right one passes, hunts for mistakes that are planted in it, and
//! scenarios of what was found. The tests of the adapters that people copy stand here, too.

use labtest::nemesis::FaultFilter;
use labtest::scenario::{Scenario, run_scenario};
use labtest::{
    Failure, Implementation, LabTest, RunOptions, RunOutcome, Verdict, all_tests, run_one, select,
};
use std::path::Path;
use std::sync::Arc;

/// Within how many seeds a mistake is caught.
pub const SEEDS: u64 = 100;

/// The outcomes of these tests under the first `seeds` seeds, or, with `ADAPTER_TIMES=100`, under a hundred times as many.
pub fn sample<'a>(
    raft: &'a Arc<dyn Implementation>,
    suites: &[&str],
    seeds: u64,
    options: &'a RunOptions,
) -> impl Iterator<Item = RunOutcome> + 'a {
    let times = std::env::var("ADAPTER_TIMES").map_or(1, |it| it.parse().expect("a number"));
    let runs = tests(suites)
        .into_iter()
        .flat_map(move |test| (1..=seeds * times).map(move |seed| (test, seed)));
    runs.map(move |(test, seed)| run_one(&test, seed, raft, options))
}

fn tests(suites: &[&str]) -> Vec<LabTest> {
    let suites: Vec<String> = suites.iter().map(|suite| (*suite).to_owned()).collect();
    select(all_tests(), &suites).expect("there are such tests")
}

/// The scenario of an outcome, if it is of an exploration.
pub fn drawn(outcome: &RunOutcome) -> Option<Scenario> {
    let test = all_tests().iter().find(|test| test.name == outcome.test)?;
    Some(Scenario::draw(test.exploration()?, outcome.seed, &FaultFilter::all()))
}

/// The run has passed, and everything of it was seen.
///
/// # Panics
/// When that is not so.
pub fn assert_passed(outcome: &RunOutcome) {
    let run = format!("{}, seed {}", outcome.test, outcome.seed);
    assert_eq!(outcome.verdict, Verdict::Passed, "{run}");
    let seen = outcome.coverage.as_ref().expect("it came to its end");
    assert!(seen.applied && seen.disk && seen.inside, "{run}: {seen:?}");
    // A server that is alone sends nothing.
    let is_alone = drawn(outcome).is_some_and(|scenario| scenario.servers == 1);
    assert!(seen.messages || is_alone, "{run}: {seen:?}");
}

/// A mistake by its option's name, the explorations that find it, the property that it breaks, and what the
/// sentence must say.
pub struct Caught(
    /// The mistake.
    pub &'static str,
    /// The explorations.
    pub &'static str,
    /// The property.
    pub &'static str,
    /// Words of the sentence.
    pub &'static [&'static str],
);

impl Caught {
    /// What the seeds show, in order, of a Raft with that mistake.
    pub fn failures(
        &self,
        right: &dyn Implementation,
        options: &RunOptions,
    ) -> impl Iterator<Item = (u64, Failure)> + use<> {
        let Caught(mistake, explorations, ..) = *self;
        let option = ("bug".to_owned(), mistake.to_owned());
        let raft = right.with_options(&[option]).expect("it is an option");
        let (tests, options) = (tests(&[explorations]), options.clone());
        let runs =
            (1..=SEEDS).flat_map(move |seed| tests.clone().into_iter().map(move |it| (it, seed)));
        runs.filter_map(move |(test, seed)| {
            failed(run_one(&test, seed, &raft, &options)).map(|failure| (seed, failure))
        })
    }

    /// Whether it is that property, and that sentence.
    pub fn is_it(&self, failure: &Failure) -> bool {
        let Caught(_, _, property, words) = *self;
        failure.property == property && words.iter().all(|it| failure.message.contains(it))
    }

    /// The first seed that shows it, and how.
    ///
    /// # Panics
    /// When none of [`SEEDS`] does.
    pub fn first(&self, right: &dyn Implementation, options: &RunOptions) -> (u64, Failure) {
        let caught = self.failures(right, options).find(|(_, failure)| self.is_it(failure));
        let Caught(mistake, explorations, property, _) = *self;
        caught.unwrap_or_else(|| {
            panic!("{mistake}: {explorations} does not find {property} in {SEEDS} seeds")
        })
    }
}

/// How it failed, if it did.
fn failed(outcome: RunOutcome) -> Option<Failure> {
    match outcome.verdict {
        Verdict::Passed => None,
        Verdict::Failed(failure) => Some(failure),
        Verdict::Undecided(reason) => panic!("{}, seed {}: {reason}", outcome.test, outcome.seed),
    }
}

/// A scenario of an adapter, whose folder that is.
///
/// # Panics
/// When there is none with that name.
pub fn scenario(adapter: &str, name: &str) -> Scenario {
    let file = Path::new(adapter).join("scenarios").join(name).with_extension("toml");
    let text = std::fs::read_to_string(&file).expect("it is there");
    Scenario::from_toml(&text, &file.to_string_lossy()).expect("it is a scenario")
}

/// What the scenario shows under each of the first `seeds` seeds.
pub fn shown(
    scenario: &Scenario,
    seeds: u64,
    raft: Arc<dyn Implementation>,
    options: RunOptions,
) -> impl Iterator<Item = Option<Failure>> {
    (1..=seeds).map(move |seed| failed(run_scenario(scenario, seed, &raft, &options)))
}
