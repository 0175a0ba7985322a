//! Many runs added up. Its size does not grow with the number of runs that passed, and its content
//! does not depend on the order in which they came in.

mod interval;
mod spread;

pub use interval::wilson_interval;
pub use spread::Spread;

use crate::LabTest;
use labtrace::{Coverage, FailureRecord, Measures, RunRecord, Unchecked, VerdictName};
use std::collections::BTreeMap;

/// How many seeds of each kind of failure are kept, the lowest ones.
const SEEDS_KEPT: usize = 10;

/// The runs of one test, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestSummary {
    /// The test's name.
    pub test: String,
    /// Runs in which every property held.
    pub passed: u64,
    /// Runs that violated a property.
    pub failed: u64,
    /// Runs that could not be judged.
    pub undecided: u64,
    /// Runs with something odd that is not a failure.
    pub warned: u64,
    /// Nanoseconds on the runs' clocks.
    pub virtual_ns: Spread,
    /// Microseconds that they took.
    pub wall_us: Spread,
    /// What all runs did together.
    pub measures: Measures,
}

impl TestSummary {
    /// No runs yet of the test with that name.
    pub fn new(test: &str) -> TestSummary {
        TestSummary { test: test.to_string(), ..TestSummary::default() }
    }

    /// All runs.
    pub fn runs(&self) -> u64 {
        self.passed + self.failed + self.undecided
    }

    fn add(&mut self, run: &RunRecord) {
        match run.verdict {
            VerdictName::Passed => self.passed += 1,
            VerdictName::Failed => self.failed += 1,
            VerdictName::Undecided => self.undecided += 1,
        }
        self.warned += u64::from(!run.warnings.is_empty());
        self.virtual_ns.add(run.virtual_ns());
        self.wall_us.add(run.wall_us);
        self.measures.add(&run.measures);
    }

    fn add_all(&mut self, other: &TestSummary) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.undecided += other.undecided;
        self.warned += other.warned;
        self.virtual_ns.add_all(&other.virtual_ns);
        self.wall_us.add_all(&other.wall_us);
        self.measures.add(&other.measures);
    }
}

/// The runs of one test that failed in the same way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailureGroup {
    /// How many.
    pub count: u64,
    /// Those of the lowest seeds.
    pub examples: BTreeMap<u64, Example>,
}

/// One of the runs that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// How.
    pub failure: FailureRecord,
    /// The whole run.
    pub run: RunRecord,
}

impl FailureGroup {
    fn add(&mut self, run: &RunRecord, failure: &FailureRecord) {
        self.count += 1;
        let is_needed = self.examples.len() < SEEDS_KEPT
            || self.examples.last_key_value().is_some_and(|(highest, _)| run.seed < *highest);
        if !is_needed {
            return;
        }
        let example = Example { failure: failure.clone(), run: run.clone() };
        self.examples.insert(run.seed, example);
        if self.examples.len() > SEEDS_KEPT {
            self.examples.pop_last();
        }
    }
}

/// The runs of several tests, added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// In the order of the plan.
    pub tests: Vec<TestSummary>,
    /// By the test's place in the plan, and the property.
    pub failures: BTreeMap<(usize, String), FailureGroup>,
    /// What was seen of the runs, and so could be judged; `None` where none says so.
    pub coverage: Option<Coverage>,
    /// What was seen at first only, and so was not checked to the end: in how many runs, and why in the
    /// first of them.
    pub unchecked: BTreeMap<String, (u64, String)>,
}

impl Summary {
    /// No runs yet.
    pub fn new(tests: &[LabTest]) -> Summary {
        let tests = tests.iter().map(|test| TestSummary::new(test.name)).collect();
        Summary { tests, ..Summary::default() }
    }

    /// The place of the test with that name; it is added if it is not there.
    pub fn place_of(&mut self, test: &str) -> usize {
        let known = self.tests.iter().rposition(|known| known.test == test);
        known.unwrap_or_else(|| {
            self.tests.push(TestSummary::new(test));
            self.tests.len() - 1
        })
    }

    /// Adds a run of the test at that place.
    pub fn add(&mut self, place: usize, run: &RunRecord) {
        self.tests[place].add(run);
        if let Some(coverage) = &run.coverage {
            self.coverage.get_or_insert_default().add_sources(coverage);
            for Unchecked { what, why, .. } in &coverage.off {
                let (count, _) = self.unchecked.entry(what.clone()).or_insert((0, why.clone()));
                *count += 1;
            }
        }
        if let Some(failure) = &run.failure {
            let group = self.failures.entry((place, failure.property.clone())).or_default();
            group.add(run, failure);
        }
    }

    /// All tests added up.
    pub fn total(&self) -> TestSummary {
        let mut total = TestSummary::new("total");
        self.tests.iter().for_each(|test| total.add_all(test));
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lab_tests, property};
    use labtrace::Place;

    fn passed(seed: u64) -> RunRecord {
        RunRecord {
            schema: labtrace::RUN_SCHEMA.to_string(),
            test: lab_tests()[0].name.to_string(),
            seed,
            implementation: "raft".to_string(),
            verdict: VerdictName::Passed,
            failure: None,
            trace_hash: String::new(),
            virtual_ms: seed as f64 * 1000.0,
            wall_us: 1000,
            measures: Measures { rpcs: 10, commits: 1, ..Measures::default() },
            warnings: Vec::new(),
            coverage: None,
            replay: format!("again {seed}"),
        }
    }

    fn with(seed: u64, verdict: VerdictName, property: &str) -> RunRecord {
        let failure = FailureRecord {
            property: property.to_string(),
            message: "expected one leader, got none".to_string(),
            at_ns: seed,
            place: Place::default(),
            details: Vec::new(),
        };
        RunRecord { verdict, failure: Some(failure), ..passed(seed) }
    }

    fn failed(seed: u64) -> RunRecord {
        with(seed, VerdictName::Failed, property::LEADER_EXISTS)
    }

    fn summary_of(runs: impl IntoIterator<Item = RunRecord>) -> Summary {
        let mut summary = Summary::new(&lab_tests()[..1]);
        runs.into_iter().for_each(|run| summary.add(0, &run));
        summary
    }

    #[test]
    fn runs_add_up() {
        let total = summary_of([passed(1), failed(2), passed(3)]).total();
        assert_eq!((total.runs(), total.passed, total.failed), (3, 2, 1));
        assert_eq!(total.measures, Measures { rpcs: 30, commits: 3, ..Measures::default() });
        assert_eq!(total.virtual_ns.sum, 6_000_000_000);
    }

    #[test]
    fn the_lowest_seeds_of_a_failure_are_kept_in_whatever_order_they_come() {
        let forward = summary_of((1..=1000).map(failed));
        let backward = summary_of((1..=1000).rev().map(failed));
        assert_eq!(forward, backward);
        let group = &forward.failures[&(0, property::LEADER_EXISTS.to_string())];
        assert_eq!(group.count, 1000);
        assert!(group.examples.keys().copied().eq(1..=10));
        assert_eq!(group.examples[&3].run.replay, "again 3");
    }
}
