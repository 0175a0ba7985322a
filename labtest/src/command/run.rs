//! `labtest run`.

use super::args::{DEFAULT_SEEDS, RunArgs};
use super::format::Format;
use super::interrupt::Interrupt;
use super::keep::Keeper;
use super::live::Live;
use super::session::{LONG_REAL, LONG_SIMULATED, Limits, Session, Stopped, long_run};
use super::{CommandError, Streams, json, junit, report, table};
use crate::exit_code;
use crate::numbers::{duration, grouped};
use harness::pool::{Ended, Plan, Seeds, Shard, run_watched};
use harness::summary::Summary;
use harness::{Implementation, RunOptions, Stopwatch};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Runs on the real clock mostly sleep, so many more of them than there are cores go on at once.
const REALTIME_JOBS: usize = 32;
/// The first seed when nothing is said.
const DEFAULT_BASE_SEED: u64 = 1;
/// Where failures leave their folders when nothing is said.
const DEFAULT_STORE: &str = "store";

/// Runs what the arguments say and shows how it went.
pub(super) fn run(
    args: &RunArgs,
    implementation: &Arc<dyn Implementation>,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    let plan = plan(args)?;
    // Before the first line is out: who reads it may interrupt.
    let limits = limits(args)?;
    let name = implementation.name();
    if !args.quiet {
        announce(&plan, name, streams.people(args.format))?;
    }
    let replay = args.how.replay_line(args.realtime);
    let root = args.store.as_deref().unwrap_or(Path::new(DEFAULT_STORE));
    let mut keeper = Keeper::new(root, &plan, implementation, &replay, args.shrink_runs);
    if args.store.is_some()
        && let Some(error) = keeper.check()
    {
        writeln!(streams.errors, "error: {error}\nfailures will leave no folders")?;
    }
    let mut session = Session {
        implementation: name,
        replay: &replay,
        format: args.format,
        limits,
        live: Live::new(&plan, args.quiet, streams.errors_are_terminal),
        keeper,
        streams,
        stopwatch: Stopwatch::start(),
        stopped: None,
        output_error: None,
        told: BTreeSet::new(),
    };
    let ended = run_watched(&plan, implementation, &mut session)
        .map_err(|error| CommandError::Software(error.to_string()))?;
    finish(args, &plan, session, &ended)
}

fn finish(
    args: &RunArgs,
    plan: &Plan,
    session: Session<'_, '_>,
    ended: &Ended,
) -> Result<u8, CommandError> {
    let Session { live, mut keeper, streams, stopwatch, stopped, .. } = session;
    live.finish()?;
    if let Some(error) = session.output_error {
        return Err(error);
    }
    let Ended { summary, under_way } = ended;
    keeper.finish(summary);
    let elapsed = stopwatch.elapsed();
    let long = under_way.iter().filter(|run| run.for_so_long >= session.limits.long);
    let long: Vec<String> = long.map(long_run).collect();
    let code = code(summary, plan, stopped, !long.is_empty());

    match args.format {
        Format::Table => {
            if !args.quiet {
                writeln!(streams.output, "{}", table::table(summary))?;
            }
            report::failures(summary, |place, seed| keeper.folder(place, seed), streams.output)?;
        }
        Format::Json => {
            let line = json::summary_line(summary, session.implementation, code, stopped.is_none())
                .map_err(|error| CommandError::Software(error.to_string()))?;
            writeln!(streams.output, "{line}")?;
        }
        Format::Junit => junit::write(summary, session.implementation, streams.output)?,
    }
    let people = streams.people(args.format);
    if args.format == Format::Table || !args.quiet {
        conclude(summary, elapsed, people)?;
        long.iter().try_for_each(|line| writeln!(people, "{line}"))?;
        stopped
            .map_or(Ok(()), |stopped| writeln!(people, "{}", stopped.sentence(plan, summary)))?;
        verdict(summary, people)?;
    }
    if let Some(error) = keeper.error() {
        writeln!(streams.errors, "error: {error}")?;
    }
    Ok(code)
}

/// What was left undone can't be called passed.
fn code(summary: &Summary, plan: &Plan, stopped: Option<Stopped>, has_long_run: bool) -> u8 {
    let nothing_ran = summary.total().runs() == 0 && plan.runs() != Some(0);
    let is_cut_off = stopped == Some(Stopped::Interrupt) || has_long_run || nothing_ran;
    match exit_code::of(summary) {
        exit_code::PASSED if is_cut_off => exit_code::UNDECIDED,
        code => code,
    }
}

