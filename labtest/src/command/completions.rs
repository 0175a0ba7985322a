//! `labtest completions`.

use super::CommandError;
use super::args::{Cli, CompletionsArgs};
use crate::exit_code;
use clap::CommandFactory;
use std::io::Write;
use std::path::Path;

/// Prints the script for a shell, for the name that this program has.
pub(super) fn completions(
    args: &CompletionsArgs,
    output: &mut dyn Write,
) -> Result<u8, CommandError> {
    let program = std::env::args_os().next();
    let name = program.as_deref().and_then(|program| Path::new(program).file_stem());
    let name = name.map_or("labtest".into(), |name| name.to_string_lossy());
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), name, &mut script);
    output.write_all(&script)?;
    Ok(exit_code::PASSED)
}
