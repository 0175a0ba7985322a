//! What is new in a directory since it was looked at last.

use super::disk::Disk;
use super::lines::{Line, bytes_as_json};
use super::{InspectError, StateMachine};
use bytes::Bytes;
use persister::Identity;
use raft::stored_log::StoredLog;
use runtime::{now, sleep};
use serde_json::Value;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often in a row a directory may be unreadable: a file can be replaced just when it is read.
const FAILURES_MAX: u32 = 5;

/// Keeps showing what is new in a directory.
///
/// Of several lines on the same thing the last one holds: a term and vote, an entry in place of another one, a key's
/// value, which is `null` when the key is gone.
pub struct Follower<'a> {
    directory: PathBuf,
    machine: &'a dyn StateMachine,
    addresses: &'a [String],
    /// The files as they were before they were read last.
    files: Vec<String>,
    shown: Option<Shown>,
}

struct Shown {
    storage: Line,
    log: StoredLog,
    store: BTreeMap<Bytes, Bytes>,
}

impl<'a> Follower<'a> {
    /// Nothing is shown yet. The addresses of servers are by their number.
    pub fn new(
        directory: &Path,
        machine: &'a dyn StateMachine,
        addresses: &'a [String],
    ) -> Follower<'a> {
        let directory = directory.to_owned();
        Follower { directory, machine, addresses, files: Vec::new(), shown: None }
    }

    /// Writes what is new, in lines as those of [`print`](super::print), forever; a directory in which no
    /// server has started yet is waited for. Looks each `interval`, and less often when that takes longer.
    ///
    /// # Errors
    /// When the output can't be written, or the directory can't be read several times in a row.
    pub async fn follow(
        mut self,
        interval: Duration,
        output: &mut dyn Write,
    ) -> Result<Infallible, InspectError> {
        let mut failures = 0;
        loop {
            let began = now();
            match self.write_news(output) {
                Ok(()) | Err(InspectError::NeverStarted { .. }) => failures = 0,
                Err(error @ InspectError::Output(_)) => return Err(error),
                Err(error) if failures == FAILURES_MAX => return Err(error),
                Err(_) => failures += 1,
            }
            sleep(interval.max(now().since(began))).await;
        }
    }

    /// Writes what is new, once.
    ///
    /// # Errors
    /// When the directory can't be read, or the lines not written.
    pub fn write_news(&mut self, output: &mut dyn Write) -> Result<(), InspectError> {
        let files = files(&self.directory);
        if !files.is_empty() && files == self.files {
            return Ok(());
        }
        let disk = Disk::read(&self.directory)?;
        let store = disk.store_after(disk.log.last_index(), self.machine)?;
        let Disk { identity, log, .. } = disk;
        let found = Shown { storage: self.storage(&log), log, store };
        for line in self.news(identity, &found) {
            line.write(output)?;
        }
        output.flush()?;
        self.files = files;
        self.shown = Some(found);
        Ok(())
    }

    /// All of it where nothing is shown yet.
    fn news(&self, Identity { cluster, server }: Identity, found: &Shown) -> Vec<Line> {
        let shown = self.shown.as_ref();
        let StoredLog { snapshot_index, snapshot_term, .. } = found.log;
        let has_new_snapshot = shown.map_or(0, |shown| shown.log.snapshot_index) < snapshot_index;
        let has_new_storage = shown.is_none_or(|shown| shown.storage != found.storage);
        let first = [
            shown.is_none().then_some(Line::Server { cluster, server }),
            has_new_storage.then(|| found.storage.clone()),
            has_new_snapshot.then_some(Line::Snapshot { snapshot_index, snapshot_term }),
        ];
        let entries = self.new_entries(shown.map(|shown| &shown.log), &found.log);
        let none = BTreeMap::new();
        let pairs = new_pairs(shown.map_or(&none, |shown| &shown.store), &found.store);
        first.into_iter().flatten().chain(entries).chain(pairs).collect()
    }

    fn storage(&self, log: &StoredLog) -> Line {
        let server = |number: usize| match self.addresses.get(number) {
            Some(address) => address.as_str().into(),
            None => number.into(),
        };
        Line::Storage { term: log.term, voted_for: log.voted_for.map_or(Value::Null, server) }
    }

    /// Entries of the same index and term are the same.
    fn new_entries(&self, old: Option<&StoredLog>, log: &StoredLog) -> Vec<Line> {
        let is_new = |index, term| {
            old.is_none_or(|old| {
                index > old.snapshot_index && old.entry(index).is_none_or(|(old, _)| *old != term)
            })
        };
        let entries = (log.snapshot_index + 1..).zip(&log.entries);
        let news = entries.filter(|(index, (term, _))| is_new(*index, *term));
        let line = |(index, (term, command)): (u64, &(u64, Bytes))| Line::Entry {
            index,
            term: *term,
            command: self.machine.describe(command),
        };
        news.map(line).collect()
    }
}

fn new_pairs(old: &BTreeMap<Bytes, Bytes>, store: &BTreeMap<Bytes, Bytes>) -> Vec<Line> {
    let line = |key: &[u8], value| Line::Pair { key: bytes_as_json(key), value };
    let gone = old.keys().filter(|key| !store.contains_key(*key));
    let changed = store.iter().filter(|(key, value)| old.get(*key) != Some(value));
    let gone = gone.map(|key| line(key, Value::Null));
    gone.chain(changed.map(|(key, value)| line(key, bytes_as_json(value)))).collect()
}

/// Names, sizes and times of the files, to tell whether anything has changed; `None` when that can't be told.
fn files(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let of_entry = |entry: std::fs::DirEntry| {
        let metadata = entry.metadata().ok()?;
        let (bytes, modified) = (metadata.len(), metadata.modified().ok()?);
        Some(format!("{:?} {bytes} {modified:?}", entry.file_name()))
    };
    let mut files = entries
        .map(|entry| entry.ok().and_then(of_entry))
        .collect::<Option<Vec<_>>>()
        .unwrap_or_default();
    files.sort();
    files
}