fn limits(args: &RunArgs) -> Result<Limits, CommandError> {
    Ok(Limits {
        time: args.time_limit,
        until_failure: args.until_failure,
        interrupt: Interrupt::listen()?,
        long: if args.realtime { LONG_REAL } else { LONG_SIMULATED },
    })
}

fn plan(args: &RunArgs) -> Result<Plan, CommandError> {
    let tests = args.how.tests(&args.filters)?;
    let (check_determinism, realtime) = (args.check_determinism, args.realtime);
    let options = RunOptions { check_determinism, realtime, ..args.how.options()? };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let default_jobs = if args.realtime { REALTIME_JOBS } else { cores };
    let jobs = args.jobs.map_or(default_jobs, usize::from);
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    Ok(Plan { tests, seeds: seeds(args), shard, jobs, options })
}

fn seeds(args: &RunArgs) -> Seeds {
    if let Some(seed) = args.seed {
        return Seeds::new(seed, 1);
    }
    let first = args.base_seed.unwrap_or(DEFAULT_BASE_SEED);
    let ends_otherwise = args.time_limit.is_some() || args.until_failure;
    match args.seeds {
        Some(count) => Seeds::new(first, count),
        None if ends_otherwise => Seeds::endless(first),
        None => Seeds::new(first, if args.realtime { 1 } else { DEFAULT_SEEDS }),
    }
}

fn announce(plan: &Plan, name: &str, output: &mut dyn Write) -> Result<(), CommandError> {
    let tests = match plan.tests.as_slice() {
        [test] => test.name.to_string(),
        tests => format!("{} tests", tests.len()),
    };
    let shard = match plan.shard {
        Shard::WHOLE => String::new(),
        shard => format!(", shard {shard}"),
    };
    let clock = if plan.options.realtime { ", on the real clock" } else { "" };
    let jobs = if plan.jobs == 1 { "1 job".to_string() } else { format!("{} jobs", plan.jobs) };
    writeln!(output, "{name}: {tests}, {}{shard}, {jobs}{clock}", plan.seeds)?;
    Ok(())
}

impl Stopped {
    fn sentence(self, plan: &Plan, summary: &Summary) -> String {
        let runs = grouped(summary.total().runs());
        let of = plan.runs().map_or(String::new(), |all| format!(" of {}", grouped(all)));
        match self {
            Stopped::TimeLimit => format!("the time limit ended it after {runs}{of} runs"),
            Stopped::Failure => format!("the first failure ended it after {runs}{of} runs"),
            Stopped::Interrupt => format!("interrupted after {runs}{of} runs"),
        }
    }
}

/// `2,800 runs in 5.1 s: 549 runs/s, 49 h of virtual time at 34,600 × the real clock`.
fn conclude(
    summary: &Summary,
    elapsed: Duration,
    output: &mut dyn Write,
) -> Result<(), CommandError> {
    let total = summary.total();
    let seconds = elapsed.as_secs_f64().max(1e-9);
    let rate = total.runs() as f64 / seconds;
    let rate = if rate < 10.0 { format!("{rate:.1}") } else { grouped(rate as u64) };
    let virtual_s = total.virtual_ns.sum as f64 / 1e9;
    writeln!(
        output,
        "\n{} runs in {}: {rate} runs/s, {} of virtual time at {} × the real clock",
        grouped(total.runs()),
        duration(elapsed),
        duration(Duration::from_secs_f64(virtual_s)),
        grouped((virtual_s / seconds) as u64),
    )?;
    Ok(())
}

/// The last lines: what it comes to.
pub(super) fn verdict(summary: &Summary, output: &mut dyn Write) -> Result<(), CommandError> {
    let total = summary.total();
    if total.warned > 0 {
        writeln!(output, "{} runs with warnings that fail nothing", grouped(total.warned))?;
    }
    if total.undecided > 0 {
        writeln!(output, "{} runs could not be judged", grouped(total.undecided))?;
    }
    let verdict = if total.failed == 0 { "no failures" } else { "FAILED" };
    let (failed, runs) = (grouped(total.failed), grouped(total.runs()));
    writeln!(output, "{verdict}: {failed} of {runs} runs failed")?;
    Ok(())
}
