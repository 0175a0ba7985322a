//! The summary as a line of JSON: the last line of `--format json`.

use harness::pool::Plan;
use harness::summary::{Summary, TestSummary, wilson_interval};
use labtrace::summary::{Failures, GuidedRecord, Numbers, PartRecord, SCHEMA, SummaryRecord};

/// What the line says besides the runs.
pub(super) struct End<'a> {
    pub(super) implementation: &'a str,
    pub(super) exit_code: u8,
    pub(super) complete: bool,
    pub(super) part: Option<PartRecord>,
    pub(super) problems: &'a [String],
    /// What guided runs have learned.
    pub(super) guided: Option<GuidedRecord>,
}

/// The part of a plan that was run.
pub(super) fn part(plan: &Plan, summary: &Summary) -> PartRecord {
    let (planned, made) = (plan.runs(), summary.total().runs());
    PartRecord {
        shards: vec![plan.shard.number()],
        of: plan.shard.of(),
        first_seed: plan.seeds.first,
        seeds: plan.seeds.count(),
        tests: plan.tests.iter().map(|test| test.name.to_owned()).collect(),
        planned,
        made,
        not_made: planned.map(|planned| planned.saturating_sub(made)),
    }
}

/// The line, without its end.
pub(super) fn summary_line(summary: &Summary, end: End<'_>) -> serde_json::Result<String> {
    let End { implementation, exit_code, complete, part, problems, guided } = end;
    let total = summary.total();
    let record = SummaryRecord {
        schema: SCHEMA.to_owned(),
        implementation: implementation.to_owned(),
        exit_code,
        complete,
        part,
        problems: problems.to_vec(),
        total: Numbers { test: None, ..numbers(&total) },
        tests: summary.tests.iter().map(numbers).collect(),
        failures: failures(summary).collect(),
        guided,
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
        measures: test.measures.clone(),
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
