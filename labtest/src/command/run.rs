//! `labtest run`.

use super::args::{DEFAULT_SEEDS, RunArgs};
use super::live::Live;
use super::table::{duration, grouped};
use super::{CommandError, report, table};
use crate::replay::Replay;
use crate::runner::{Plan, Seeds, run_all};
use crate::select::select;
use crate::summary::Summary;
use crate::wall::Stopwatch;
use crate::{Implementation, Overrides, RunOptions, all_tests, lab_tests};
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Runs on the real clock mostly sleep, so many more of them than there are cores go on at once.
pub(crate) const REALTIME_JOBS: usize = 32;
/// The first seed when nothing is said.
const DEFAULT_BASE_SEED: u64 = 1;

/// Runs what the arguments say and shows how it went.
pub(super) fn run(
    args: &RunArgs,
    implementation: &Arc<dyn Implementation>,
    output: &mut dyn Write,
    is_terminal: bool,
) -> Result<u8, CommandError> {
    let plan = plan(args)?;
    if !args.quiet {
        announce(&plan, implementation.name(), output)?;
    }
    let stopwatch = Stopwatch::start();
    let mut live = Live::new(&plan, args.quiet, is_terminal);
    let mut shown = Ok(());
    let summary = run_all(&plan, implementation, |place, outcome, summary| {
        shown = live.show(place, outcome, summary, output);
        if shown.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let summary = summary.map_err(|error| CommandError::Software(error.to_string()))?;
    shown?;
    live.finish()?;

    if !args.quiet {
        writeln!(output, "{}", table::table(&summary))?;
    }
    let config_file = args.config.as_deref().map(Path::to_string_lossy);
    let replay = Replay::of_this_program(config_file.as_deref(), args.realtime);
    report::failures(&summary, &replay, output)?;
    conclude(&summary, stopwatch.elapsed(), output)?;
    Ok(summary.exit_code())
}

fn plan(args: &RunArgs) -> Result<Plan, CommandError> {
    let usage = |error: &dyn std::fmt::Display| CommandError::Usage(error.to_string());
    // Explorations are run by name.
    let tests = if args.filters.is_empty() { lab_tests() } else { all_tests() };
    let tests = select(tests, &args.filters).map_err(|error| usage(&error))?;
    let options = RunOptions {
        overrides: args.config.as_deref().map(read_config).transpose()?.unwrap_or_default(),
        check_determinism: args.check_determinism,
        realtime: args.realtime,
        ..RunOptions::default()
    };
    let default_seeds = if args.realtime { 1 } else { DEFAULT_SEEDS };
    let seeds = match args.seed {
        Some(seed) => Seeds { first: seed, count: 1 },
        None => Seeds {
            first: args.base_seed.unwrap_or(DEFAULT_BASE_SEED),
            count: args.seeds.unwrap_or(default_seeds),
        },
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let default_jobs = if args.realtime { REALTIME_JOBS } else { cores };
    let jobs = args.jobs.map_or(default_jobs, usize::from);
    Ok(Plan { tests, seeds, jobs, options })
}

fn read_config(path: &Path) -> Result<Overrides, CommandError> {
    let name = path.to_string_lossy();
    let text = fs::read_to_string(path)
        .map_err(|error| CommandError::Usage(format!("can't read {name}: {error}")))?;
    let overrides = Overrides::from_toml(&text, &name).and_then(Overrides::without_servers);
    overrides.map_err(|error| CommandError::Usage(error.to_string()))
}

fn announce(plan: &Plan, name: &str, output: &mut dyn Write) -> Result<(), CommandError> {
    let tests = match plan.tests.as_slice() {
        [test] => test.name.to_string(),
        tests => format!("{} tests", tests.len()),
    };
    let clock = if plan.options.realtime { ", on the real clock" } else { "" };
    let jobs = if plan.jobs == 1 { "1 job".to_string() } else { format!("{} jobs", plan.jobs) };
    writeln!(output, "{name}: {tests}, {}, {jobs}{clock}", plan.seeds)?;
    Ok(())
}

/// `2,800 runs in 5.1 s: 549 runs/s, 49 h of virtual time at 34,600 × the clock; 0 failed`.
fn conclude(
    summary: &Summary,
    elapsed: Duration,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let total = summary.total();
    let seconds = elapsed.as_secs_f64().max(1e-9);
    let rate = total.runs() as f64 / seconds;
    let rate = if rate < 10.0 { format!("{rate:.1}") } else { grouped(rate as u64) };
    let speed = grouped((total.virtual_time.as_secs_f64() / seconds) as u64);
    writeln!(
        output,
        "\n{} runs in {}: {rate} runs/s, {} of virtual time at {speed} × the real clock",
        grouped(total.runs()),
        duration(elapsed),
        duration(total.virtual_time),
    )?;
    if total.warned > 0 {
        writeln!(output, "{} runs with warnings that fail nothing", grouped(total.warned))?;
    }
    if total.undecided > 0 {
        writeln!(output, "{} runs could not be judged", grouped(total.undecided))?;
    }
    let verdict = if total.failed == 0 { "no failures" } else { "FAILED" };
    writeln!(
        output,
        "{verdict}: {} of {} runs failed",
        grouped(total.failed),
        grouped(total.runs())
    )?;
    Ok(())
}
