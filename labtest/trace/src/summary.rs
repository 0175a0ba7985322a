//! All runs as one line of JSON, `labtest.summary/v2`: the last line of `labtest run --format json`.
//!
//! Version 1 had no [`part`](SummaryRecord::part), so that nobody could tell whether a shard was missing.

use crate::Measures;
use serde::{Deserialize, Serialize};

/// The version that is written.
pub const SCHEMA: &str = "labtest.summary/v2";
/// The version before, which is read too.
pub const SCHEMA_V1: &str = "labtest.summary/v1";

/// All runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SummaryRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Whose Raft it was.
    pub implementation: String,
    /// What the command ends with: 0, 1 or 2.
    pub exit_code: u8,
    /// Whether everything was run that was planned.
    pub complete: bool,
    /// Which part of which plan it is; none where that is not known of every run.
    #[serde(default)]
    pub part: Option<PartRecord>,
    /// Of shards that were merged: why they are not the whole, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// All tests together.
    pub total: Numbers,
    /// Each test, in the order in which they were run.
    pub tests: Vec<Numbers>,
    /// One for each test and property that was violated.
    pub failures: Vec<Failures>,
    /// Of runs that were guided, what was learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guided: Option<GuidedRecord>,
}

/// What guided runs have learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidedRecord {
    /// How many features were seen.
    pub features: u64,
    /// How many of them for the first time in the last [`runs`](GuidedRecord::runs).
    pub new: u64,
    /// How many runs those are, at most 1,000.
    pub runs: u64,
    /// How many scenarios the corpus has.
    pub scenarios: u64,
}

/// What was to be run, how much of it, and how much was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// The numbers of the shards, from 1 to `of`: one, or those that were merged.
    pub shards: Vec<u64>,
    /// Among how many shards the plan is shared; 1 when it is not.
    pub of: u64,
    /// The first seed of the plan.
    pub first_seed: u64,
    /// How many seeds the plan has; none when they have no end.
    pub seeds: Option<u64>,
    /// The tests of the plan.
    pub tests: Vec<String>,
    /// How many runs this part has; none when they have no end.
    pub planned: Option<u64>,
    /// How many of them were made.
    pub made: u64,
    /// How many were not: because others were stuck, or because all was stopped; none when the runs have
    /// no end.
    pub not_made: Option<u64>,
}

/// The runs of one test, or of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// The test's name; none for all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// How many runs there were.
    pub runs: u64,
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
    /// How many could not be judged.
    pub undecided: u64,
    /// How many had warnings.
    pub warned: u64,
    /// Failed runs among all, 0 to 1.
    pub failure_rate: f64,
    /// The low end of its 95 % interval, after Wilson.
    pub failure_rate_low: f64,
    /// The high end of that interval.
    pub failure_rate_high: f64,
    /// The mean time of a run on its own clock, in milliseconds.
    pub virtual_ms_mean: f64,
    /// Its standard deviation.
    pub virtual_ms_deviation: f64,
    /// The mean time that a run took, in microseconds.
    pub wall_us_mean: f64,
    /// Its standard deviation.
    pub wall_us_deviation: f64,
    /// What all runs did together.
    #[serde(flatten)]
    pub measures: Measures,
}

/// The runs of one test that violated one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// The test's name.
    pub test: String,
    /// The property, `safety:leader`.
    pub property: String,
    /// How many runs.
    pub runs: u64,
    /// The lowest of their seeds.
    pub seeds: Vec<u64>,
    /// What the run of the lowest seed violated, in one sentence.
    pub message: String,
    /// The line that runs the lowest seed again.
    pub replay: String,
}

impl SummaryRecord {
    /// The line, without its end.
    ///
    /// # Errors
    /// None that a summary could cause.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read_as_it_was_written() {
        let numbers = Numbers { runs: 3, failed: 1, failure_rate: 1.0 / 3.0, ..Numbers::default() };
        let test = "4A::initial_election".to_string();
        let summary = SummaryRecord {
            schema: SCHEMA.to_string(),
            implementation: "raft".to_string(),
            exit_code: 1,
            complete: true,
            part: Some(PartRecord {
                shards: vec![2],
                of: 3,
                first_seed: 1,
                seeds: Some(9),
                tests: vec![test.clone()],
                planned: Some(3),
                made: 3,
                not_made: Some(0),
            }),
            problems: Vec::new(),
            total: numbers.clone(),
            tests: vec![Numbers { test: Some(test.clone()), ..numbers }],
            failures: vec![Failures {
                test,
                property: "safety:leader".to_string(),
                runs: 1,
                seeds: vec![17],
                message: "two leaders".to_string(),
                replay: "labtest replay".to_string(),
            }],
            guided: None,
        };
        let line = summary.line().unwrap();
        assert!(line.starts_with(r#"{"schema":"labtest.summary/v2","implementation":"raft""#));
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<SummaryRecord>(&line).unwrap(), summary);
    }
}
