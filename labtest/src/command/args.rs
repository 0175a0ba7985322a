//! What the command understands.

use super::check_history::Form;
use super::format::Format;
use super::help;
use super::how::{How, parse_setting};
#[cfg(unix)]
use super::maelstrom::{Faults, parse_faults};
use super::time_limit::{parse_poll_limit, parse_time_limit};
use super::values;
use crate::replay_line::Replay;
use clap::{Args, Parser, Subcommand};
use harness::pool::Shard;
use lincheck::{Format as HistoryFormat, ModelName, ReadOptions};
use std::path::PathBuf;
use std::time::Duration;

/// Tests a Raft: the lab's suites on a virtual clock, every run from one seed.
///
/// Without a subcommand it runs `run`.
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
            Some(Command::Go(args)) => Some(args.as_run().how.replay_line(args.run.realtime)),
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
    /// Test a solution of the course's labs in Go, as it is
    #[command(long_about = help::GO, after_help = help::GO_EXAMPLES)]
    Go(GoArgs),
    /// List the tests
    #[command(after_help = help::LIST_EXAMPLES)]
    List(ListArgs),
    /// Print the scenario that a seed draws, as a file to edit
    #[command(long_about = help::DRAW, after_help = help::DRAW_EXAMPLES)]
    Draw(DrawArgs),
    /// Tell one run as text, a column for each server
    #[command(long_about = help::REPLAY, after_help = help::REPLAY_EXAMPLES)]
    Replay(ReplayArgs),
    /// Make the scenario of a failing run as small as possible
    #[command(long_about = help::SHRINK, after_help = help::SHRINK_EXAMPLES)]
    Shrink(ShrinkArgs),
    /// Draw the pictures of a stored run again
    #[command(long_about = help::RENDER, after_help = help::RENDER_EXAMPLES)]
    Render(FolderArgs),
    /// Judge a stored run again, from its files alone
    #[command(long_about = help::CHECK, after_help = help::CHECK_EXAMPLES)]
    Check(FolderArgs),
    /// Judge a history of your own: is it linearizable?
    #[command(long_about = help::CHECK_HISTORY, after_help = help::CHECK_HISTORY_EXAMPLES)]
    CheckHistory(CheckHistoryArgs),
    /// Run real servers as processes, break them, and judge what clients saw
    #[command(long_about = help::LIVE, after_help = help::LIVE_EXAMPLES)]
    Live(LiveArgs),
    /// Test nodes written for Maelstrom: processes that speak JSON lines
    #[cfg(unix)]
    #[command(long_about = help::MAELSTROM, after_help = help::MAELSTROM_EXAMPLES)]
    Maelstrom(MaelstromArgs),
    /// Walk through the protocol with a program that is a Raft, and explain each mistake
    #[command(long_about = help::EXEC_CHECK, after_help = help::EXEC_CHECK_EXAMPLES)]
    ExecCheck(ExecCheckArgs),
    /// Measure what a Raft costs and how fast it is
    #[command(long_about = help::MEASURE, after_help = help::MEASURE_EXAMPLES)]
    Measure(MeasureArgs),
    /// Join corpora of guided explorations, and leave out what shows nothing of its own
    #[command(long_about = help::CORPUS, after_help = help::CORPUS_EXAMPLES)]
    Corpus(CorpusArgs),
    /// Join the JSON of several shards into one result
    #[command(long_about = help::MERGE, after_help = help::MERGE_EXAMPLES)]
    Merge(MergeArgs),
    /// Print a completion script for a shell
    #[command(after_help = help::COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
}

/// The number of seeds of a run when none is given.
pub(super) const DEFAULT_SEEDS: u64 = 100;

/// The most runs spent on shrinking a scenario when no number is given.
pub(super) const DEFAULT_SHRINK_RUNS: u64 = 400;

#[derive(Args, Clone, Debug)]
pub(super) struct RunArgs {
    /// Only tests whose name contains this; a whole name means only that test
    #[arg(value_name = "FILTER", conflicts_with = "scenario")]
    pub(super) filters: Vec<String>,

    #[command(flatten)]
    pub(super) how: How,

    /// How many seeds each test runs under [default: 100; 1 with --realtime; unlimited with --time-limit or
    /// --until-failure]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) seeds: Option<u64>,

