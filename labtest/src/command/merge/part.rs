//! Reads what a shard printed: its runs, and the summary at their end.

use super::super::CommandError;
use super::super::shard_line::{End, ShardLine};
use labtrace::RunRecord;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// The runs of a file up to a summary. A file may have several, one after another.
pub(super) struct Part {
    /// Where it is: the file, and the lines where it does not begin with the first.
    pub(super) name: String,
    pub(super) runs: Vec<RunRecord>,
    /// `None` if it was cut off before.
    pub(super) end: Option<End>,
}

impl Part {
    /// All parts of a file, at least one; `-` is standard input.
    pub(super) fn read(path: &Path) -> Result<Vec<Part>, CommandError> {
        let is_input = path == Path::new("-");
        let name = if is_input { "standard input" } else { &*path.to_string_lossy() };
        let unreadable =
            |error: &io::Error| CommandError::Usage(format!("can't read {name}: {error}"));
        let lines: Box<dyn BufRead> = match is_input {
            true => Box::new(BufReader::new(io::stdin())),
            false => {
                Box::new(BufReader::new(File::open(path).map_err(|error| unreadable(&error))?))
            }
        };
        let mut reading =
            Reading { name, parts: Vec::new(), runs: Vec::new(), since: 1, number: 0 };
        let (mut lines, mut line) = (lines, Vec::new());
        while lines.read_until(b'\n', &mut line).map_err(|error| unreadable(&error))? > 0 {
            reading.take(&line)?;
            line.clear();
        }
        Ok(reading.finish())
    }

    /// The Raft, according to each run and to the summary.
    pub(super) fn implementations(&self) -> impl Iterator<Item = &str> {
        let end = self.end.iter().map(|end| end.implementation.as_str());
        let runs = self.runs.iter().map(|run| run.implementation.as_str());
        runs.chain(end.filter(|name| !name.is_empty()))
    }
}

/// A file that is being read.
struct Reading<'a> {
    name: &'a str,
    parts: Vec<Part>,
    /// Of the part that has not ended yet, which began at line `since`.
    runs: Vec<RunRecord>,
    since: usize,
    /// Of the last line.
    number: usize,
}

impl Reading<'_> {
    fn take(&mut self, line: &[u8]) -> Result<(), CommandError> {
        self.number += 1;
        let text = str::from_utf8(line).map_err(|_| "this line is not UTF-8 text".to_owned());
        let read = match text.map(str::trim) {
            Ok("") => return Ok(()),
            Ok(text) => ShardLine::read(text),
            Err(what) => Err(what),
        };
        match read {
            Ok(ShardLine::Run(run)) => self.runs.push(*run),
            Ok(ShardLine::End(end)) => self.end_part(Some(end)),
            // The file was cut off in this line, so its part has no end.
            Err(_) if line.last() != Some(&b'\n') && self.has_begun() => {}
            Err(what) => {
                return Err(CommandError::Usage(format!("{}:{}: {what}", self.name, self.number)));
            }
        }
        Ok(())
    }

    /// Whether the file is known to be of the right kind.
    fn has_begun(&self) -> bool {
        !self.runs.is_empty() || !self.parts.is_empty()
    }

    fn end_part(&mut self, end: Option<End>) {
        let name = match self.since {
            1 => self.name.to_owned(),
            since => format!("{} from line {since} on", self.name),
        };
        self.since = self.number + 1;
        self.parts.push(Part { name, runs: std::mem::take(&mut self.runs), end });
    }

    fn finish(mut self) -> Vec<Part> {
        if self.parts.is_empty() || !self.runs.is_empty() || self.since <= self.number {
            self.end_part(None);
        }
        self.parts
    }
}
