//! The summary as a line of JSON: the last line of `--format json`.

use harness::summary::{Summary, TestSummary, wilson_interval};
use labtrace::summary::{Failures, Numbers, SCHEMA, SummaryRecord};

/// The line, without its end.
pub(super) fn summary_line(
    summary: &Summary,
    implementation: &str,
    exit_code: u8,
    complete: bool,
) -> serde_json::Result<String> {
    let total = summary.total();
    let record = SummaryRecord {
        schema: SCHEMA.to_owned(),
        implementation: implementation.to_owned(),
        exit_code,
        complete,
        total: Numbers { test: None, ..numbers(&total) },
        tests: summary.tests.iter().map(numbers).collect(),
        failures: failures(summary).collect(),
    };
    record.line()
}

fn numbers(test: &TestSummary) -> Numbers {
    let runs = test.runs();
    let (low, high) = wilson_interval(test.failed, runs);
    Numbers {
        test: Some(test.test.clone()),
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

fn failures(summary: &Summary) -> impl Iterator<Item = Failures> {
    summary.failures.iter().filter_map(|((place, property), group)| {
        let (_, first) = group.examples.first_key_value()?;
        Some(Failures {
            test: summary.tests[*place].test.clone(),
            property: property.clone(),
            runs: group.count,
            seeds: group.examples.keys().copied().collect(),
            message: first.failure.message.clone(),
            replay: first.run.replay.clone(),
        })
    })
}
