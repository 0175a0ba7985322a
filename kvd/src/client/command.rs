//! The command line of `kv`.

mod output;
mod reach;
mod store;
mod watch_leader;

use crate::exit::{Code, Failure};
use clap::{Parser, Subcommand};
use output::Output;
use std::process::ExitCode;

pub use reach::{Reach, duration};

/// The store of a kvd cluster at the command line.
///
/// It finds the leader by itself, and waits for one during an election. It never resends a write with an
/// unknown outcome; with `--once` it resends it until it is answered, and it takes effect only once.
#[derive(Parser)]
#[command(name = "kv", version, max_term_width = 110, after_help = exit_codes())]
struct Arguments {
    #[command(flatten)]
    reach: reach::Reach,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Store(store::StoreCommand),
    /// Show who leads, and each change
    WatchLeader {
        /// End after this many changes, including the first leader shown
        #[arg(long, value_name = "N")]
        changes: Option<u64>,
    },
}

fn exit_codes() -> String {
    let codes = [
        Code::Done,
        Code::No,
        Code::Usage,
        Code::NoAnswer,
        Code::Refused,
        Code::Config,
        Code::Unknown,
    ];
    let rows = codes.map(|code| format!("  {:>2}  {}", code.number(), code.meaning()));
    format!("Exit codes:\n{}", rows.join("\n"))
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // If nobody reads it, nobody is told.
            let _ = error.print();
            let code = if error.use_stderr() { Code::Usage } else { Code::Done };
            return code.into();
        }
    };
    let code = run(arguments).unwrap_or_else(|error| {
        // Who read the output has seen enough.
        if output::is_broken_pipe(&error) {
            return Code::Done;
        }
        eprintln!("error: {error:#}");
        Code::of_error(&error)
    });
    code.into()
}

fn run(Arguments { reach, command }: Arguments) -> anyhow::Result<Code> {
    let options = reach.options()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Code::Software, format!("can't start: {error}")))?;
    let mut output = Output::new();
    runtime.block_on(async {
        match command {
            Command::Store(command) => command.run(options, &mut output).await,
            Command::WatchLeader { changes } => {
                watch_leader::watch_leader(options, changes, &mut output).await
            }
        }
    })
}
