//! `labtest check-history`.

use super::args::CheckHistoryArgs;
use super::time_limit::time_text;
use super::{CommandError, Streams};
use crate::exit_code;
use crate::text_file::{self, TextFile};
use harness::Stopwatch;
use lincheck::{Judgement, PageContext, ReadError, RecordedHistory, Report, Verdict};
use serde::Serialize;
use std::cell::Cell;
use std::fs;
use std::path::Path;

/// The form in which a verdict is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// The verdict and the operations that contradict each other.
    #[default]
    Text,
    /// One object: the verdict, the longest order, the contradiction, all operations.
    Json,
}

/// The object that is printed.
#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    file: &'a str,
    model: &'a str,
    read: String,
    exit_code: u8,
    #[serde(flatten)]
    judgement: Judgement,
}

/// The largest file that is read: it takes two to four times as much memory.
const FILE_BYTES_MAX: u64 = 1 << 31;

/// Judges a history by a model and says what was found.
pub(super) fn check_history(
    args: &CheckHistoryArgs,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    let is_too_large = |file: &fs::Metadata| file.len() > FILE_BYTES_MAX;
    if fs::metadata(&args.file).is_ok_and(|file| is_too_large(&file)) {
        let file = args.file.display();
        return Err(usage(&format!("{file} is larger than 2 GiB: judge its keys one by one")));
    }
    let file = text_file::read(&args.file).map_err(|error| usage(&error))?;
    if args.html.as_deref().is_some_and(|page| are_one_file(page, &args.file)) {
        let (page, history) = (args.file.display(), &file.name);
        return Err(usage(&format!("--html {page} would overwrite the history {history}")));
    }
    let history = read(args, &file)?;
    let clock = Stopwatch::start();
    let is_late = Cell::new(false);
    let report = history.explain_until(args.budget_steps, &|| {
        is_late.set(args.time_limit.is_some_and(|limit| clock.elapsed() >= limit));
        is_late.get()
    });
    if let Some(part) =
        args.part.as_ref().filter(|&part| report.parts.iter().all(|it| it.key != *part))
    {
        return Err(usage(&format!("--part {part}: {} has no part of that name", file.name)));
    }
    let code = match report.verdict {
        Verdict::Linearizable if history.unknown_outcomes() < history.operation_count() => {
            exit_code::PASSED
        }
        Verdict::NotLinearizable => exit_code::FAILED,
        Verdict::Linearizable | Verdict::Unknown => exit_code::UNDECIDED,
    };
    match args.format {
        Form::Json => {
            let printed = Printed {
                schema: "labtest.verdict/v1",
                file: &file.name,
                model: args.model.name(),
                read: history.source().to_string(),
                exit_code: code,
                judgement: history.judgement(&report),
            };
            let line = serde_json::to_string(&printed);
            let line = line.map_err(|error| CommandError::Software(error.to_string()))?;
            writeln!(streams.output, "{line}")?;
        }
        Form::Text => {
            write!(streams.output, "{}: {}", file.name, history.describe(&report))?;
            if let Some(why) = undecided(args, &history, &report, is_late.get()) {
                writeln!(streams.output, "undecided: {why}")?;
            }
            writeln!(streams.output, "read:   {}", history.source())?;
        }
    }
    write_page(args, streams, &history, &report, code)
}

fn read(args: &CheckHistoryArgs, file: &TextFile) -> Result<RecordedHistory, CommandError> {
    let name = &file.name;
    RecordedHistory::read(&file.text, args.model, &args.read_options()).map_err(|error| match error
    {
        ReadError::Format(error) => usage(&format!("{name}: {error}; --from says which it is")),
        ReadError::Initial(error) => usage(&format!("{name}: {error}; --initial says it")),
        error => usage(&format!("{name}: {error}")),
    })
}

/// Why nothing is known, and what would help.
fn undecided(
    args: &CheckHistoryArgs,
    history: &RecordedHistory,
    report: &Report,
    is_late: bool,
) -> Option<String> {
    let operations = history.operation_count();
    let unknown = history.unknown_outcomes();
    if report.verdict != Verdict::Unknown {
        let shows_nothing = match (operations, unknown) {
            (0, _) => "a history without operations shows nothing",
            (all, unknown) if all == unknown => "no operation was answered, which shows nothing",
            _ => return None,
        };
        return Some(shows_nothing.to_owned());
    }
    let mut why = match args.time_limit.filter(|_| is_late) {
        Some(limit) => format!(
            "the time limit of {} ran out; what would help: a longer --time-limit",
            time_text(limit)
        ),
        None => {
            let made = report.steps();
            let more = made.saturating_mul(16);
            format!("the budget ran out after {made} steps; what would help: --budget-steps {more}")
        }
    };
    if unknown > 0 {
        why += &format!(
            ", or fewer operations of unknown outcome ({unknown} of {operations}): those that certainly \
             had no effect are `fail`"
        );
    }
    Some(why)
}

/// Writes the page, if requested, and returns the exit code.
fn write_page(
    args: &CheckHistoryArgs,
    streams: &mut Streams<'_>,
    history: &RecordedHistory,
    report: &Report,
    code: u8,
) -> Result<u8, CommandError> {
    let Some(page) = &args.html else { return Ok(code) };
    let context = PageContext { part: args.part.clone(), ..PageContext::default() };
    match fs::write(page, history.html(report, &context)) {
        Ok(()) if args.format == Form::Json => {}
        Ok(()) => writeln!(streams.output, "look:   {}", page.display())?,
        // The verdict is known all the same, and a violation must not be missed.
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

/// Whether both paths are the same existing file.
fn are_one_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
