//! The contract between a server and its stable storage.

use crate::snapshot_writer::own;
use crate::{PersistError, Snapshot, SnapshotWriter, SyncFuture};
use bytes::Bytes;

/// What a server finds at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The state last saved; empty when none ever was.
    pub state: Bytes,
    /// The records appended since that save, oldest first.
    pub records: Vec<Bytes>,
    /// The snapshot last saved; empty when none ever was.
    pub snapshot: Bytes,
}

/// What a server finds at its start, but for the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journaled {
    /// The state last saved; empty when none ever was.
    pub state: Bytes,
    /// The records appended since that save, oldest first.
    pub records: Vec<Bytes>,
}

impl From<Stored> for Journaled {
    fn from(stored: Stored) -> Journaled {
        let Stored { state, records, .. } = stored;
        Journaled { state, records }
    }
}

/// Stable storage of one server incarnation: a state (rewritten whole), a journal of records
/// appended since, and a snapshot.
///
/// `save` and `append` only hand bytes over and never wait; they are durable once a later
/// [`sync`](Persister::sync) has resolved to `Ok`. A medium keeps their order: a record is never
/// found without everything written before it. A failed write is reported by the next sync.
///
/// Source: the persister of the MIT Raft lab (`Save`, `ReadRaftState`, `ReadSnapshot`,
/// `RaftStateSize`), plus the journal.
pub trait Persister: Send + Sync + 'static {
    /// Atomically replaces the state, drops the records appended so far and, when given, replaces
    /// the snapshot. After a crash either all of it is found or none of it.
    fn save(&self, state: &[u8], snapshot: Option<Bytes>);

    /// As [`save`](Persister::save), of a state and a snapshot that stand for what is stored already: a log
    /// that is shorter by what the snapshot holds. Records that are appended later mean the same after the
    /// one as after the other, and may be found after either. So a medium need not have them wait for a
    /// large snapshot: they are durable after a sync, and what was replaced is replaced at some time.
    ///
    /// By default it is a [`save`](Persister::save).
    fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.save(state, snapshot);
    }

    /// Appends one record to the journal. After a crash it is there whole or not at all.
    fn append(&self, record: &[u8]);

    /// Resolves when everything saved or appended before the call is durable.
    ///
    /// An error means that nothing written since the last successful sync can be relied upon. A
    /// caller must not sync again and hope: after a failed fsync an operating system may have
    /// dropped the pages it could not write.
    fn sync(&self) -> SyncFuture;

    /// Whether there is room for more than what must be written in any case. When there is none a server
    /// should take no more commands, so that it need not stop.
    fn has_room(&self) -> bool {
        true
    }

    /// Everything stored.
    ///
    /// # Errors
    /// [`PersistError::Corrupt`] when a checksum shows that durable bytes have changed. A last
    /// record that was cut short by a crash before it was synced is not an error: it is left out.
    fn read(&self) -> Result<Stored, PersistError>;

    /// What is stored, but for the snapshot, which can be large.
    ///
    /// # Errors
    /// As [`read`](Persister::read).
    fn read_log(&self) -> Result<Journaled, PersistError> {
        self.read().map(Journaled::from)
    }

    /// The snapshot that was handed over last, durable or not; an empty one when none ever was.
    ///
    /// # Errors
    /// As [`read`](Persister::read). What its pieces hold may be compared only when they are read.
    fn snapshot(&self) -> Result<Snapshot, PersistError> {
        Ok(self.read()?.snapshot.into())
    }

    /// Begins a snapshot that is written in pieces. Several may be under way at once.
    fn begin_snapshot(&self) -> Box<dyn SnapshotWriter> {
        Box::new(Vec::new())
    }

    /// [`save`](Persister::save) with a snapshot that was written in pieces, and can be read from now on.
    ///
    /// # Panics
    /// When the snapshot was begun at another persister.
    fn save_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        let snapshot = Bytes::from(own::<Vec<u8>>(snapshot));
        self.save(state, Some(snapshot.clone()));
        snapshot.into()
    }

    /// [`compact`](Persister::compact) with a snapshot that was written in pieces, and can be read from
    /// now on.
    ///
    /// # Panics
    /// When the snapshot was begun at another persister.
    fn compact_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        let snapshot = Bytes::from(own::<Vec<u8>>(snapshot));
        self.compact(state, Some(snapshot.clone()));
        snapshot.into()
    }

    /// Bytes of state plus journal: what the lab calls the Raft state size.
    fn state_size(&self) -> usize;

    /// Bytes of the snapshot.
    fn snapshot_size(&self) -> usize;
}
