//! What the command understands.

use super::check_history::Form;
use super::format::Format;
use super::help;
use super::how::How;
#[cfg(unix)]
use super::maelstrom::{Faults, parse_faults};
use super::time_limit::parse_time_limit;
use super::values;
use crate::replay_line::Replay;
use clap::{Args, Parser, Subcommand};
use harness::pool::Shard;
use lincheck::{Format as HistoryFormat, ModelName, ReadOptions};
use std::path::PathBuf;
use std::time::Duration;

/// Tests a Raft: the lab's suites on a virtual clock, every run from one seed.
///
/// Without a subcommand it does `run`.
#[derive(Debug, Parser)]
#[command(name = "labtest", version, args_conflicts_with_subcommands = true, after_help = help::EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

impl Cli {
    /// The line that repeats a run of it, if it makes runs.
    pub(super) fn replay_line(&self) -> Option<Replay> {
        match &self.command {
            None => Some(self.run.how.replay_line(self.run.realtime)),
            Some(Command::Run(args)) => Some(args.how.replay_line(args.realtime)),
            Some(Command::Replay(args)) => Some(args.how.replay_line(false)),
            Some(Command::Shrink(args)) => Some(args.how.replay_line(false)),
            Some(_) => None,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run tests over many seeds and show a table
    #[command(long_about = help::RUN, after_help = help::RUN_EXAMPLES)]
    Run(RunArgs),
    /// List the tests
    #[command(after_help = help::LIST_EXAMPLES)]
    List(ListArgs),
    /// Tell one run as text, a column for each server
    #[command(long_about = help::REPLAY, after_help = help::REPLAY_EXAMPLES)]
    Replay(ReplayArgs),
    /// Make the scenario of a run that failed as small as it can be
    #[command(long_about = help::SHRINK, after_help = help::SHRINK_EXAMPLES)]
    Shrink(ShrinkArgs),
    /// Draw the pictures of a stored run anew
    #[command(long_about = help::RENDER, after_help = help::RENDER_EXAMPLES)]
    Render(FolderArgs),
    /// Judge a stored run again, from its files alone
    #[command(long_about = help::CHECK, after_help = help::CHECK_EXAMPLES)]
    Check(FolderArgs),
    /// Judge a history of your own: is it linearizable?
    #[command(long_about = help::CHECK_HISTORY, after_help = help::CHECK_HISTORY_EXAMPLES)]
    CheckHistory(CheckHistoryArgs),
    /// Test nodes written for Maelstrom: processes that speak JSON lines
    #[cfg(unix)]
    #[command(long_about = help::MAELSTROM, after_help = help::MAELSTROM_EXAMPLES)]
    Maelstrom(MaelstromArgs),
    /// Join the JSON of several shards into one result
    #[command(long_about = help::MERGE, after_help = help::MERGE_EXAMPLES)]
    Merge(MergeArgs),
    /// Print a script that completes this command's words in a shell
    #[command(after_help = help::COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
}

/// The number of seeds of a run when none is given.
pub(super) const DEFAULT_SEEDS: u64 = 100;

/// The most runs spent on a smaller scenario when no number is given.
pub(super) const DEFAULT_SHRINK_RUNS: u64 = 400;

#[derive(Args, Clone, Debug)]
pub(super) struct RunArgs {
    /// Only tests whose name contains this; a whole name means that test alone
    #[arg(value_name = "FILTER", conflicts_with = "scenario")]
    pub(super) filters: Vec<String>,

    #[command(flatten)]
    pub(super) how: How,

    /// How many seeds each test runs under [default: 100; 1 with --realtime; no end with
    /// --time-limit or --until-failure]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) seeds: Option<u64>,

    /// Run under this seed alone
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true, conflicts_with_all = ["seeds", "base_seed"])]
    pub(super) seed: Option<u64>,

