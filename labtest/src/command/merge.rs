//! `labtest merge`: several shards' JSON becomes one result.

mod part;
mod whole;

use super::args::MergeArgs;
use super::format::Format;
use super::session::write_line;
use super::{CommandError, Streams, json, junit, report, table};
use crate::{exit_code, verdict};
use harness::summary::Summary;
use part::Part;
use whole::Whole;

/// Why an incomplete set of shards is not decided; what is wrong with them is shown before it.
const NOT_WHOLE: &str = "this is not all that was planned";

/// Joins the files and shows the result as `run` would.
pub(super) fn merge(args: &MergeArgs, streams: &mut Streams<'_>) -> Result<u8, CommandError> {
    let mut parts = Vec::new();
    for path in &args.files {
        parts.extend(Part::read(path)?);
    }
    let whole = Whole::of(parts);
    let mut summary = Summary::default();
    for run in &whole.runs {
        let place = summary.place_of(&run.test);
        summary.add(place, run);
    }
    let code = match exit_code::of(&summary) {
        _ if whole.has_failed => exit_code::FAILED,
        exit_code::PASSED if !whole.problems.is_empty() || whole.runs.is_empty() => {
            exit_code::UNDECIDED
        }
        code => code,
    };
    show(whole, &summary, code, args.format, streams)?;
    Ok(code)
}

fn show(
    whole: Whole,
    summary: &Summary,
    code: u8,
    format: Format,
    streams: &mut Streams<'_>,
) -> Result<(), CommandError> {
    let Whole { implementation, runs, part, complete, problems, .. } = whole;
    match format {
        Format::Table => {
            writeln!(streams.output, "{}", table::table(summary, streams.output_width))?;
            report::failures(summary, |_, _| None, streams.output)?;
            writeln!(streams.output)?;
        }
        Format::Json => {
            runs.iter().try_for_each(|run| write_line(run, streams.output))?;
            let problems = &problems;
            let implementation = &implementation;
            let guided = None;
            let end =
                json::End { implementation, exit_code: code, complete, part, problems, guided };
            let line = json::summary_line(summary, end)
                .map_err(|error| CommandError::Software(error.to_string()))?;
            writeln!(streams.output, "{line}")?;
        }
        Format::Junit => junit::write(summary, &implementation, &problems, streams.output)?,
    }
    let people = streams.people(format);
    problems.iter().try_for_each(|problem| writeln!(people, "{problem}"))?;
    let open = (!problems.is_empty()).then_some(NOT_WHOLE);
    verdict::write(summary, code, open, people)?;
    Ok(())
}
