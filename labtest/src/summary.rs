//! Many runs added up. Its size does not grow with the number of runs that passed, and its content
//! does not depend on the order in which they came in.

use crate::{Failure, LabTest, RunOutcome, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;

/// So many seeds of each kind of failure are kept, the lowest ones.
const SEEDS_KEPT: usize = 10;

/// The runs of one test, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestSummary {
    /// The test's name.
    pub test: &'static str,
    /// Runs in which every property held.
    pub passed: u64,
    /// Runs that violated a property.
    pub failed: u64,
    /// Runs that could not be judged.
    pub undecided: u64,
    /// Runs with something odd that is no failure.
    pub warned: u64,
    /// Sum of the times on the runs' clocks.
    pub virtual_time: Duration,
    /// Sum of the times they took here.
    pub wall_time: Duration,
    /// Sum of the calls made.
    pub rpcs: u64,
    /// Sum of the bytes sent.
    pub bytes: u64,
    /// Sum of the highest indices applied.
    pub commits: u64,
}

impl TestSummary {
    /// All runs.
    pub fn runs(&self) -> u64 {
        self.passed + self.failed + self.undecided
    }

    fn add(&mut self, outcome: &RunOutcome) {
        match outcome.verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Undecided(_) => self.undecided += 1,
        }
        self.warned += u64::from(!outcome.warnings.is_empty());
        self.virtual_time += outcome.virtual_time;
        self.wall_time += outcome.wall_time;
        self.rpcs += outcome.rpcs;
        self.bytes += outcome.bytes;
        self.commits += outcome.commits;
    }

    fn add_all(&mut self, other: &TestSummary) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.undecided += other.undecided;
        self.warned += other.warned;
        self.virtual_time += other.virtual_time;
        self.wall_time += other.wall_time;
        self.rpcs += other.rpcs;
        self.bytes += other.bytes;
        self.commits += other.commits;
    }
}

/// The runs of one test that failed in the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureGroup {
    /// How many.
    pub count: u64,
    /// The failures of the lowest seeds.
    pub examples: BTreeMap<u64, Failure>,
    /// The oddities noted in those runs.
    pub warnings: BTreeMap<u64, Vec<String>>,
}

impl FailureGroup {
    fn add(&mut self, seed: u64, failure: Failure, warnings: &[String]) {
        self.count += 1;
        self.examples.insert(seed, failure);
        if !warnings.is_empty() {
            self.warnings.insert(seed, warnings.to_vec());
        }
        if self.examples.len() > SEEDS_KEPT
            && let Some((highest, _)) = self.examples.pop_last()
        {
            self.warnings.remove(&highest);
        }
    }
}

/// The runs of several tests, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// In the order of the plan.
    pub tests: Vec<TestSummary>,
    /// By the test's place in the plan, and the property.
    pub failures: BTreeMap<(usize, &'static str), FailureGroup>,
}

/// The name under which runs that could not be judged are grouped.
const UNDECIDED: &str = "undecided";

impl Summary {
    /// No runs yet.
    pub fn new(tests: &[LabTest]) -> Summary {
        let empty = |test: &LabTest| TestSummary { test: test.name, ..TestSummary::default() };
        Summary { tests: tests.iter().map(empty).collect(), failures: BTreeMap::new() }
    }

    /// Adds a run of the test at that place.
    pub fn add(&mut self, place: usize, outcome: &RunOutcome) {
        self.tests[place].add(outcome);
        let failure = match &outcome.verdict {
            Verdict::Passed => return,
            Verdict::Failed(failure) => failure.clone(),
            Verdict::Undecided(reason) => {
                Failure::noticed_at(outcome.virtual_time, UNDECIDED, reason.clone())
            }
        };
        let group = self.failures.entry((place, failure.property)).or_default();
        group.add(outcome.seed, failure, &outcome.warnings);
    }

    /// All tests added up.
    pub fn total(&self) -> TestSummary {
        let mut total = TestSummary { test: "total", ..TestSummary::default() };
        self.tests.iter().for_each(|test| total.add_all(test));
        total
    }

