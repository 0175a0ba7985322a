//! `labtest run`.

use super::args::{DEFAULT_SEEDS, DEFAULT_SHRINK_RUNS, RunArgs};
use super::format::Format;
use super::interrupt::Interrupt;
use super::keep::Keeper;
use super::keeping::Keeping;
use super::progress::Progress;
use super::session::{LONG_REAL, LONG_SIMULATED, Limits, Session, Stopped, unfinished_run};
use super::{CommandError, Streams, guided, json, junit, report, table};
use crate::numbers::{duration, grouped, plural};
use crate::{around, environment, exit_code, verdict};
use harness::guide::Guides;
use harness::pool::{Ended, GivenUp, Plan, Seeds, Shard, Why, run_watched};
use harness::summary::Summary;
use harness::{Implementation, LabTest, Repeats, RunOptions, Stopwatch};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Runs on the real clock mostly sleep, so far more of them than there are cores can go on at once.
const REALTIME_JOBS: usize = 32;
/// Beyond that threads only cost memory, whatever is asked for.
const JOBS_MAX: u64 = 256;
/// The first seed when nothing is said.
const DEFAULT_BASE_SEED: u64 = 1;
/// Where failures leave their folders when nothing is said.
const DEFAULT_FAILURES: &str = "failures";

/// Runs what the arguments say and shows how it went.
pub(super) fn run(
    args: &RunArgs,
    implementation: &Arc<dyn Implementation>,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    let implementation = &args.how.configured(implementation)?;
    let plan = plan(args, &**implementation)?;
    let guides = guided::guides(args, &plan, &**implementation)?;
    warn(args, &plan, streams.errors)?;
    // Before the first line is out: who reads it may interrupt.
    let limits = limits(args)?;
    let name = implementation.name();
    if !args.quiet {
        announce(&plan, name, streams.people(args.format))?;
    }
    let replay = args.how.replay_line(args.realtime);
    let root = args.failures.as_deref().unwrap_or(Path::new(DEFAULT_FAILURES));
    let root = args.how.folder_in(root);
    let shrink_runs = args.shrink_runs.unwrap_or(DEFAULT_SHRINK_RUNS);
    let interrupt = limits.interrupt.clone();
    let keeper = Keeper::new(&root, &plan, implementation, &replay, shrink_runs, interrupt);
    if args.failures.is_some()
        && let Some(error) = keeper.check()
    {
        writeln!(streams.errors, "error: {error}\nfailures will leave no folders")?;
    }
    thread::scope(|scope| {
        let mut session = Session {
            implementation: name,
            replay: &replay,
            format: args.format,
            limits,
            progress: Progress::new(&plan, args.quiet, streams.errors_are_terminal),
            choice: keeper.choice(),
            keeping: Keeping::start(scope, keeper),
            streams,
            stopwatch: Stopwatch::start(),
            stopped: None,
            repeated: 0,
            differed: 0,
            output_error: None,
            told: BTreeSet::new(),
        };
        let notes = around::notes();
        let ended = run_watched(&plan, implementation, notes, guides.as_ref(), &mut session)
            .map_err(|error| CommandError::Software(error.to_string()))?;
        let (guides, may_differ) = (guides.as_deref(), implementation.may_differ());
        let code = finish(args, &plan, session, &ended, guides, may_differ)?;
        guides.map_or(Ok(()), |guides| guided::keep(guides, args.corpus.as_deref()))?;
        Ok(code)
    })
}

/// What was said and changes nothing. No run would be another one with it, so that is no reason to
/// refuse.
fn warn(args: &RunArgs, plan: &Plan, errors: &mut dyn Write) -> Result<(), CommandError> {
    for warning in environment::warnings_for_command() {
        writeln!(errors, "warning: {warning}")?;
    }
    if args.shrink_runs.is_some() && !plan.tests.iter().any(|test| test.exploration().is_some()) {
        let message = "--shrink-runs has no effect: only the scenarios of explorations are shrunk";
        writeln!(errors, "warning: {message}")?;
    }
    Ok(())
}

