//! The suites as tests of `cargo test`: a target with `harness = false` whose `main` calls
//! [`test_main`].

use crate::around::{self, supervised};
use crate::environment::{self, Environment, NO_FAIL_FAST};
use crate::exit_code;
use crate::numbers::{grouped, plural};
use crate::replay_line::TestReplay;
use crate::{difference, verdict};
use harness::pool::{Tally, Why};
use harness::summary::{FailureGroup, Summary};
use harness::{Implementation, LabTest, Runnable, all_tests, run_one};
use labtrace::{RunRecord, seconds};
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::sync::Arc;

/// Runs on the real clock mostly sleep, so far more of them than there are cores can go on at once.
const REALTIME_THREADS: usize = 32;

/// The `main` of a test target: the lab's suites as tests `4A::initial_election` and so on, those of
/// the key/value store and the explorations, with the flags of `cargo test`; nextest works too.
///
/// The environment chooses the seeds: `LABTEST_SEED` (one), `LABTEST_SEEDS` (how many; 10), `LABTEST_BASE_SEED`
/// (the first; 1). `LABTEST_CHECK_DETERMINISM=1` runs each twice and compares; `LABTEST_POLL_LIMIT_S` says
/// after how many seconds of real time a poll that does not return is given up (60; 0 for never, for a
/// debugger). A test whose first ten seeds all fail alike is not run under the others, unless
/// `LABTEST_NO_FAIL_FAST=1` is set. `LABTEST_REALTIME=1` runs on the real clock, one run a test unless more are
/// asked for, and leaves out the explorations, which need the virtual one.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     labtest::test_main(labtest::OurRaft)
/// }
/// ```
pub fn test_main(implementation: impl Implementation) -> ExitCode {
    let replay = TestReplay::of_this_program();
    supervised(|| tests(implementation, replay.clone()), |test, seed| replay.line(test, seed))
}

fn tests(implementation: impl Implementation, replay: TestReplay) -> ExitCode {
    let mut arguments = Arguments::from_args();
    let environment = match Environment::read() {
        Ok(environment) => Arc::new(environment),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(exit_code::USAGE);
        }
    };
    for warning in environment::warnings() {
        eprintln!("warning: {warning}");
    }
    if environment.options.realtime && arguments.test_threads.is_none() {
        arguments.test_threads = Some(REALTIME_THREADS);
    }
    let implementation: Arc<dyn Implementation> = Arc::new(implementation);
    let trial = |(place, test): (usize, &LabTest)| {
        let (test, environment) = (*test, Arc::clone(&environment));
        let (implementation, replay) = (Arc::clone(&implementation), replay.clone());
        let is_ignored = environment.options.realtime && test.exploration().is_some();
        let run = move || run_seeds(place, &test, &environment, &implementation, &replay);
        Trial::test(test.name, run).with_ignored_flag(is_ignored)
    };
    libtest_mimic::run(&arguments, all_tests().iter().enumerate().map(trial).collect()).exit_code()
}

/// All seeds of one test, one after another.
fn run_seeds(
    place: usize,
    test: &LabTest,
    environment: &Environment,
    implementation: &Arc<dyn Implementation>,
    replay: &TestReplay,
) -> Result<(), Failed> {
    let (mut summary, mut tally, mut given_up) = (Summary::new(&[*test]), Tally::default(), None);
    for seed in environment.seeds.iter() {
        around::begin(place, test.name, seed);
        let outcome = run_one(test, seed, implementation, &environment.options);
        let mut record = outcome.record(implementation.name(), replay.line(test.name, seed));
        // One difference is enough.
        if outcome.differed() && summary.total().undecided == 0 {
            tell_difference(&mut record, test, environment, implementation);
        }
        summary.add(0, &record);
        tally.add(&outcome);
        given_up = tally.verdict(environment.fail_fast);
        if given_up.is_some() {
            break;
        }
    }
    around::end(place);
    if summary.failures.is_empty() {
        return Ok(());
    }
    let mut report = report(test, &summary, environment.options.realtime);
    let planned = environment.seeds.count().unwrap_or_default();
    let left_out = planned.saturating_sub(summary.total().runs());
    if let Some(line) = given_up.and_then(|why| not_run(why, left_out)) {
        report.push_str(&line);
    }
    Err(report.into())
}

