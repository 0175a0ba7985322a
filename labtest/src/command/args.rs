//! What the command understands.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Tests a Raft: the lab's suites on a virtual clock, every run from one seed.
///
/// Without a subcommand it does `run`.
#[derive(Debug, Parser)]
#[command(name = "labtest", version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

const EXIT_CODES: &str = "\
Exit codes: 0 all passed, 1 a property was violated, 2 a run could not be judged, 64 wrong usage, \
70 a fault of the tool.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run tests over many seeds and show a table
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// List the tests
    List(ListArgs),
}

const RUN_EXAMPLES: &str = "\
Examples:
  labtest run                            every lab test, 100 seeds each
  labtest run explore --seeds 1000       explorations: faults drawn from the seed
  labtest run 4A 4B --seeds 1000         two suites
  labtest run 4C::figure8 --seed 17      one run again
  labtest run --base-seed 5000           100 other seeds
  labtest run 4B --config my.toml        with other timeouts

Exit codes: 0 all passed, 1 a property was violated, 2 a run could not be judged, 64 wrong usage, \
70 a fault of the tool.";

/// How many seeds a run takes when nothing is said.
pub(super) const DEFAULT_SEEDS: u64 = 100;

#[derive(Args, Clone, Debug, Default)]
pub(super) struct RunArgs {
    /// Only tests whose name contains this; a whole name means that test alone
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,

    /// How many seeds each test runs under [default: 100; 1 with --realtime]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) seeds: Option<u64>,

    /// Run under this seed alone
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "base_seed"])]
    pub(super) seed: Option<u64>,

    /// The first seed [default: 1]
    #[arg(long, value_name = "S")]
    pub(super) base_seed: Option<u64>,

    /// How many runs go on at once [default: one per core; 32 with --realtime]
    #[arg(long, short, value_name = "J", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,

    /// Run every seed twice and compare all that happened
    #[arg(long, conflicts_with = "realtime")]
    pub(super) check_determinism: bool,

    /// Run on the real clock, with real threads; seeds then mean nothing but a number
    #[arg(long)]
    pub(super) realtime: bool,

    /// Lay a TOML file over the tests' configuration: [network], [raft], [limits], snapshots
    #[arg(long, value_name = "FILE.toml")]
    pub(super) config: Option<PathBuf>,

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
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            &["run", "--seeds", "0"][..],
            &["run", "--jobs", "0"],
            &["run", "--seed", "1", "--seeds", "2"],
            &["run", "--realtime", "--check-determinism"],
            &["run", "--seed", "-1"],
            &["list", "--seeds", "2"],
        ] {
            let args = std::iter::once("labtest").chain(wrong.iter().copied());
            assert!(Cli::try_parse_from(args).is_err(), "{wrong:?}");
        }
    }
}