fn finish(
    args: &RunArgs,
    plan: &Plan,
    session: Session<'_, '_, '_>,
    ended: &Ended,
    guides: Option<&Guides>,
    may_differ: bool,
) -> Result<u8, CommandError> {
    let Session { mut progress, keeping, streams, stopwatch, stopped, .. } = session;
    if let Some(error) = session.output_error {
        progress.finish()?;
        return Err(error);
    }
    let Ended { summary, under_way, given_up } = ended;
    let people = streams.people(args.format);
    let mut tell = |shrinks| progress.shrinking(Some(shrinks), summary, people);
    let mut keeper = keeping.end(&mut tell);
    keeper.finish(summary, &mut tell);
    progress.finish()?;
    let elapsed = stopwatch.elapsed();
    let unfinished: Vec<String> = under_way.iter().map(unfinished_run).collect();
    let given_up: Vec<String> = given_up.iter().map(|test| given_up_test(plan, test)).collect();
    let open = open(summary, stopped, !unfinished.is_empty());
    let code = code(summary, open);

    match args.format {
        Format::Table => {
            if !args.quiet {
                writeln!(streams.output, "{}", table::table(summary, streams.output_width))?;
            }
            report::failures(summary, |place, seed| keeper.kept(place, seed), streams.output)?;
        }
        Format::Json => {
            let end = json::End {
                implementation: session.implementation,
                exit_code: code,
                complete: stopped.is_none(),
                part: Some(json::part(plan, summary)),
                problems: &[],
                guided: guides.map(guided::record),
            };
            let line = json::summary_line(summary, end)
                .map_err(|error| CommandError::Software(error.to_string()))?;
            writeln!(streams.output, "{line}")?;
        }
        Format::Junit => junit::write(summary, session.implementation, &[], streams.output)?,
    }
    if plan.runs() == Some(0) {
        let all = Plan { shard: Shard::WHOLE, ..plan.clone() }.runs().unwrap_or_default();
        writeln!(streams.errors, "shard {} has none of the {}", plan.shard, plural(all, "run"))?;
    }
    let people = streams.people(args.format);
    if args.format == Format::Table || !args.quiet {
        conclude(summary, elapsed, people)?;
        if !args.quiet {
            seen(summary).iter().try_for_each(|line| writeln!(people, "{line}"))?;
            guides.map_or(Ok(()), |guides| writeln!(people, "{}", guided::sentence(guides)))?;
        }
        if let Some(line) = comparison(
            plan.options.repeats,
            summary,
            session.repeated,
            session.differed,
            may_differ,
        ) {
            writeln!(people, "{line}")?;
        }
        unfinished.iter().chain(&given_up).try_for_each(|line| writeln!(people, "{line}"))?;
        stopped
            .map_or(Ok(()), |stopped| writeln!(people, "{}", stopped.sentence(plan, summary)))?;
        verdict::write(summary, code, open, people)?;
    }
    if let Some(error) = keeper.error() {
        writeln!(streams.errors, "error: {error}")?;
    }
    Ok(code)
}

/// What was seen of the runs, and so could be judged; a line each for what was not checked to the end.
fn seen(summary: &Summary) -> Vec<String> {
    let seen = summary.coverage.iter().map(|coverage| format!("seen: {}", coverage.words()));
    let unchecked = summary.unchecked.iter().map(|(what, (count, why))| {
        format!("not checked to the end, in {}: {what}; {why}", plural(*count, "run"))
    });
    seen.chain(unchecked).collect()
}

/// Why what was left undone can't be called passed.
fn open(summary: &Summary, stopped: Option<Stopped>, is_unfinished: bool) -> Option<&'static str> {
    if stopped == Some(Stopped::Interrupt) {
        Some("all was interrupted before its end")
    } else if is_unfinished {
        Some("a run did not end")
    } else if summary.total().runs() == 0 {
        Some("nothing was run")
    } else {
        None
    }
}

