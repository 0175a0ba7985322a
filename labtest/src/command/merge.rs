//! `labtest merge`: several shards' JSON becomes one result.

use super::args::MergeArgs;
use super::format::Format;
use super::run::verdict;
use super::session::write_line;
use super::shard_line::{End, ShardLine};
use super::{CommandError, Streams, json, junit, report, table};
use crate::exit_code;
use harness::all_tests;
use harness::summary::Summary;
use labtrace::RunRecord;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Joins the files and shows the result as `run` would.
pub(super) fn merge(args: &MergeArgs, streams: &mut Streams<'_>) -> Result<u8, CommandError> {
    let mut merged = Merged { all_ended: true, complete: true, ..Merged::default() };
    for path in &args.files {
        merged.read(path)?;
    }
    let (runs, complete) = (merged.in_order(), merged.complete);
    let is_undecided = merged.undecided || !merged.all_ended;
    let implementation = merged.implementation.unwrap_or_default();
    let mut summary = Summary::default();
    for run in &runs {
        let place = summary.place_of(&run.test);
        summary.add(place, run);
    }
    let code = match exit_code::of(&summary) {
        exit_code::PASSED if is_undecided => exit_code::UNDECIDED,
        code => code,
    };
    match args.format {
        Format::Table => {
            writeln!(streams.output, "{}", table::table(&summary))?;
            report::failures(&summary, |_, _| None, streams.output)?;
            writeln!(streams.output)?;
            verdict(&summary, streams.output)?;
        }
        Format::Json => {
            runs.iter().try_for_each(|run| write_line(run, streams.output))?;
            let line = json::summary_line(&summary, &implementation, code, complete)
                .map_err(|error| CommandError::Software(error.to_string()))?;
            writeln!(streams.output, "{line}")?;
        }
        Format::Junit => junit::write(&summary, &implementation, streams.output)?,
    }
    Ok(code)
}

/// All runs that were read, each once.
#[derive(Default)]
struct Merged {
    implementation: Option<String>,
    /// By test and seed, with the place it was read from.
    runs: BTreeMap<(String, u64), (RunRecord, String)>,
    /// Every file has a summary, so no shard died.
    all_ended: bool,
    /// Every file's summary says that nothing is missing.
    complete: bool,
    /// A shard could not judge its part.
    undecided: bool,
}

impl Merged {
    fn read(&mut self, path: &Path) -> Result<(), CommandError> {
        let name = if path == Path::new("-") { "standard input" } else { &*path.to_string_lossy() };
        let unreadable =
            |error: &io::Error| CommandError::Usage(format!("can't read {name}: {error}"));
        let lines: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path).map_err(|error| unreadable(&error))?))
        };
        let mut end = None;
        for (number, line) in lines.split(b'\n').enumerate() {
            let line = line.map_err(|error| unreadable(&error))?;
            let place = format!("{name}:{}", number + 1);
            let line = String::from_utf8(line).map_err(|_| {
                CommandError::Usage(format!("{place}: this line is not UTF-8 text"))
            })?;
            if !line.trim().is_empty() {
                end = self.read_line(&line, &place)?.or(end);
            }
        }
        self.all_ended &= end.is_some();
        let end = end.unwrap_or_default();
        self.complete &= end.complete;
        self.undecided |= end.undecided;
        Ok(())
    }

    /// Returns the line if it is a summary: the end of a shard.
    fn read_line(&mut self, line: &str, place: &str) -> Result<Option<End>, CommandError> {
        let wrong = |what: String| CommandError::Usage(format!("{place}: {what}"));
        let run = match ShardLine::read(line).map_err(wrong)? {
            ShardLine::End(end) => return Ok(Some(end)),
            ShardLine::Run(run) => *run,
        };
        let known = self.implementation.get_or_insert_with(|| run.implementation.clone());
        if *known != run.implementation {
            let found = &run.implementation;
            return Err(wrong(format!("a run of {found}, but the others are of {known}")));
        }
        let key = (run.test.clone(), run.seed);
        if let Some((_, first)) = self.runs.get(&key) {
            let (test, seed) = key;
            return Err(wrong(format!("{test} seed {seed} is there already, in {first}")));
        }
        self.runs.insert(key, (run, place.to_string()));
        Ok(None)
    }

    /// In the order in which one machine makes them: test by test as in the table of tests, those
    /// it does not know behind, and seed by seed.
    fn in_order(&mut self) -> Vec<RunRecord> {
        let runs = std::mem::take(&mut self.runs).into_values();
        let mut runs: Vec<RunRecord> = runs.map(|(run, _)| run).collect();
        let place = |name: &str| {
            let known = all_tests().iter().position(|test| test.name == name);
            known.unwrap_or(all_tests().len())
        };
        // Stable, so that unknown ones stay in the order of their names.
        runs.sort_by_key(|run| place(&run.test));
        runs
    }
}