/// How many seeds of a test that was given up were not run.
fn not_run(why: Why, seeds: u64) -> Option<String> {
    let variable = match why {
        Why::FailAlike => format!(" ({NO_FAIL_FAST}=1 runs them)"),
        Why::Stuck => String::new(),
    };
    let others = match seeds {
        0 => return None,
        1 => "1 other seed was".to_owned(),
        seeds => format!("{} other seeds were", grouped(seeds)),
    };
    Some(format!("\n  {why}, so {others} not run{variable}"))
}

/// How two runs of the seed differ, as details.
fn tell_difference(
    record: &mut RunRecord,
    test: &LabTest,
    environment: &Environment,
    implementation: &Arc<dyn Implementation>,
) {
    let (what, options) = (Runnable::Test(test), &environment.options);
    let found = difference::of_seed(what, record.seed, implementation, options);
    if let Some(failure) = &mut record.failure {
        failure.details.extend(found.lines());
    }
}

/// The lab's line, and under it each kind of failure with a line to paste.
fn report(test: &LabTest, summary: &Summary, realtime: bool) -> String {
    let runs = summary.tests[0].runs();
    let kinds = summary.failures.iter();
    let kinds = kinds.map(|((_, property), group)| kind(property, group, runs, realtime));
    let total = summary.total();
    let is_open = total.failed == 0 && total.undecided > 0;
    let last = is_open.then(|| format!("  {}", verdict::undecided(&total)));
    let title = format!("{} ...", test.title());
    std::iter::once(title).chain(kinds).chain(last).collect::<Vec<_>>().join("\n")
}

fn kind(property: &str, group: &FailureGroup, runs: u64, realtime: bool) -> String {
    let Some((seed, example)) = group.examples.first_key_value() else { return String::new() };
    let failure = &example.failure;
    let at = seconds(failure.at_ns);
    let mut lines = vec![format!("  {}", failure.message)];
    lines.extend(failure.details.iter().map(|detail| format!("    {detail}")));
    let (clock, hash) = match realtime {
        true => ("", String::new()),
        false => (" of virtual time", format!(", hash {}", example.run.trace_hash)),
    };
    lines.push(format!(
        "  {property}, seed {seed}, after {at}{clock} ({} of {}){hash}",
        group.count,
        plural(runs, "seed")
    ));
    lines.push(format!("  replay: {}", example.run.replay));
    if !realtime {
        let test = &example.run.test;
        lines.push(format!(
            "  look:   `run {test} --seed {seed}` of this Raft's labtest command leaves a folder with pictures"
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::{Failure, RunOutcome, Verdict, property};
    use labtrace::Measures;
    use std::time::Duration;

    #[test]
    fn a_failure_reads_like_the_labs_and_says_how_to_repeat_it() {
        let test = &all_tests()[0];
        let mut summary = Summary::new(&[*test]);
        for seed in [17, 18] {
            let at = Duration::from_millis(5250);
            let sentence = "expected one leader, got none";
            let failure = Failure::noticed_at(at, property::LEADER_EXISTS, sentence);
            let outcome = RunOutcome {
                test: test.name,
                seed,
                verdict: Verdict::Failed(failure),
                trace_hash: 0,
                virtual_time: at,
                wall_time: at,
                measures: Measures::default(),
                warnings: Vec::new(),
                coverage: None,
                steps: 0,
                backtrace: None,
                was_repeated: false,
                recording: None,
                made: None,
            };
            let replay = TestReplay::of_this_program().line(test.name, seed);
            summary.add(0, &outcome.record("raft", replay));
        }
        let report = report(test, &summary, false);
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "Test (4A): initial election (reliable network) ...",
                "  expected one leader, got none",
                "  liveness:leader, seed 17, after 5.250 s of virtual time (2 of 2 seeds), hash \
                 0000000000000000",
            ]
        );
        assert!(lines[3].contains("LABTEST_SEED=17 cargo test"), "{}", lines[3]);
        assert!(lines[3].ends_with("-- --exact 4A::initial_election"));
        assert!(lines[4].starts_with("  look:   `run 4A::initial_election --seed 17` of this"));
    }
}