fn code(summary: &Summary, open: Option<&str>) -> u8 {
    match exit_code::of(summary) {
        exit_code::PASSED if open.is_some() => exit_code::UNDECIDED,
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

fn plan(args: &RunArgs, implementation: &dyn Implementation) -> Result<Plan, CommandError> {
    let tests = args.how.tests(&args.filters)?;
    if args.realtime && args.how.exec.is_some() {
        let message = "--exec runs on the virtual clock alone: while a program thinks, nothing else may happen";
        return Err(CommandError::Usage(message.to_owned()));
    }
    if args.realtime && args.how.go_lab.is_some() {
        let message = "a solution in Go runs on the virtual clock alone: the tester moves its time";
        return Err(CommandError::Usage(message.to_owned()));
    }
    if args.realtime {
        refuse_simulated(&tests)?;
    }
    let repeats = match (args.check_determinism, args.no_check_determinism) {
        (true, _) => Repeats::Always,
        (false, true) => Repeats::Never,
        (false, false) => Repeats::Sample,
    };
    let options = args.how.options(&tests, implementation, args.seed.as_slice(), args.realtime)?;
    let options = RunOptions { repeats, ..options };
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let fail_fast = !args.no_fail_fast;
    let plan = Plan { tests, seeds: seeds(args)?, shard, jobs: 1, fail_fast, options };
    Ok(Plan { jobs: jobs(args, plan.runs()), ..plan })
}

/// More threads than there are runs have nothing to do.
fn jobs(args: &RunArgs, runs: Option<u64>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let default_jobs = if args.realtime { REALTIME_JOBS } else { cores };
    let jobs = args.jobs.unwrap_or(default_jobs as u64).min(JOBS_MAX);
    runs.map_or(jobs, |runs| jobs.min(runs.max(1))) as usize
}

fn seeds(args: &RunArgs) -> Result<Seeds, CommandError> {
    if let Some(seed) = args.seed {
        return Ok(Seeds::new(seed, 1));
    }
    let first = args.base_seed.unwrap_or(DEFAULT_BASE_SEED);
    let ends_otherwise = args.time_limit.is_some() || args.until_failure;
    let count = match args.seeds {
        Some(count) => count,
        None if ends_otherwise => return Ok(Seeds::endless(first)),
        None if args.realtime => 1,
        None => DEFAULT_SEEDS,
    };
    Seeds::exactly(first, count).ok_or_else(|| {
        let (seeds, largest) = (plural(count, "seed"), u64::MAX);
        CommandError::Usage(format!(
            "there are no {seeds} from {first} on: the largest is {largest}"
        ))
    })
}

/// Scenarios run on the virtual clock alone.
fn refuse_simulated(tests: &[LabTest]) -> Result<(), CommandError> {
    let simulated = tests.iter().filter(|test| test.needs_simulation()).map(|test| test.name);
    let simulated: Vec<&str> = simulated.collect();
    if simulated.is_empty() {
        return Ok(());
    }
    let names = simulated.join(", ");
    let message =
        format!("explorations and scenarios can't run with --realtime: leave out {names}");
    Err(CommandError::Usage(message))
}

fn announce(plan: &Plan, name: &str, output: &mut dyn Write) -> Result<(), CommandError> {
    let tests = match plan.tests.as_slice() {
        [test] => test.name.to_string(),
        tests => plural(tests.len() as u64, "test"),
    };
    let shard = match plan.shard {
        Shard::WHOLE => String::new(),
        shard => format!(", shard {shard}"),
    };
    // One test has a run a seed.
    let several = plan.runs().filter(|_| plan.tests.len() > 1);
    let runs = several.map_or_else(String::new, |runs| format!("{}, ", plural(runs, "run")));
    let clock = if plan.options.realtime { ", on the real clock" } else { "" };
    let jobs = plural(plan.jobs as u64, "job");
    writeln!(output, "{name}: {tests}, {}{shard}, {runs}{jobs}{clock}", plan.seeds)?;
    Ok(())
}

/// `4B::backup: runs are stuck, so 196 others were not made`, and the flag that has them made.
fn given_up_test(plan: &Plan, test: &GivenUp) -> String {
    let others = match test.not_run {
        None => "all others were".to_owned(),
        Some(1) => "1 other was".to_owned(),
        Some(runs) => format!("{} others were", grouped(runs)),
    };
    let flag = match test.why {
        Why::FailAlike => " (--no-fail-fast runs them)",
        Why::Stuck => "",
    };
    format!("{}: {}, so {others} not made{flag}", plan.tests[test.place].name, test.why)
}

/// The result of the runs that were made twice; `None` if nobody asked for it and there is nothing to report.
fn comparison(
    repeats: Repeats,
    summary: &Summary,
    repeated: u64,
    differed: u64,
    may_differ: bool,
) -> Option<String> {
    let total = summary.total();
    let which = match repeats {
        Repeats::Never => return None,
        // Nobody asked, and everybody takes for granted that all is well.
        Repeats::Sample if differed == 0 && (!may_differ || repeated == 0) => return None,
        Repeats::Sample => format!("of {} made twice", plural(repeated, "run")),
        Repeats::Always if repeated == 0 => {
            return Some("no run passed, so none was compared".to_owned());
        }
        // A run that fails is made again when it is recorded.
        Repeats::Always if repeated < total.runs() => {
            "every run that did not fail was made twice".to_owned()
        }
        Repeats::Always => "every run was made twice".to_owned(),
    };
    let hashes = if repeated == 1 { "hash" } else { "hashes" };
    let equal = match differed {
        0 => "all equal".to_owned(),
        _ => format!("{} not equal", grouped(differed)),
    };
    Some(format!("{which}: {} {hashes} compared, {equal}", grouped(repeated)))
}

impl Stopped {
    fn sentence(self, plan: &Plan, summary: &Summary) -> String {
        let runs = summary.total().runs();
        let runs = match plan.runs() {
            None => plural(runs, "run"),
            Some(all) => format!("{} of {}", grouped(runs), plural(all, "run")),
        };
        match self {
            Stopped::TimeLimit => format!("the time limit ended it after {runs}"),
            Stopped::Failure => format!("the first failure ended it after {runs}"),
            Stopped::Interrupt => format!("interrupted after {runs}"),
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
        "\n{} in {}: {rate} runs/s, {} of virtual time at {} × the real clock",
        plural(total.runs(), "run"),
        duration(elapsed),
        duration(Duration::from_secs_f64(virtual_s)),
        grouped((virtual_s / seconds) as u64),
    )?;
    Ok(())
}
