//! The scoreboard: how soon the tester catches each known bug, and whether it lets harmless changes
//! pass.
//!
//! Each specimen is hunted from several base seeds: by exploration with a look inside servers, by
//! exploration from outside only, and by the lab's suites alone. Only a broken property counts:
//! never a panic or an error, a missed time limit only for bugs that break no safety.
//!
//! The bugs that take longest have a measure of their own, with more base seeds: [`yardstick`].

mod causes;
mod json;
mod live;
mod page;
mod pool;
mod report;
mod score;
mod statistics;
mod yardstick;

use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand, ValueEnum};
use labtest::{LabTest, all_tests, lab_tests, select};
use live::Live;
use page::Page;
use pool::{Plan, score_all};
use score::Score;
use specimens::{Specimen, View, implementation, specimens};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use yardstick::YardstickArgs;

/// Hunts Rafts with one known bug each, and shows how soon each was caught
#[derive(Debug, Parser)]
#[command(name = "specimens", version, args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    scoreboard: ScoreboardArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hunts slow bugs from many base seeds, and shows how many seeds and how much processor time that takes
    Yardstick(YardstickArgs),
    /// Puts one specimen under the `labtest` command, as an exercise: what fails, and why?
    ///
    /// The arguments after its name are those of `labtest`: `with fig8-commit run 4C --seeds 100`, `with
    /// fig8-commit replay 4C::figure8 --seed 7`, `with fig8-commit --help`.
    With(WithArgs),
}

#[derive(Debug, clap::Args)]
struct ScoreboardArgs {
    /// Only specimens whose name contains this
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// How many seeds a bug gets from each base seed
    #[arg(long, value_name = "N", default_value_t = 2000)]
    seeds: u64,

    /// From how many base seeds each bug is hunted
    #[arg(long, value_name = "N", default_value_t = 3)]
    bases: u64,

    /// How many seeds a harmless change has to survive, from each base seed
    #[arg(long, value_name = "N", default_value_t = 500)]
    harmless_seeds: u64,

    /// How many seeds the lab's suites get; 0 skips them
    #[arg(long, value_name = "N", default_value_t = 2)]
    lab_seeds: u64,

    /// How many runs may be spent on shrinking the first catch of each bug; 0 skips it
    #[arg(long, value_name = "N", default_value_t = 1000)]
    shrink_runs: u64,

    /// Skips the hunts that judge from outside only
    #[arg(long)]
    inside_only: bool,

    /// The tests that explore; a whole name or a part of names [default: explore::everything, or what the
    /// header of the specimen says]
    #[arg(long, value_name = "FILTER")]
    suite: Vec<String>,

    /// Explorations make runs from what those before them came to; what they catch is not shrunk
    #[arg(long)]
    guided: bool,

    /// How many hunts go on at once [default: one per core]
    #[arg(long, short, value_name = "J")]
    jobs: Option<usize>,

    /// Only says for how many bugs the chain of causes begins with the kind that their header names: each is
    /// hunted from one base seed, with a look inside, and its catch is recorded
    #[arg(long)]
    causes: bool,

    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Also writes the table into a page, between two lines with the HTML comments `scoreboard` and `end of
    /// scoreboard`
    #[arg(long, value_name = "PAGE.md")]
    into: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// A line for each specimen and one for all
    Json,
    /// A table for a README
    Markdown,
}

#[derive(Debug, clap::Args)]
struct WithArgs {
    /// The specimen
    #[arg(value_name = "SPECIMEN", value_parser = PossibleValuesParser::new(specimens().iter().map(|it| it.name)))]
    specimen: String,

    /// The arguments of `labtest`
    #[arg(value_name = "ARGUMENTS", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

const CAUGHT_ALL: u8 = 0;
const MISSED_OR_FALSE_ALARM: u8 = 1;
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let wrong = error.use_stderr();
            // If it can't be printed, there is no way to say so.
            let _ = error.print();
            return ExitCode::from(if wrong { USAGE } else { CAUGHT_ALL });
        }
    };
    let done = match &args.command {
        Some(Command::Yardstick(args)) => yardstick::run(args).map(|()| CAUGHT_ALL),
        Some(Command::With(args)) => return with(args),
        None => run(&args.scoreboard),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}

/// The `labtest` command with a specimen under test. It reads its arguments itself.
fn with(args: &WithArgs) -> ExitCode {
    let all = specimens();
    let chosen = all.iter().find(|it| it.name == args.specimen);
    let words = std::env::args_os().count() - 1 - args.arguments.len();
    let chosen = chosen.expect("clap takes the names of specimens alone");
    labtest::command_main_after(words, implementation(chosen, View::Inside))
}

fn run(args: &ScoreboardArgs) -> anyhow::Result<u8> {
    let chosen: Vec<Specimen> = specimens()
        .into_iter()
        .filter(|it| args.filters.is_empty() || args.filters.iter().any(|f| it.name.contains(f)))
        .collect();
    if chosen.is_empty() {
        bail!("no specimen's name contains {}", args.filters.join(" or "));
    }
    // Before minutes of work for a page that has no place for it.
    let pages = args.into.iter().map(Page::open).collect::<anyhow::Result<Vec<Page>>>()?;
    let is_chosen = !args.suite.is_empty();
    let explore = is_chosen.then(|| select(all_tests(), &args.suite)).transpose();
    if args.causes {
        return causes::print(&chosen, explore.context("--suite")?.as_deref(), args.seeds);
    }
    let is_lab = |test: &&LabTest| test.suite().starts_with('4');
    let plan = Plan {
        explore: explore.context("--suite")?,
        lab: lab_tests().iter().filter(is_lab).copied().collect(),
        seeds: args.seeds,
        bases: args.bases.max(1),
        outside: !args.inside_only,
        harmless_seeds: args.harmless_seeds,
        lab_seeds: args.lab_seeds,
        shrink_runs: args.shrink_runs,
        guided: args.guided,
        jobs: jobs(args.jobs),
    };
    let mut live = Live::new(chosen.len() * plan.hunts(), args.format);
    let scores = score_all(&chosen, &plan, &mut live)?;
    let elapsed = live.finish();
    let result = match args.format {
        Format::Table => report::table(&scores, elapsed),
        Format::Markdown => report::markdown(&scores, elapsed),
        Format::Json => json::sums(&scores, elapsed).to_string(),
    };
    writeln!(io::stdout(), "{result}")?;
    for page in &pages {
        page.write(&report::markdown(&scores, elapsed))?;
    }
    Ok(match scores.iter().all(Score::is_good) {
        true => CAUGHT_ALL,
        false => MISSED_OR_FALSE_ALARM,
    })
}

/// How many hunts go on at once.
fn jobs(asked: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    asked.unwrap_or_else(cores).max(1)
}
