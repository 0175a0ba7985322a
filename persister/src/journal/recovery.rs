//! What a server's files hold, read and judged without changing anything.

use super::batch::{self, Bad, Item, Place, SnapshotId};
use super::header::Header;
use super::snapshot::{self, StoredSnapshot};
use super::{FILE, TEMPORARY};
use crate::files::Files;
use crate::{Corruption, Identity, Journaled, OpenError, Part, Snapshot, Stored};
use bytes::Bytes;
use std::io;
use std::sync::Arc;

/// What is in a directory.
pub(crate) struct Found {
    /// `None` in a directory in which no server has ever started.
    pub(crate) journal: Option<Recovered>,
    /// Files of ours that nothing needs.
    pub(crate) left_over: Vec<String>,
    /// The highest number of a snapshot's file.
    pub(crate) snapshots: u64,
}

/// What a journal holds.
pub(crate) struct Recovered {
    pub(crate) identity: Identity,
    pub(crate) journaled: Journaled,
    pub(crate) snapshot_id: Option<SnapshotId>,
    /// Its file, of which the pieces have not been read.
    pub(crate) snapshot: Option<StoredSnapshot>,
    /// Where the next batch goes; what follows there was torn.
    pub(crate) next: Place,
    /// Where the last whole batch begins: what is damaged before it is found to be.
    pub(crate) last_batch_at: u64,
    /// How many bytes were torn.
    pub(crate) torn_bytes: u64,
}

/// Reads everything but the pieces of the snapshot. With `owner`, files that are not that server's are
/// refused.
pub(crate) fn look(files: &dyn Files, owner: Option<&Identity>) -> Result<Found, OpenError> {
    let names =
        files.names().map_err(|error| OpenError::system("read", "the directory", &error))?;
    let snapshots = names.iter().filter_map(|name| snapshot::number_of(name)).max();
    let journal = match files.read(FILE) {
        Ok(bytes) => Some(read_journal(files, &bytes, owner)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match snapshots {
            None => None,
            // The journal is there before the first snapshot is: this is no new directory.
            Some(number) => {
                let expected = format!("a journal, since there is a snapshot, number {number}");
                return Err(corrupt(0, Bad { expected, found: "no such file".to_owned() }));
            }
        },
        Err(error) => return Err(OpenError::system("read", FILE, &error)),
    };
    let needed = journal.as_ref().and_then(|it| it.snapshot_id).map(|it| it.number);
    let is_left_over = |name: &&String| {
        let is_finished = !name.ends_with(TEMPORARY);
        let snapshot = snapshot::number_of(name.trim_end_matches(TEMPORARY));
        match snapshot {
            Some(number) => !(is_finished && needed == Some(number)),
            None => **name == format!("{FILE}{TEMPORARY}"),
        }
    };
    let left_over = names.iter().filter(is_left_over).cloned().collect();
    Ok(Found { journal, left_over, snapshots: snapshots.unwrap_or(0) })
}

pub(super) fn read_journal(
    files: &dyn Files,
    bytes: &Bytes,
    owner: Option<&Identity>,
) -> Result<Recovered, OpenError> {
    let (header, begin) = Header::parse(Part::Journal, FILE, bytes)?;
    if let Some(owner) = owner {
        header.check_owner(FILE, owner)?;
    }
    let first = Place { generation: header.number, number: 0, begins_at: begin as u64 };
    let mut recovered = Recovered {
        identity: header.identity,
        journaled: Journaled::default(),
        snapshot_id: None,
        snapshot: None,
        next: first,
        last_batch_at: first.begins_at,
        torn_bytes: 0,
    };
    while (recovered.next.begins_at as usize) < bytes.len() || recovered.next.number == 0 {
        match batch::parse(bytes, recovered.next) {
            Ok(content) => recovered.take(&content)?,
            Err(bad) => {
                recovered.check_torn(bytes, bad)?;
                recovered.torn_bytes = bytes.len() as u64 - recovered.next.begins_at;
                break;
            }
        }
    }
    if let Some(id) = recovered.snapshot_id {
        recovered.snapshot = Some(StoredSnapshot::open(files, &recovered.identity, id)?);
    }
    Ok(recovered)
}

impl Recovered {
    /// A handle to its snapshot, which is empty when there is none.
    pub(crate) fn handle(&self) -> Snapshot {
        let stored = self.snapshot.clone();
        stored.map_or_else(Snapshot::default, |stored| Snapshot::stored(Arc::new(stored)))
    }

    /// What it holds, with the snapshot in memory.
    pub(crate) fn into_stored(self) -> Result<Stored, OpenError> {
        let snapshot = self.snapshot.map_or_else(|| Ok(Bytes::new()), |it| it.read_all())?;
        let Journaled { state, records } = self.journaled;
        Ok(Stored { state, records, snapshot })
    }

    fn take(&mut self, content: &Bytes) -> Result<(), OpenError> {
        let begin = self.next.begins_at;
        let items = batch::items(content)
            .map_err(|(offset, bad)| corrupt(begin as usize + batch::HEADER_BYTES + offset, bad))?;
        for item in items {
            match item {
                Item::State(state) => self.journaled.state = state,
                Item::Snapshot(id) => self.snapshot_id = Some(id),
                Item::Record(record) => self.journaled.records.push(record),
            }
        }
        self.last_batch_at = begin;
        self.next.number += 1;
        self.next.begins_at += (batch::HEADER_BYTES + content.len()) as u64;
        Ok(())
    }

    /// What is not a batch was torn by a power cut, unless it can't have been.
    fn check_torn(&self, bytes: &Bytes, bad: Bad) -> Result<(), OpenError> {
        let place = self.next;
        let begin = place.begins_at as usize;
        // A journal gets its name when its first batch is durable.
        if place.number == 0 {
            return Err(corrupt(begin, bad));
        }
        match batch::next_written(bytes, place.generation, begin) {
            None => Ok(()),
            Some(at) => {
                let why = format!("{} (durable, since a batch follows at byte {at})", bad.expected);
                Err(corrupt(begin, Bad { expected: why, ..bad }))
            }
        }
    }
}

fn corrupt(offset: usize, bad: Bad) -> OpenError {
    let Bad { expected, found } = bad;
    let corruption = Corruption { part: Part::Journal, offset, expected, found };
    OpenError::Corrupt { file: FILE.to_owned(), corruption }
}
