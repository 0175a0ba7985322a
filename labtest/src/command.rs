//! The `labtest` command, for any implementation.

mod args;
mod list;
mod live;
mod report;
mod run;
mod table;

use crate::{Implementation, exit_code};
use args::{Cli, Command};
use clap::Parser;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

/// Why the command came to no result.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// It was used in a wrong way.
    #[error("{0}")]
    Usage(String),
    /// A fault of the tool or of the machine.
    #[error("{0}")]
    Software(String),
    /// Nobody reads what it prints.
    #[error("output: {0}")]
    Output(#[from] io::Error),
}

/// The whole `labtest` command for an implementation; a `main` has nothing else to do.
///
/// Reads the process's arguments, prints to its standard output and returns its exit code, one of
/// [`exit_code`](crate::exit_code).
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     labtest::command_main(labtest::OurRaft)
/// }
/// ```
pub fn command_main(implementation: impl Implementation) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    let implementation: Arc<dyn Implementation> = Arc::new(implementation);
    let mut output = io::stdout();
    let done = match cli.command {
        None => run::run(&cli.run, &implementation, &mut output, io::stderr().is_terminal()),
        Some(Command::Run(args)) => {
            run::run(&args, &implementation, &mut output, io::stderr().is_terminal())
        }
        Some(Command::List(args)) => list::list(&args, &mut output),
    };
    ExitCode::from(done.unwrap_or_else(|error| fail(&error)))
}

/// Help and version are no errors; anything else that clap says is one of usage.
fn explain(error: &clap::Error) -> ExitCode {
    // Nothing can be done about help that can't be printed.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { exit_code::USAGE } else { exit_code::PASSED })
}

fn fail(error: &CommandError) -> u8 {
    match error {
        // The reader has seen enough, as with `labtest run | head`.
        CommandError::Output(output) if output.kind() == io::ErrorKind::BrokenPipe => {
            exit_code::SOFTWARE
        }
        CommandError::Usage(_) => {
            eprintln!("error: {error}\n\nFor more information, try '--help'.");
            exit_code::USAGE
        }
        CommandError::Software(_) | CommandError::Output(_) => {
            eprintln!("error: {error}");
            exit_code::SOFTWARE
        }
    }
}