    /// The first seed [default: 1]
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) base_seed: Option<u64>,

    /// How many runs go on at once, at most 256 and no more than there are [default: one per core; 32
    /// with --realtime]
    #[arg(long, short, value_name = "J", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) jobs: Option<u64>,

    /// Stop after this much real time: 90s, 10m, 1h30m
    #[arg(long, value_name = "TIME", value_parser = parse_time_limit)]
    pub(super) time_limit: Option<Duration>,

    /// Stop at the first failure
    #[arg(long)]
    pub(super) until_failure: bool,

    /// Make all runs, also of a test whose first ten all fail alike
    #[arg(long)]
    pub(super) no_fail_fast: bool,

    /// Make only the I-th of N equal parts of the runs, I from 1 to N
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,

    /// Run every seed twice and compare all that happened
    #[arg(long, conflicts_with = "realtime")]
    pub(super) check_determinism: bool,

    /// Run on the real clock, with real threads; seeds then mean nothing but a number
    #[arg(long)]
    pub(super) realtime: bool,

    /// Where failures leave their folders, DIR/<test>/<seed> [default: failures]
    #[arg(long, alias = "store", value_name = "DIR")]
    pub(super) failures: Option<PathBuf>,

    /// How many runs may be spent on making the scenario of an exploration that failed smaller; 0
    /// leaves it as it is [default: 400]
    #[arg(long, value_name = "N", value_parser = values::limit, allow_negative_numbers = true)]
    pub(super) shrink_runs: Option<u64>,

    /// What is printed: a table for people, JSON lines or JUnit's XML for programs
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) format: Format,

    /// Show failures and the last line, nothing else
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Args, Clone, Debug, Default)]
pub(super) struct ListArgs {
    /// Only tests whose name contains this; a whole name means that test alone
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct ReplayArgs {
    /// The test; a part of its name that fits no other will do
    #[arg(value_name = "TEST", required_unless_present = "scenario", conflicts_with = "scenario")]
    pub(super) test: Option<String>,

    #[command(flatten)]
    pub(super) how: How,

    /// The seed
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) seed: u64,

    /// Tell only a part: node=0,2 or kind=role,vote or time=1.5s..2s; several times for all of them
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) filter: Vec<String>,

    /// Characters a line [default: the terminal's width, or 120]
    #[arg(long, value_name = "N", value_parser = values::width, allow_negative_numbers = true)]
    pub(super) width: Option<u16>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct ShrinkArgs {
    /// The exploration; a part of its name that fits no other will do
    #[arg(value_name = "TEST", required_unless_present = "scenario", conflicts_with = "scenario")]
    pub(super) test: Option<String>,

    #[command(flatten)]
    pub(super) how: How,

    /// The seed under which it fails
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) seed: u64,

    /// How many runs may be spent
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = values::limit, allow_negative_numbers = true)]
    pub(super) runs: u64,

    /// Where the folder is made, DIR/<test>/<seed>
    #[arg(long, alias = "store", value_name = "DIR", default_value = "failures")]
    pub(super) failures: PathBuf,
}

#[derive(Args, Clone, Debug)]
pub(super) struct FolderArgs {
    /// The folder of a stored run, such as failures/latest
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

#[derive(Args, Clone, Debug)]
pub(super) struct CheckHistoryArgs {
    /// What clients did; - is the standard input
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// What they did it to: register, kv, append (a list), set, queue, unordered-queue, lock, counter,
    /// multi-register or bank
    #[arg(long, value_name = "MODEL")]
    pub(super) model: ModelName,

    /// Which format the file has: jsonl, jepsen-edn (Maelstrom's too) or jepsen-log [default: what its
    /// beginning shows]
    #[arg(long, value_name = "FORMAT")]
    pub(super) from: Option<HistoryFormat>,

    /// How the object begins, as JSON: what registers hold, a counter's total, a bank's balances
    #[arg(long, value_name = "JSON", value_parser = values::json, allow_hyphen_values = true)]
    pub(super) initial: Option<serde_json::Value>,

    /// Write a page that shows what was found
    #[arg(long, value_name = "FILE.html")]
    pub(super) html: Option<PathBuf>,

    /// The part, by its key, that the page shows first [default: the one that says most]
    #[arg(long, value_name = "KEY", requires = "html")]
    pub(super) part: Option<String>,

    /// How many steps of the search to make before the verdict is left unknown [default: 8388608,
    /// or 32 for each operation if that is more]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) budget_steps: Option<u64>,

