//! `labtest check`.

use super::CommandError;
use super::args::FolderArgs;
use crate::exit_code;
use crate::failures::{Files, StoredRun};
use crate::numbers::plural;
use harness::judge::{Check, Judgement, judge};
use harness::property;
use labtrace::{seconds, trace};
use std::io::Write;
use std::path::Path;

/// Judges a folder and says what was found.
pub(super) fn check(args: &FolderArgs, output: &mut dyn Write) -> Result<u8, CommandError> {
    #[cfg(unix)]
    if live::maelstrom::is_folder(&args.folder) {
        return super::maelstrom::check(args, output);
    }
    #[cfg(unix)]
    if live::record::is_live(&args.folder) {
        return super::check_live::check(args, output);
    }
    let stored = StoredRun::read(&args.folder)?;
    let judged =
        judge(&stored.trace, &stored.history).map_err(|error| wrong(args, &stored, &error))?;
    announce(&args.folder, &judged, output)?;
    for cut in &stored.cuts {
        writeln!(output, "{cut}")?;
    }
    for check in &judged.checks {
        show(check, output)?;
    }
    conclude(&judged, output)
}

/// Says which of the two files is damaged.
fn wrong(args: &FolderArgs, stored: &StoredRun, error: &anyhow::Error) -> CommandError {
    let file = if trace::read(&stored.trace).is_err() { Files::TRACE } else { Files::HISTORY };
    CommandError::Usage(format!("{}: {error:#}", args.folder.join(file).display()))
}

fn announce(folder: &Path, judged: &Judgement, output: &mut dyn Write) -> Result<(), CommandError> {
    let header = &judged.header;
    let (run, name) = (header.name(", "), &header.implementation);
    let events = plural(judged.events as u64, "event");
    let operations = plural(judged.operations as u64, "answered operation");
    writeln!(output, "{}: {run}, {name}", folder.display())?;
    writeln!(output, "{events}, {operations} of clients\n")?;
    Ok(())
}

fn show(check: &Check, output: &mut dyn Write) -> Result<(), CommandError> {
    let name = check.property;
    let statement = property::statement(name).unwrap_or_default();
    match &check.violation {
        None => writeln!(output, "holds     {name:26}{statement}")?,
        Some((at, message)) => {
            writeln!(output, "VIOLATED  {name:26}{statement}")?;
            writeln!(output, "          at {}: {message}", seconds(*at))?;
        }
    }
    Ok(())
}

/// Compares that with how the run itself ended.
fn conclude(judged: &Judgement, output: &mut dyn Write) -> Result<u8, CommandError> {
    writeln!(output)?;
    let found = judged.checks.iter().any(|check| check.violation.is_some());
    let own_failure =
        judged.own_failure.as_ref().map(|(property, text)| format!("{text} ({property})"));
    if let Some(failure) = &own_failure {
        writeln!(output, "the run itself failed: {failure}")?;
    }
    let code = match judged.own_verdict.as_deref() {
        _ if found => {
            writeln!(output, "FAILED: a property is violated")?;
            exit_code::FAILED
        }
        Some("passed") => {
            writeln!(output, "passed: every check holds, as it did in the run")?;
            exit_code::PASSED
        }
        Some(_) => {
            let advice = if judged.header.seed.is_some() { "; replay the run" } else { "" };
            writeln!(output, "undecided: that can't be judged from the files{advice}")?;
            exit_code::UNDECIDED
        }
        None if judged.events == 0 => {
            writeln!(output, "undecided: the trace has no events, which shows nothing")?;
            exit_code::UNDECIDED
        }
        None => {
            writeln!(output, "undecided: the trace stops before the end of the run")?;
            exit_code::UNDECIDED
        }
    };
    Ok(code)
}
