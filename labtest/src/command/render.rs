//! `labtest render`.

use super::args::FolderArgs;
use super::{CommandError, Streams};
use crate::{exit_code, failures};

/// Draws the pictures of a folder again and names them.
pub(super) fn render(args: &FolderArgs, streams: &mut Streams<'_>) -> Result<u8, CommandError> {
    #[cfg(unix)]
    if live::record::is_live(&args.folder) {
        return super::check_live::redraw(args, streams);
    }
    let drawn = failures::render(&args.folder)?;
    for cut in &drawn.cuts {
        writeln!(streams.errors, "warning: {cut}")?;
    }
    for picture in &drawn.pictures {
        writeln!(streams.output, "{}", picture.display())?;
    }
    Ok(exit_code::PASSED)
}
