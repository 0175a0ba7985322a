//! `labtest measure`.

use super::args::MeasureArgs;
use super::how::{How, read, usage};
use super::{CommandError, Streams};
use crate::exit_code;
use crate::numbers::grouped;
use harness::Implementation;
use harness::measure::{Figure, MeasureError, explored, measure as measured};
use labtrace::figures::{FigureRecord, FiguresRecord, SCHEMA};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Measures a Raft and shows its figures, beside those of others.
pub(super) fn measure(
    args: &MeasureArgs,
    implementation: &Arc<dyn Implementation>,
    streams: &mut Streams<'_>,
) -> Result<u8, CommandError> {
    // The other figures are read first, so that a mistake in them shows at once.
    let mut all =
        args.beside.iter().map(|file| read_figures(file)).collect::<Result<Vec<_>, _>>()?;
    let how = How::of_raft(args);
    let implementation = &how.configured(implementation)?;
    let options = how.options(&[explored()], &**implementation, &[args.base_seed], false)?;
    let end = args.base_seed.checked_add(args.seeds);
    let end = end.ok_or_else(|| usage(&"--seeds: there are not that many after --base-seed"))?;
    let figures = match measured(implementation, args.servers, args.base_seed..end, &options) {
        Ok(figures) => figures,
        Err(MeasureError::Config(error)) => return Err(usage(&error)),
        Err(error @ MeasureError::Run { .. }) => {
            writeln!(streams.errors, "error: {error}")?;
            return Ok(exit_code::FAILED);
        }
    };
    let figures = record(args, implementation.name(), &figures);
    if args.json {
        let line = figures.line().map_err(|error| CommandError::Software(error.to_string()))?;
        writeln!(streams.output, "{line}")?;
        return Ok(exit_code::PASSED);
    }
    all.insert(0, figures);
    table(&all, streams.output)?;
    Ok(exit_code::PASSED)
}

fn read_figures(file: &Path) -> Result<FiguresRecord, CommandError> {
    let text = read(file)?;
    FiguresRecord::read(&text.text).map_err(|error| usage(&format!("{}: {error}", text.name)))
}

fn record(args: &MeasureArgs, implementation: &str, figures: &[Figure]) -> FiguresRecord {
    FiguresRecord {
        schema: SCHEMA.to_owned(),
        implementation: implementation.to_owned(),
        servers: args.servers,
        first_seed: args.base_seed,
        seeds: args.seeds,
        figures: figures.iter().filter_map(|it| FigureRecord::of(it.name, &it.values)).collect(),
    }
}

/// Markdown: a line for each figure of the first Raft, a column for each Raft.
fn table(all: &[FiguresRecord], output: &mut dyn Write) -> Result<(), CommandError> {
    let Some(first) = all.first() else { return Ok(()) };
    let heads = all.iter().map(|it| {
        let (servers, seeds) = (it.servers, grouped(it.seeds));
        format!(" {}, {servers} servers, {seeds} seeds |", it.implementation)
    });
    writeln!(output, "| median (least to greatest) |{}", heads.collect::<String>())?;
    writeln!(output, "| --- |{}", " --- |".repeat(all.len()))?;
    for FigureRecord { name, .. } in &first.figures {
        let cells = all.iter().map(|it| {
            let figure = it.figures.iter().find(|figure| figure.name == *name);
            figure.map_or_else(|| " |".to_owned(), |figure| format!(" {} |", cell(figure)))
        });
        writeln!(output, "| {name} |{}", cells.collect::<String>())?;
    }
    Ok(())
}

fn cell(figure: &FigureRecord) -> String {
    let [median, min, max] = [figure.median, figure.min, figure.max].map(number);
    if min == max { median } else { format!("{median} ({min} to {max})") }
}

/// Three digits or so.
fn number(value: f64) -> String {
    match value {
        // Not beyond 2⁵³ in anything that is measured.
        100.0.. => grouped(value.round() as u64),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(implementation: &str, figures: &[(&str, &[f64])]) -> FiguresRecord {
        let figures = figures.iter().filter_map(|(name, values)| FigureRecord::of(name, values));
        FiguresRecord {
            schema: SCHEMA.to_owned(),
            implementation: implementation.to_owned(),
            servers: 3,
            first_seed: 1,
            seeds: 2000,
            figures: figures.collect(),
        }
    }

    #[test]
    fn rafts_stand_beside_each_other_and_what_one_lacks_is_left_out() {
        let ours = figures("ours", &[("leader: ms", &[500.4, 400.0]), ("bytes", &[12.34, 12.34])]);
        let theirs = figures("theirs", &[("leader: ms", &[1234.0, 0.5, 10.0])]);
        let mut output = Vec::new();
        table(&[ours, theirs], &mut output).unwrap();
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "| median (least to greatest) | ours, 3 servers, 2,000 seeds | theirs, 3 servers, 2,000 seeds |\n\
             | --- | --- | --- |\n\
             | leader: ms | 450 (400 to 500) | 10.0 (0.50 to 1,234) |\n\
             | bytes | 12.3 | |\n"
        );
    }
}
