//! `labtest check` and `labtest render` for the folder of a live run.

use super::args::FolderArgs;
use super::{CommandError, Streams};
use crate::exit_code;
use labtrace::VerdictName;
use labtrace::folder::FolderError;
use live::record::{Judged, RecordError, Stored, judge_again, render};
use std::io::Write;

impl From<RecordError> for CommandError {
    /// A folder that was named by the user.
    fn from(error: RecordError) -> CommandError {
        match error {
            RecordError::Folder(FolderError::Write { .. }) => {
                CommandError::Software(error.to_string())
            }
            _ => CommandError::Usage(error.to_string()),
        }
    }
}

/// Judges a folder and says what was found.
pub(super) fn check(args: &FolderArgs, output: &mut dyn Write) -> Result<u8, CommandError> {
    let stored = Stored::read(&args.folder).map_err(RecordError::from)?;
    let Judged { checks, not_judged, verdict, reason } = judge_again(&stored);
    writeln!(output, "{}: {}", args.folder.display(), what_was_run(&stored))?;
    for flaw in &stored.flaws {
        writeln!(output, "{flaw}")?;
    }
    writeln!(output)?;
    for check in &checks {
        writeln!(output, "{check}")?;
    }
    if !not_judged.is_empty() {
        writeln!(output, "\nas the run found it, not judged again:")?;
    }
    for check in &not_judged {
        writeln!(output, "{check}")?;
    }
    writeln!(output)?;
    let own = stored.report.as_ref().map(|report| report.verdict);
    if own == Some(VerdictName::Failed) && verdict != VerdictName::Failed {
        writeln!(output, "the run itself failed")?;
    }
    let why = reason.map_or(String::new(), |reason| format!(": {reason}"));
    let (word, code) = match verdict {
        VerdictName::Failed => ("FAILED", exit_code::FAILED),
        VerdictName::Undecided => ("undecided", exit_code::UNDECIDED),
        VerdictName::Passed => ("passed", exit_code::PASSED),
    };
    writeln!(output, "{word}{why}")?;
    Ok(code)
}

fn what_was_run(stored: &Stored) -> String {
    let Some(report) = &stored.report else { return "a live run".to_owned() };
    let about = &report.about;
    format!("live, seed {}, {} × {}", about.seed, about.servers, about.implementation)
}

/// Draws the pages of a folder again and names them.
pub(super) fn redraw(args: &FolderArgs, streams: &mut Streams<'_>) -> Result<u8, CommandError> {
    let (files, flaws) = render(&args.folder)?;
    for flaw in &flaws {
        writeln!(streams.errors, "warning: {flaw}")?;
    }
    for file in &files {
        writeln!(streams.output, "{}", file.display())?;
    }
    Ok(exit_code::PASSED)
}