    /// Run only this seed
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true, conflicts_with_all = ["seeds", "base_seed"])]
    pub(super) seed: Option<u64>,

    /// The first seed [default: 1]
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) base_seed: Option<u64>,

    /// How many runs go on at once, at most 256 [default: one per core; 32 with --realtime]
    #[arg(long, short, value_name = "J", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) jobs: Option<u64>,

    /// Stop after this much real time: 90s, 10m, 1h30m
    #[arg(long, value_name = "TIME", value_parser = parse_time_limit)]
    pub(super) time_limit: Option<Duration>,

    /// Stop at the first failure
    #[arg(long)]
    pub(super) until_failure: bool,

    /// Make all runs, even of a test whose first ten all fail alike
    #[arg(long)]
    pub(super) no_fail_fast: bool,

    /// Have explorations learn: keep scenarios that came to something new, and change them, beside fresh ones
    #[arg(long, conflicts_with_all = ["seed", "scenario", "realtime"])]
    pub(super) guided: bool,

    /// With --guided: begin with the scenarios that an earlier run has left here, DIR/<test>, and leave the
    /// new ones
    #[arg(long, value_name = "DIR", requires = "guided")]
    pub(super) corpus: Option<PathBuf>,

    /// Make only the I-th of N equal parts of the runs, I from 1 to N
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,

    /// Run every seed twice, not one in a hundred, and compare all that happened
    #[arg(long, conflicts_with = "realtime")]
    pub(super) check_determinism: bool,

    /// Run no seed twice
    #[arg(long, conflicts_with = "check_determinism")]
    pub(super) no_check_determinism: bool,

    /// Run on the real clock, with real threads; a seed is then no more than a number
    #[arg(long)]
    pub(super) realtime: bool,

    /// Where failures leave their folders, DIR/<test>/<seed> [default: failures]
    #[arg(long, alias = "store", value_name = "DIR")]
    pub(super) failures: Option<PathBuf>,

    /// How many runs may be spent on shrinking the scenario of a failing exploration; 0 leaves it as it is
    /// [default: 400]
    #[arg(long, value_name = "N", value_parser = values::limit, allow_negative_numbers = true)]
    pub(super) shrink_runs: Option<u64>,

    /// What is printed: a table for people, JSON lines or JUnit's XML for programs
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) format: Format,

    /// Show only failures and the last line
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Args, Clone, Debug)]
pub(super) struct GoArgs {
    /// The folder of its raft.go, such as src/raft1
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    run: RunArgs,
}

impl GoArgs {
    /// What is given for another Raft.
    ///
    /// # Errors
    /// The flag that has no place here.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.run.how.other_raft() {
            Some(flag) => Err(format!("{flag} is for another Raft than the solution of a folder")),
            None => Ok(()),
        }
    }

    /// `labtest run --go-lab DIR`, which it is short for.
    pub(super) fn as_run(&self) -> RunArgs {
        let mut run = self.run.clone();
        run.how.go_lab = Some(self.folder.clone());
        run
    }
}

#[derive(Args, Clone, Debug, Default)]
pub(super) struct ListArgs {
    /// Only tests whose name contains this; a whole name means only that test
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct DrawArgs {
    /// The exploration; any part of its name that is unique will do
    #[arg(value_name = "TEST", required_unless_present = "live", conflicts_with = "live")]
    pub(super) test: Option<String>,

    /// The seed
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) seed: u64,

    /// Draw only these faults: names of faults or groups, separated by commas; with --live the groups are kill,
    /// pause, partition, slow and disk
    #[arg(long, value_name = "LIST")]
    pub(super) nemesis: Option<String>,

    /// Draw one that both simulations and real servers can run
    #[arg(long)]
    pub(super) live: bool,

    /// How many servers, 1 to 9 [default: 3 or 5, as drawn]
    #[arg(long, value_name = "N", value_parser = values::servers, allow_negative_numbers = true, conflicts_with = "test")]
    pub(super) servers: Option<usize>,

    /// How long faults and clients go on [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = parse_time_limit, conflicts_with = "test")]
    pub(super) time_limit: Option<Duration>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct ReplayArgs {
    /// The test; any part of its name that is unique will do
    #[arg(value_name = "TEST", required_unless_present = "scenario", conflicts_with = "scenario")]
    pub(super) test: Option<String>,

    #[command(flatten)]
    pub(super) how: How,

    /// The seed
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) seed: u64,

