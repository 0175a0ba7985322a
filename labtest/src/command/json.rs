//! The summary as a line of JSON, `labtest.summary/v1`: the last line of `--format json`.

use harness::summary::{Summary, TestSummary, wilson_interval};
use serde::Serialize;

/// The version that is written.
pub(super) const SCHEMA: &str = "labtest.summary/v1";

#[derive(Serialize)]
struct SummaryLine<'a> {
    schema: &'static str,
    implementation: &'a str,
    exit_code: u8,
    /// Everything was run that was planned.
    complete: bool,
    total: Numbers<'a>,
    tests: Vec<Numbers<'a>>,
    failures: Vec<Failures<'a>>,
}

#[derive(Serialize)]
struct Numbers<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<&'a str>,
    runs: u64,
    passed: u64,
    failed: u64,
    undecided: u64,
    warned: u64,
    failure_rate: f64,
    /// The 95 % interval of the rate, after Wilson.
    failure_rate_low: f64,
    failure_rate_high: f64,
    virtual_ms_mean: f64,
    virtual_ms_deviation: f64,
    wall_us_mean: f64,
    wall_us_deviation: f64,
    rpcs: u64,
    bytes: u64,
    commits: u64,
}

#[derive(Serialize)]
struct Failures<'a> {
    test: &'a str,
    property: &'a str,
    runs: u64,
    /// The lowest.
    seeds: Vec<u64>,
    message: &'a str,
    replay: &'a str,
}

/// The line, without its end.
pub(super) fn summary_line(
    summary: &Summary,
    implementation: &str,
    exit_code: u8,
    complete: bool,
) -> serde_json::Result<String> {
    let total = summary.total();
    serde_json::to_string(&SummaryLine {
        schema: SCHEMA,
        implementation,
        exit_code,
        complete,
        total: Numbers { test: None, ..numbers(&total) },
        tests: summary.tests.iter().map(numbers).collect(),
        failures: failures(summary).collect(),
    })
}

fn numbers(test: &TestSummary) -> Numbers<'_> {
    let runs = test.runs();
    let (low, high) = wilson_interval(test.failed, runs);
    Numbers {
        test: Some(&test.test),
        runs,
        passed: test.passed,
        failed: test.failed,
        undecided: test.undecided,
        warned: test.warned,
        failure_rate: test.failed as f64 / runs.max(1) as f64,
        failure_rate_low: low,
        failure_rate_high: high,
        virtual_ms_mean: test.virtual_ns.mean() / 1e6,
        virtual_ms_deviation: test.virtual_ns.deviation() / 1e6,
        wall_us_mean: test.wall_us.mean(),
        wall_us_deviation: test.wall_us.deviation(),
        rpcs: test.rpcs,
        bytes: test.bytes,
        commits: test.commits,
    }
}

fn failures(summary: &Summary) -> impl Iterator<Item = Failures<'_>> {
    summary.failures.iter().filter_map(|((place, property), group)| {
        let (_, first) = group.examples.first_key_value()?;
        Some(Failures {
            test: &summary.tests[*place].test,
            property,
            runs: group.count,
            seeds: group.examples.keys().copied().collect(),
            message: &first.failure.message,
            replay: &first.run.replay,
        })
    })
}
