//! What the crate reads its log from.

use labtest::Bytes;
use labtest::sans_io::{self, HardState, Log, Restored};
use raft::eraftpb::{ConfState, Entry, Snapshot};
use raft::util::limit_size;
use raft::{Error, GetEntriesContext, RaftState, Result, Storage, StorageError};

/// All that was handed to the disk, durable or not.
pub(crate) struct Store {
    pub(crate) hard: HardState,
    pub(crate) log: Log,
    pub(crate) snapshot: Bytes,
    voters: ConfState,
}

impl Store {
    pub(crate) fn new(restored: Restored, servers: usize) -> Store {
        let Restored { hard, log, snapshot } = restored;
        let voters =
            ConfState { voters: (0..servers).map(id_of).collect(), ..ConfState::default() };
        Store { hard, log, snapshot, voters }
    }

    pub(crate) fn append(&mut self, entries: &[Entry]) {
        if let Some(first) = entries.first() {
            self.log.replace_from(first.index, entries.iter().map(ours).collect());
        }
    }

    /// A leader's snapshot takes the place of everything.
    pub(crate) fn install(&mut self, snapshot: &Snapshot) {
        self.log = Log { snapshot: end_of(snapshot), entries: Vec::new() };
        self.snapshot = snapshot.data.clone();
    }
}

/// The crate's number of a server.
pub(crate) fn id_of(server: usize) -> u64 {
    server as u64 + 1
}

/// Which server has that number in the crate, where 0 is nobody.
pub(crate) fn server(id: u64) -> Option<usize> {
    id.checked_sub(1).map(|server| server as usize)
}

/// An entry of the crate's; the only ones without a command are its own.
pub(crate) fn ours(entry: &Entry) -> sans_io::Entry {
    let command = Some(entry.data.clone()).filter(|data| !data.is_empty());
    sans_io::Entry { term: entry.term, command }
}

/// The last entry that a snapshot stands for.
pub(crate) fn end_of(snapshot: &Snapshot) -> labtest::Position {
    let metadata = snapshot.get_metadata();
    labtest::Position { index: metadata.index, term: metadata.term }
}

impl Storage for Store {
    fn initial_state(&self) -> Result<RaftState> {
        let HardState { term, voted_for, commit_index } = self.hard;
        let mut hard = raft::eraftpb::HardState::default();
        (hard.term, hard.commit) = (term, commit_index);
        hard.vote = voted_for.map_or(raft::INVALID_ID, id_of);
        Ok(RaftState::new(hard, self.voters.clone()))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        bytes_max: impl Into<Option<u64>>,
        _: GetEntriesContext,
    ) -> Result<Vec<Entry>> {
        if low <= self.log.snapshot.index {
            return Err(Error::Store(StorageError::Compacted));
        }
        let theirs = |(index, entry): (u64, &sans_io::Entry)| Entry {
            index,
            term: entry.term,
            data: entry.command.clone().unwrap_or_default(),
            ..Entry::default()
        };
        let mut entries = (low..high).zip(self.log.from(low)).map(theirs).collect();
        limit_size(&mut entries, bytes_max.into());
        Ok(entries)
    }

    fn term(&self, index: u64) -> Result<u64> {
        let is_gone = index < self.log.snapshot.index;
        let why = if is_gone { StorageError::Compacted } else { StorageError::Unavailable };
        self.log.term_at(index).ok_or(Error::Store(why))
    }

    fn first_index(&self) -> Result<u64> {
        Ok(self.log.snapshot.index + 1)
    }

    fn last_index(&self) -> Result<u64> {
        Ok(self.log.last().index)
    }

    fn snapshot(&self, _request_index: u64, _to: u64) -> Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        snapshot.data = self.snapshot.clone();
        let metadata = snapshot.mut_metadata();
        (metadata.index, metadata.term) = (self.log.snapshot.index, self.log.snapshot.term);
        metadata.set_conf_state(self.voters.clone());
        Ok(snapshot)
    }
}