    /// The exit code that says how it went.
    pub fn exit_code(&self) -> u8 {
        let total = self.total();
        match (total.failed, total.undecided) {
            (0, 0) => crate::exit_code::PASSED,
            (0, _) => crate::exit_code::UNDECIDED,
            _ => crate::exit_code::FAILED,
        }
    }
}

/// The 95 % interval of a rate that was seen as `hits` of `runs`, after Wilson: unlike the usual
/// one it says something useful also when nothing, or everything, was hit.
pub fn wilson_interval(hits: u64, runs: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if runs == 0 {
        return (0.0, 1.0);
    }
    let (n, rate) = (runs as f64, hits as f64 / runs as f64);
    let middle = rate + Z * Z / (2.0 * n);
    let spread = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let (low, high) = ((middle - spread) / scale, (middle + spread) / scale);
    // At the ends the interval is exact but for rounding.
    (if hits == 0 { 0.0 } else { low }, if hits == runs { 1.0 } else { high })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lab_tests, property};

    fn outcome(seed: u64, verdict: Verdict) -> RunOutcome {
        RunOutcome {
            test: lab_tests()[0].name,
            seed,
            verdict,
            trace_hash: 0,
            virtual_time: Duration::from_secs(seed),
            wall_time: Duration::from_millis(1),
            rpcs: 10,
            bytes: 100,
            commits: 1,
            terms: 1,
            warnings: Vec::new(),
        }
    }

    fn failed(seed: u64) -> RunOutcome {
        let at = Duration::from_secs(seed);
        let failure =
            Failure::noticed_at(at, property::LEADER_EXISTS, "expected one leader, got none");
        outcome(seed, Verdict::Failed(failure))
    }

    fn summary_of(outcomes: impl IntoIterator<Item = RunOutcome>) -> Summary {
        let mut summary = Summary::new(&lab_tests()[..1]);
        outcomes.into_iter().for_each(|outcome| summary.add(0, &outcome));
        summary
    }

    #[test]
    fn runs_add_up() {
        let summary =
            summary_of([outcome(1, Verdict::Passed), failed(2), outcome(3, Verdict::Passed)]);
        let total = summary.total();
        assert_eq!((total.runs(), total.passed, total.failed), (3, 2, 1));
        assert_eq!((total.rpcs, total.bytes, total.commits), (30, 300, 3));
        assert_eq!(total.virtual_time, Duration::from_secs(6));
    }

    #[test]
    fn the_lowest_seeds_of_a_failure_are_kept_in_whatever_order_they_come() {
        let forward = summary_of((1..=1000).map(failed));
        let backward = summary_of((1..=1000).rev().map(failed));
        assert_eq!(forward, backward);
        let group = &forward.failures[&(0, property::LEADER_EXISTS)];
        assert_eq!(group.count, 1000);
        assert!(group.examples.keys().copied().eq(1..=10));
    }

    #[test]
    fn the_exit_code_says_how_it_went() {
        let undecided = || outcome(3, Verdict::Undecided("differs".into()));
        assert_eq!(summary_of([outcome(1, Verdict::Passed)]).exit_code(), 0);
        assert_eq!(summary_of([outcome(1, Verdict::Passed), undecided()]).exit_code(), 2);
        assert_eq!(summary_of([failed(1), undecided()]).exit_code(), 1);
    }

    #[test]
    fn wilson_agrees_with_published_values() {
        let near = |(low, high): (f64, f64), expected: (f64, f64)| {
            assert!((low - expected.0).abs() < 5e-5, "{low}");
            assert!((high - expected.1).abs() < 5e-5, "{high}");
        };
        // Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
        near(wilson_interval(81, 263), (0.2553, 0.3662));
        near(wilson_interval(15, 148), (0.0624, 0.1605));
        near(wilson_interval(0, 20), (0.0000, 0.1611));
        near(wilson_interval(1, 29), (0.0061, 0.1718));
        near(wilson_interval(0, 0), (0.0, 1.0));
    }
}
