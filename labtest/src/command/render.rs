//! `labtest render`.

use super::CommandError;
use super::args::FolderArgs;
use crate::{exit_code, failures};
use std::io::Write;

/// Draws the pictures of a folder anew and names them.
pub(super) fn render(args: &FolderArgs, output: &mut dyn Write) -> Result<u8, CommandError> {
    for picture in failures::render(&args.folder)? {
        writeln!(output, "{}", picture.display())?;
    }
    Ok(exit_code::PASSED)
}