    /// How long to search before the verdict is left unknown: 90s, 10m, 1h30m
    #[arg(long, value_name = "TIME", value_parser = parse_time_limit)]
    pub(super) time_limit: Option<Duration>,

    /// What is printed: text for people, or a JSON object for programs
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) format: Form,
}

impl CheckHistoryArgs {
    /// What the file itself does not say.
    pub(super) fn read_options(&self) -> ReadOptions {
        ReadOptions { format: self.from, initial: self.initial.clone() }
    }
}

#[cfg(unix)]
#[derive(Args, Clone, Debug)]
pub(super) struct MaelstromArgs {
    /// The program of a node
    #[arg(long, value_name = "PATH")]
    pub(super) bin: PathBuf,

    /// How many nodes there are, at most 255
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    pub(super) nodes: u8,

    /// How many clients ask at once, at most 255
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
    pub(super) clients: u8,

    /// How long they ask: 20s, 10m
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = parse_time_limit)]
    pub(super) time_limit: Duration,

    /// The faults that are drawn: names with commas, or none
    #[arg(long, value_name = "LIST", default_value = "partition,one-way,pause,loss,delay", value_parser = parse_faults)]
    pub(super) nemesis: Faults,

    /// What faults and operations are drawn from
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) seed: u64,

    /// Where the run leaves its folder, DIR/maelstrom/<seed>
    #[arg(long, value_name = "DIR", default_value = "failures")]
    pub(super) failures: PathBuf,

    /// What a node is given, behind --
    #[arg(value_name = "ARGUMENT", last = true)]
    pub(super) arguments: Vec<String>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct MergeArgs {
    /// What `labtest run --format json` printed, of every shard; - is the standard input
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// What is printed: a table for people, JSON lines or JUnit's XML for programs
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Args, Clone, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_is_what_happens_without_a_subcommand() {
        let cli = Cli::try_parse_from(["labtest", "4A", "--seeds", "5"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!((cli.run.filters, cli.run.seeds), (vec!["4A".to_string()], Some(5)));

        let cli = Cli::try_parse_from(["labtest", "run", "4A", "--seed", "17"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Run(RunArgs { seed: Some(17), .. }))));
    }

    #[test]
    fn old_names_of_flags_still_work() {
        let cli = Cli::try_parse_from(["labtest", "run", "--store", "here"]).unwrap();
        let Some(Command::Run(run)) = cli.command else { panic!("it is `run`") };
        assert_eq!(run.failures, Some(PathBuf::from("here")));
        let cli =
            Cli::try_parse_from(["labtest", "shrink", "x", "--seed", "1", "--store", "there"]);
        let Some(Command::Shrink(shrink)) = cli.unwrap().command else { panic!("it is `shrink`") };
        assert_eq!(shrink.failures, PathBuf::from("there"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            &["run", "--seeds", "0"][..],
            &["run", "--jobs", "0"],
            &["run", "--seed", "1", "--seeds", "2"],
            &["run", "--realtime", "--check-determinism"],
            &["run", "--seed", "-1"],
            &["run", "--shard", "3/2"],
            &["run", "--shard", "0/2"],
            &["run", "--time-limit", "10"],
            &["run", "--time-limit", "0s"],
            &["run", "--format", "xml"],
            &["list", "--seeds", "2"],
            &["replay", "4A"],
            &["replay", "--seed", "1"],
            &["shrink", "explore::crash"],
            &["shrink", "--seed", "1"],
            &["replay", "4A", "--scenario", "x.toml", "--seed", "1"],
            &["run", "4A", "--scenario", "x.toml"],
            &["replay", "4A", "--seed", "1", "--width", "5"],
            &["merge"],
            #[cfg(unix)]
            &["maelstrom"],
            #[cfg(unix)]
            &["maelstrom", "--bin", "node", "--nodes", "0"],
            #[cfg(unix)]
            &["maelstrom", "--bin", "node", "--nemesis", "crash"],
            &["check"],
            &["completions", "ksh"],
        ] {
            let args = std::iter::once("labtest").chain(wrong.iter().copied());
            assert!(Cli::try_parse_from(args).is_err(), "{wrong:?}");
        }
    }
}
