//! STUB
#![allow(clippy::todo, missing_docs, unused)]
use bytes::Bytes;
use std::{future::Future, pin::Pin, task::{Context, Poll}};

/// What a server finds at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored { pub state: Bytes, pub records: Vec<Bytes>, pub snapshot: Bytes }
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersistError { #[error("corrupt: {0}")] Corrupt(String), #[error("failed: {0}")] Failed(String) }

/// Stable storage of one server incarnation: a state (rewritten whole), a journal of records
/// appended since, and a snapshot.
pub trait Persister: Send + Sync + 'static {
    /// Atomically replaces the state, drops the records appended so far and, when given, replaces the snapshot.
    fn save(&self, state: &[u8], snapshot: Option<Bytes>);
    /// Appends one record (atomic: after a crash it is there whole or not at all).
    fn append(&self, record: &[u8]);
    /// Resolves when everything saved or appended before the call is durable.
    fn sync(&self) -> SyncFuture;
    fn read(&self) -> Result<Stored, PersistError>;
    /// Bytes of state plus journal.
    fn state_size(&self) -> usize;
    fn snapshot_size(&self) -> usize;
}
pub enum SyncFuture { Ready(Option<Result<(), PersistError>>), Waiting(Pin<Box<dyn Future<Output = Result<(), PersistError>> + Send>>) }
impl Future for SyncFuture { type Output = Result<(), PersistError>; fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> { todo!() } }

/// The medium of one server, which outlives its incarnations. In memory, durable at once.
#[derive(Clone, Default)]
pub struct MemoryDisk;
impl MemoryDisk {
    pub fn new() -> MemoryDisk { todo!() }
    /// A persister for a new incarnation; older ones are fenced: what they save from now on is ignored.
    pub fn open(&self) -> MemoryPersister { todo!() }
    pub fn state_size(&self) -> usize { todo!() }
    pub fn snapshot_size(&self) -> usize { todo!() }
    /// What a crash now would leave.
    pub fn read(&self) -> Result<Stored, PersistError> { todo!() }
}
#[derive(Clone)]
pub struct MemoryPersister;
impl Persister for MemoryPersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) { todo!() }
    fn append(&self, record: &[u8]) { todo!() }
    fn sync(&self) -> SyncFuture { todo!() }
    fn read(&self) -> Result<Stored, PersistError> { todo!() }
    fn state_size(&self) -> usize { todo!() }
    fn snapshot_size(&self) -> usize { todo!() }
}
