//! The `labtest` command, for any implementation.

mod args;
mod check;
mod check_history;
#[cfg(unix)]
mod check_live;
mod completions;
mod corpus;
mod draw;
mod exec_check;
mod format;
mod guided;
mod help;
mod how;
mod inputs;
mod interrupt;
mod json;
mod junit;
mod keep;
mod keeping;
mod list;
mod live;
#[cfg(unix)]
mod maelstrom;
mod measure;
mod merge;
mod progress;
#[cfg(any(test, fuzzing))]
pub mod readers;
mod render;
mod replay;
mod report;
mod run;
mod session;
mod shard_line;
mod shrink;
mod table;
mod time_limit;
mod values;

use crate::around::supervised;
use crate::exit_code;
use crate::failures::StoreError;
use crate::near::nearest;
use crate::replay_line;
use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use format::Format;
use harness::Implementation;
use labtrace::folder::FolderError;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

/// Why the command has no result.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// Wrong usage.
    #[error("{0}")]
    Usage(String),
    /// A fault of the tool or of the machine.
    #[error("{0}")]
    Software(String),
    /// Nobody reads what it prints.
    #[error("output: {0}")]
    Output(#[from] io::Error),
}

impl From<StoreError> for CommandError {
    /// A folder that was named by the user.
    fn from(error: StoreError) -> CommandError {
        match error {
            StoreError::Folder(FolderError::Write { .. }) | StoreError::Unfinished { .. } => {
                CommandError::Software(error.to_string())
            }
            StoreError::Folder(_) | StoreError::Draw { .. } => {
                CommandError::Usage(error.to_string())
            }
        }
    }
}

/// Where the command writes.
struct Streams<'a> {
    output: &'a mut dyn Write,
    errors: &'a mut dyn Write,
    /// How many characters a line of the output has room for, if it is a terminal.
    output_width: Option<usize>,
    /// Whether a person sees the errors, so that moving output makes sense.
    errors_are_terminal: bool,
}

impl Streams<'_> {
    /// Where people read: standard output if the result is for people, standard error if it is for programs.
    fn people(&mut self, format: Format) -> &mut dyn Write {
        match format {
            Format::Table => self.output,
            Format::Json | Format::Junit => self.errors,
        }
    }
}

/// The whole `labtest` command for an implementation; a `main` has nothing else to do.
///
/// Reads the process's arguments, prints to standard output and returns the exit code, one of
/// [`exit_code`](crate::exit_code).
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     labtest::command_main(labtest::OurRaft)
/// }
/// ```
pub fn command_main(implementation: impl Implementation) -> ExitCode {
    command_main_after(0, Arc::new(implementation))
}

/// [`command_main`] for a program whose first arguments are for itself, such as the name of the Raft that it
/// tests: `words` of them come before the command. Lines that repeat a run have them, too.
pub fn command_main_after(words: usize, implementation: Arc<dyn Implementation>) -> ExitCode {
    // A live run starts this program again for some of its parts.
    if let Some(code) = ::live::isolation::role() {
        return ExitCode::from(code);
    }
    replay_line::begins_with_own_words(words);
    let arguments = env::args_os().take(1).chain(env::args_os().skip(1 + words));
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    match cli.replay_line() {
        Some(replay) => {
            supervised(|| of(cli, &implementation), |test, seed| replay.line(test, seed))
        }
        None => of(cli, &implementation),
    }
}

fn of(cli: Cli, implementation: &Arc<dyn Implementation>) -> ExitCode {
    let mut streams = Streams {
        output: &mut io::stdout(),
        output_width: terminal_width(),
        errors: &mut io::stderr(),
        errors_are_terminal: io::stderr().is_terminal(),
    };
    let done = execute(cli, implementation, &mut streams);
    ExitCode::from(done.unwrap_or_else(|error| fail(&error)))
}

/// How many characters a line of standard output has room for, if it is a terminal.
fn terminal_width() -> Option<usize> {
    console::Term::stdout().size_checked().map(|(_rows, columns)| usize::from(columns))
}

fn execute(
    cli: Cli,
    implementation: &Arc<dyn Implementation>,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    let is_named = cli.command.is_some();
    match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) if !is_named => run::run(&args, implementation, streams)
            .map_err(|error| meant_command(error, &args.filters)),
        Command::Run(args) => run::run(&args, implementation, streams),
        Command::Go(args) => {
            args.check().map_err(CommandError::Usage)?;
            run::run(&args.as_run(), implementation, streams)
        }
        Command::List(args) => list::list(&args, streams.output),
        Command::Draw(args) => draw::draw(&args, implementation, streams.output),
        Command::Replay(args) => replay::replay(&args, implementation, streams.output),
        Command::Shrink(args) => shrink::shrink(&args, implementation, streams),
        Command::Render(args) => render::render(&args, streams),
        Command::Check(args) => check::check(&args, streams.output),
        Command::CheckHistory(args) => check_history::check_history(&args, streams),
        Command::Live(args) => live::live(&args, streams),
        #[cfg(unix)]
        Command::Maelstrom(args) => maelstrom::maelstrom(&args, streams),
        Command::ExecCheck(args) => exec_check::exec_check(&args, streams.output),
        Command::Measure(args) => measure::measure(&args, implementation, streams),
        Command::Corpus(args) => corpus::corpus(&args, implementation, streams),
        Command::Merge(args) => merge::merge(&args, streams),
        Command::Completions(args) => completions::completions(&args, streams.output),
    }
}

/// How the error for a filter that matches no test begins.
const NO_TEST: &str = "no test matches";

/// Without a subcommand, a filter that matches no test may be meant as one.
fn meant_command(error: CommandError, filters: &[String]) -> CommandError {
    let known = Cli::command();
    let known: Vec<&str> = known.get_subcommands().map(clap::Command::get_name).collect();
    let meant = filters.first().and_then(|filter| nearest(filter, known.iter().copied()));
    match (error, meant) {
        (CommandError::Usage(message), Some(command)) if message.starts_with(NO_TEST) => {
            CommandError::Usage(format!("{message}; or is the command `{command}` meant?"))
        }
        (error, _) => error,
    }
}

/// Help and version are not errors; anything else from clap is wrong usage.
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