    /// Tell only a part: node=0,2 or kind=role,vote or time=1.5s..2s; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) filter: Vec<String>,

    /// With --exec, print only the lines that a server was given, to run the program alone: save them, and run
    /// `./myraft < in.jsonl`
    #[arg(long, value_name = "SERVER", value_parser = values::server, allow_negative_numbers = true, requires = "exec", conflicts_with_all = ["filter", "width"])]
    pub(super) inputs_of: Option<usize>,

    /// With --inputs-of, compare what the program wrote alone with what it wrote in the run; - is standard
    /// input
    #[arg(long, value_name = "FILE", requires = "inputs_of")]
    pub(super) expect: Option<PathBuf>,

    /// Characters a line [default: the terminal's width, or 120]
    #[arg(long, value_name = "N", value_parser = values::width, allow_negative_numbers = true)]
    pub(super) width: Option<u16>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct CorpusArgs {
    /// The corpus that is written, and others that are joined to it
    #[arg(value_name = "DIR", required = true)]
    pub(super) folders: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) how: How,
}

#[derive(Args, Clone, Debug)]
pub(super) struct ShrinkArgs {
    /// The exploration; any part of its name that is unique will do
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

    /// Where to create the folder, DIR/<test>/<seed>
    #[arg(long, alias = "store", value_name = "DIR", default_value = "failures")]
    pub(super) failures: PathBuf,
}

#[derive(Args, Clone, Debug)]
pub(super) struct MeasureArgs {
    /// Override the cluster's configuration with a TOML file: [raft], [limits]
    #[arg(long, value_name = "FILE.toml")]
    pub(super) config: Option<PathBuf>,

    /// Measure a Raft that is another program: its command, split as a shell splits words
    #[arg(long, value_name = "COMMAND", conflicts_with = "set")]
    pub(super) exec: Option<String>,

    /// An option of the Raft under test, for its own `with_options`; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_setting)]
    pub(super) set: Vec<(String, String)>,

    /// How many servers a cluster has, 1 to 9
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = values::servers, allow_negative_numbers = true)]
    pub(super) servers: usize,

    /// How many seeds each figure is measured under
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count, allow_negative_numbers = true)]
    pub(super) seeds: u64,

    /// The first seed
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) base_seed: u64,

    /// Figures of another Raft, as --json wrote them, for a table of both; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) beside: Vec<PathBuf>,

    /// Print a line of JSON, for --beside
    #[arg(long, conflicts_with = "beside")]
    pub(super) json: bool,
}

#[derive(Args, Clone, Debug)]
pub(super) struct LiveArgs {
    /// The kind of servers
    #[arg(long, value_name = "KIND", value_enum, default_value_t)]
    pub(super) kind: Kind,

    /// The server's program [default: the kvd in this program's folder]
    #[arg(long, value_name = "PATH")]
    pub(super) server: Option<PathBuf>,

    /// The servers: a file like kvd's servers.json
    #[arg(long, value_name = "FILE.json", conflicts_with = "scenario")]
    pub(super) config: Option<PathBuf>,

    /// How many servers, 1 to 9 [default: 3 or 5, as drawn]
    #[arg(long, value_name = "N", value_parser = values::servers, allow_negative_numbers = true, conflicts_with_all = ["config", "scenario"])]
    pub(super) servers: Option<usize>,

    /// Which faults are drawn: names of faults or groups, separated by commas [default: kill, pause, partition,
    /// slow and disk]
    #[arg(long, value_name = "LIST", conflicts_with = "scenario")]
    pub(super) nemesis: Option<String>,

    /// Run the scenario of a file; - is standard input
    #[arg(long, value_name = "FILE.toml")]
    pub(super) scenario: Option<PathBuf>,

    /// How long faults go on: 90s, 10m [default: 60s, or as the scenario says]
    #[arg(long, value_name = "TIME", value_parser = parse_time_limit)]
    pub(super) time_limit: Option<Duration>,

    /// How many clients there are [default: as drawn, or as the scenario says]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) clients: Option<u64>,

    /// How many operations a second all clients together begin [default: as drawn, or as the scenario
    /// says]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) rate: Option<u64>,

    /// The seed of the faults and of what clients ask; the interleaving is up to the machine [default: a random
    /// one]
    #[arg(long, value_name = "S", value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) seed: Option<u64>,

