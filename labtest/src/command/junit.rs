//! A summary as JUnit's XML, for CI systems that show it: a suite a suite, a case a test.
//!
//! A case stands for all runs of a test, so that the file stays small however many there were. Its
//! failure has each kind with its lowest seed and the line that replays it.

use super::CommandError;
use crate::numbers::{grouped, plural};
use harness::summary::{FailureGroup, Summary, TestSummary};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use std::io::Write;
use std::time::Duration;

/// Writes the whole document. Problems of the whole are a suite with an error.
pub(super) fn write(
    summary: &Summary,
    implementation: &str,
    problems: &[String],
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let mut report = Report::new(format!("labtest {implementation}"));
    for mut suite in suites(summary) {
        if let Some(coverage) = &summary.coverage {
            suite.add_property(Property::new("seen", coverage.words()));
        }
        report.add_test_suite(suite);
    }
    if !problems.is_empty() {
        report.add_test_suite(suite_of_problems(problems));
    }
    let xml = report.to_string().map_err(|error| CommandError::Software(error.to_string()))?;
    writeln!(output, "{}", xml.trim_end())?;
    Ok(())
}

fn suite_of_problems(problems: &[String]) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("undecided").set_message(problems.join("; "));
    let mut case = TestCase::new("labtest::every_shard_is_there", status);
    case.set_classname("labtest");
    let mut suite = TestSuite::new("labtest");
    suite.add_test_case(case);
    suite
}

/// The suites in the order of their first tests.
fn suites(summary: &Summary) -> Vec<TestSuite> {
    let mut suites: Vec<TestSuite> = Vec::new();
    for (place, test) in summary.tests.iter().enumerate() {
        let (suite, _) = test.test.split_once("::").unwrap_or((&test.test, ""));
        let known = suites.iter_mut().position(|known| known.name.as_str() == suite);
        let known = known.unwrap_or_else(|| {
            suites.push(TestSuite::new(suite));
            suites.len() - 1
        });
        suites[known].add_test_case(case(summary, place, test));
    }
    suites
}

fn case(summary: &Summary, place: usize, test: &TestSummary) -> TestCase {
    let kinds: Vec<(&str, &FailureGroup)> = summary
        .failures
        .range((place, String::new())..(place + 1, String::new()))
        .map(|((_, property), group)| (property.as_str(), group))
        .collect();
    let mut case = TestCase::new(test.test.as_str(), status(test, &kinds));
    let (suite, _) = test.test.split_once("::").unwrap_or((&test.test, ""));
    case.set_classname(suite);
    case.set_time(Duration::from_micros(u64::try_from(test.wall_us.sum).unwrap_or(u64::MAX)));
    for (name, number) in
        [("runs", test.runs()), ("failed", test.failed), ("undecided", test.undecided)]
    {
        case.add_property(Property::new(name, number.to_string()));
    }
    case
}

fn status(test: &TestSummary, kinds: &[(&str, &FailureGroup)]) -> TestCaseStatus {
    let Some((property, _)) = kinds.first() else { return TestCaseStatus::success() };
    let kind = if test.failed > 0 { NonSuccessKind::Failure } else { NonSuccessKind::Error };
    let mut status = TestCaseStatus::non_success(kind);
    let (failed, runs) = (grouped(test.failed + test.undecided), plural(test.runs(), "run"));
    status.set_type(*property).set_message(format!("{failed} of {runs} did not pass"));
    let told: Vec<String> = kinds.iter().map(|(property, group)| tell(property, group)).collect();
    status.set_description(told.join("\n\n"));
    status
}

fn tell(property: &str, group: &FailureGroup) -> String {
    let Some((seed, example)) = group.examples.first_key_value() else { return String::new() };
    let mut lines = vec![
        format!("{property} in {}, first with seed {seed}", plural(group.count, "run")),
        example.failure.message.clone(),
    ];
    lines.extend(example.failure.details.iter().map(|detail| format!("  {detail}")));
    lines.push(format!("replay: {}", example.run.replay));
    lines.join("\n")
}
