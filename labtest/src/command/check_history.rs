//! `labtest check-history`.

use super::args::CheckHistoryArgs;
use super::{CommandError, Streams};
use crate::{exit_code, text_file};
use lincheck::{PageContext, ReadError, RecordedHistory, Verdict};
use std::fs;
use std::path::Path;

/// Judges a history by a model and says what was found.
pub(super) fn check_history(
    args: &CheckHistoryArgs,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    let file = text_file::read(&args.file).map_err(|error| usage(&error))?;
    if args.html.as_deref().is_some_and(|page| are_one_file(page, &args.file)) {
        let (page, history) = (args.file.display(), &file.name);
        return Err(usage(&format!("--html {page} would overwrite the history {history}")));
    }
    let name = &file.name;
    let history =
        RecordedHistory::read(&file.text, args.model, &args.read_options()).map_err(|error| {
            match error {
                ReadError::Format(error) => {
                    usage(&format!("{name}: {error}; --from says which it is"))
                }
                error => usage(&format!("{name}: {error}")),
            }
        })?;
    let report = history.explain(args.budget_steps);
    write!(streams.output, "{name}: {}", history.describe(&report))?;
    writeln!(streams.output, "read:   {}", history.source())?;
    let is_empty = history.operation_count() == 0;
    if is_empty {
        writeln!(streams.output, "undecided: a history without operations shows nothing")?;
    }
    let code = match report.verdict {
        Verdict::Linearizable if !is_empty => exit_code::PASSED,
        Verdict::NotLinearizable => exit_code::FAILED,
        Verdict::Linearizable | Verdict::Unknown => exit_code::UNDECIDED,
    };
    let Some(page) = &args.html else { return Ok(code) };
    match fs::write(page, history.html(&report, &PageContext::default())) {
        Ok(()) => writeln!(streams.output, "look:   {}", page.display())?,
        // The verdict is known all the same, and a violation is what must not be missed.
        Err(error) if code == exit_code::FAILED => {
            writeln!(streams.errors, "error: can't write {}: {error}", page.display())?;
        }
        Err(error) => {
            let message = format!("can't write {}: {error}", page.display());
            return Err(CommandError::Software(message));
        }
    }
    Ok(code)
}

fn usage(error: &dyn std::fmt::Display) -> CommandError {
    CommandError::Usage(error.to_string())
}

/// Whether both paths lead to one file that is there.
fn are_one_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