    /// Whether servers run in their own namespaces: auto, if the system allows it; on; off
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(super) namespaces: Namespaces,

    /// Where the run leaves its folder, DIR/live/<seed>
    #[arg(long, value_name = "DIR", default_value = "failures")]
    pub(super) failures: PathBuf,

    /// Show only the verdict
    #[arg(long, short)]
    pub(super) quiet: bool,

    /// Arguments of a server of kind resp, in which {client_port}, {directory} and so on stand for its values
    #[arg(last = true, value_name = "ARGUMENT")]
    pub(super) arguments: Vec<String>,
}

/// What kind of servers are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// kvd, the store of this project.
    #[default]
    Kvd,
    /// etcd 3.4 or later.
    Etcd,
    /// Anything that speaks the Redis protocol.
    Resp,
}

impl Kind {
    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Kvd => "kvd",
            Kind::Etcd => "etcd",
            Kind::Resp => "resp",
        }
    }
}

/// Whether servers run in their own namespaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Namespaces {
    /// If the system allows it.
    #[default]
    Auto,
    /// They must.
    On,
    /// They don't.
    Off,
}

#[derive(Args, Clone, Debug)]
pub(super) struct FolderArgs {
    /// The folder of a stored run, such as failures/latest
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

#[derive(Args, Clone, Debug)]
pub(super) struct ExecCheckArgs {
    /// The command, split as a shell splits words
    #[arg(value_name = "COMMAND")]
    pub(super) command: String,

    /// Twice the time that the program may take for an answer; 0 for no limit
    #[arg(long, value_name = "TIME", value_parser = parse_poll_limit)]
    pub(super) poll_limit: Option<Duration>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct CheckHistoryArgs {
    /// The history; - is standard input
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// The kind of object: register, kv, append (a list), set, queue, unordered-queue, lock, counter,
    /// multi-register or bank
    #[arg(long, value_name = "MODEL")]
    pub(super) model: ModelName,

    /// The format of the file: jsonl, jepsen-edn (also Maelstrom's) or jepsen-log [default: recognized from its
    /// beginning]
    #[arg(long, value_name = "FORMAT")]
    pub(super) from: Option<HistoryFormat>,

    /// The initial state of the object, as JSON: what registers hold, a counter's total, a bank's balances
    #[arg(long, value_name = "JSON", value_parser = values::json, allow_hyphen_values = true)]
    pub(super) initial: Option<serde_json::Value>,

    /// Write a page that shows the result
    #[arg(long, value_name = "FILE.html")]
    pub(super) html: Option<PathBuf>,

    /// The key of the part that the page shows first [default: the most telling one]
    #[arg(long, value_name = "KEY", requires = "html")]
    pub(super) part: Option<String>,

    /// After how many steps of the search the verdict is left unknown [default: 8388608, or 32 per operation if
    /// that is more]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(super) budget_steps: Option<u64>,

    /// After how much time the verdict is left unknown: 90s, 10m, 1h30m
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

    /// How many clients there are, at most 255
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
    pub(super) clients: u8,

    /// How long the run goes on: 20s, 10m
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = parse_time_limit)]
    pub(super) time_limit: Duration,

    /// The faults that are drawn: names, separated by commas, or none
    #[arg(long, value_name = "LIST", default_value = "partition,one-way,pause,loss,delay", value_parser = parse_faults)]
    pub(super) nemesis: Faults,

    /// The seed of faults and operations
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = values::seed, allow_negative_numbers = true)]
    pub(super) seed: u64,

    /// Where the run leaves its folder, DIR/maelstrom/<seed>
    #[arg(long, value_name = "DIR", default_value = "failures")]
    pub(super) failures: PathBuf,

    /// Arguments of the nodes, after --
    #[arg(value_name = "ARGUMENT", last = true)]
    pub(super) arguments: Vec<String>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct MergeArgs {
    /// The output of `labtest run --format json` for every shard; - is standard input
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
            &["draw", "--seed", "1"],
            &["draw", "explore::kv"],
            &["draw", "explore::kv", "--live", "--seed", "1"],
            &["draw", "explore::kv", "--seed", "1", "--servers", "5"],
            &["draw", "--live", "--seed", "1", "--servers", "10"],
            &["live", "--servers", "0"],
            &["live", "--servers", "3", "--config", "servers.json"],
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
