//! From lines to a history.

use super::vocabulary::Read;
use super::{ReadError, at_line};
use crate::formats::{Format, Opened};
use crate::line::{Found, Kind, Line, LineProblem};
use crate::{Event, EventKind, EventReader, History, Model};
use std::collections::BTreeSet;
use std::fmt;

/// What a history was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The format.
    pub format: Format,
    /// How many lines, or maps, told what clients did.
    pub lines: usize,
    /// How many clients.
    pub clients: usize,
    /// How many lines are about something other than a client.
    pub nemesis_lines: usize,
    /// How many of a log told something else.
    pub other_lines: usize,
    /// How many times went back, and were taken for those before them.
    pub times_back: usize,
    /// Whether the store was seen to answer the empty string where there is nothing.
    pub takes_empty_for_missing: bool,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = crate::report::plural;
        let (lines, clients) = (plural(self.lines, "line"), plural(self.clients, "client"));
        write!(formatter, "{lines} of {clients}, as {}", self.format.description())?;
        for (count, what) in [
            (self.nemesis_lines, "that no client wrote, left out"),
            (self.other_lines, "of other things, left out"),
            (self.times_back, "with a time before that of the line before, in the order of lines"),
        ] {
            if count > 0 {
                write!(formatter, "; {} {what}", plural(count, "line"))?;
            }
        }
        if self.takes_empty_for_missing {
            let empty = "; the empty string is taken for nothing, since some get answers it, none \
                         answers nothing, and nobody wrote it";
            formatter.write_str(empty)?;
        }
        Ok(())
    }
}

/// A history in the words of a model.
type HistoryOf<M> = History<<M as Model>::Input, <M as Model>::Output>;

/// The most operations of a history that is read: what is known of each takes 140 bytes and more, and a
/// search 150 again.
const OPERATIONS_MAX: usize = 1 << 24;

/// The most values in the lists of a history that is read, at 24 bytes each.
const LIST_VALUES_MAX: usize = 1 << 26;

/// Reads all lines in the words of a model.
pub(super) fn read<M: Read>(
    model: &M,
    format: Format,
    opened: Opened<'_>,
) -> Result<(HistoryOf<M>, Source), ReadError> {
    let mut lines = Lines::new(model, format);
    for (number, found) in opened.found {
        found.and_then(|found| lines.take(found)).map_err(|problem| at_line((number, problem)))?;
    }
    let Lines { reader, clients, mut source, .. } = lines;
    source.clients = clients.len();
    Ok((reader.finish(), source))
}

struct Lines<'m, M: Read> {
    model: &'m M,
    reader: EventReader<M::Input, M::Output>,
    /// Whether lines name their objects; all do or none.
    have_keys: Option<bool>,
    /// Whether lines have times; all do or none.
    have_times: Option<bool>,
    clients: BTreeSet<u64>,
    /// How many values stand in lists.
    list_values: usize,
    source: Source,
}

impl<'m, M: Read> Lines<'m, M> {
    fn new(model: &'m M, format: Format) -> Lines<'m, M> {
        let source = Source {
            format,
            lines: 0,
            clients: 0,
            nemesis_lines: 0,
            other_lines: 0,
            times_back: 0,
            takes_empty_for_missing: false,
        };
        let clients = BTreeSet::new();
        let reader = EventReader::new();
        Lines { model, reader, have_keys: None, have_times: None, clients, list_values: 0, source }
    }

    fn take(&mut self, found: Found) -> Result<(), LineProblem> {
        let line = match found {
            Found::Line(line) => line,
            Found::Nemesis => {
                self.source.nemesis_lines += 1;
                return Ok(());
            }
            Found::Other => {
                self.source.other_lines += 1;
                return Ok(());
            }
        };
        self.list_values += line.value().as_array().map_or(0, Vec::len);
        if self.list_values > LIST_VALUES_MAX {
            return Err(LineProblem::TooManyValues(LIST_VALUES_MAX));
        }
        let kind = self.kind(&line)?;
        let at = self.time(line.at)?;
        self.reader.push(Event { at, process: line.process, kind })?;
        self.source.lines += 1;
        self.clients.insert(line.process);
        // How an operation of unknown outcome ended may say little.
        let has_key = line.key.is_some();
        if self.source.lines > 2 * OPERATIONS_MAX {
            return Err(LineProblem::TooMany(OPERATIONS_MAX));
        }
        if line.kind == Kind::Invoke && *self.have_keys.get_or_insert(has_key) != has_key {
            return Err(LineProblem::SomeKeys);
        }
        Ok(())
    }

    /// Its time; in a history without times, the number of lines before it, in nanoseconds.
    fn time(&mut self, at: Option<u64>) -> Result<u64, LineProblem> {
        if *self.have_times.get_or_insert(at.is_some()) != at.is_some() {
            return Err(LineProblem::SomeTimes);
        }
        let now = self.reader.now().at;
        match (at, self.source.format) {
            (None, _) => Ok(self.source.lines as u64),
            // Jepsen's threads look at the clock first and take their place in the history then.
            (Some(at), Format::JepsenEdn | Format::JepsenLog) if at < now => {
                self.source.times_back += 1;
                Ok(now)
            }
            (Some(at), _) => Ok(at),
        }
    }

    /// What the line says, given what the process has open.
    fn kind(&self, line: &Line) -> Result<EventKind<M::Input, M::Output>, LineProblem> {
        let open = self.reader.open(line.process);
        if let (Some(open), Kind::Ok | Kind::Fail | Kind::Info) = (open, line.kind) {
            let (f, key) = self.model.name(open);
            let is_the_key = line.key() == key || line.key.is_none() && line.kind != Kind::Ok;
            if line.f != f || !is_the_key {
                return Err(LineProblem::OtherOperation {
                    process: line.process,
                    found: line.f.clone(),
                    key: line.key().to_owned(),
                    open: self.model.describe(open, None),
                });
            }
        }
        Ok(match line.kind {
            Kind::Invoke => EventKind::Invoke(self.model.input(line)?),
            Kind::Ok => EventKind::Ok(self.model.output(line)?),
            Kind::Fail => EventKind::Fail,
            Kind::Info => EventKind::Info,
        })
    }
}
