//! Stable storage for one server: a state, a journal and a snapshot.
//!
//! The persister of the MIT Raft lab is two byte strings, the Raft state and the service's
//! snapshot, that are saved together and handed to the next incarnation of the server. This crate
//! keeps that view ([`Persister::save`], [`Persister::read`], the two sizes) and adds a journal
//! ([`Persister::append`]), so that making one log entry durable costs that entry and not a copy
//! of the whole log. What a server finds at its start is the last saved state followed by every
//! record appended since.
//!
//! Writing and being durable are two things: `save` and `append` only hand bytes over, and
//! [`Persister::sync`] resolves once everything handed over before it would survive a crash. A
//! Raft server answers only after that.
//!
//! A snapshot can be too large to be in memory: [`Persister::begin_snapshot`] writes one in pieces, and
//! [`Persister::snapshot`] gives a handle to read it from.
//!
//! [`FilePersister`] keeps it in a directory, for server processes. Its journal is written over a small
//! [interface for files](files), and so the same code runs in the simulation, on [`SimulatedDisk`], whose
//! files do all that a power cut may do to them. [`Contents`] shows what is in a directory.
//!
//! [`MemoryDisk`] is the lab's medium, in which a save and an append are single events. It behaves as the lab's: durable at once, never
//! torn, never failing. Asked to, it behaves as disks do: what was not synced can be lost or torn
//! by a crash, syncs take time and fail, bits flip. Each incarnation of a server writes through its
//! own [`MemoryPersister`], and opening the next one fences the older ones, so that a server that
//! was "crashed" but still has code running (a zombie) can't write where its successor reads. The
//! lab does the same by copying the persister at each crash; a fence costs nothing however large
//! the log is.
//!
//! ```
//! use persister::{MemoryDisk, Persister};
//!
//! let disk = MemoryDisk::new();
//! let first = disk.open();
//! first.save(b"term 1", None);
//! first.append(b"entry 1");
//!
//! let second = disk.open();
//! first.append(b"written by a zombie");
//! let stored = second.read().unwrap();
//! assert_eq!(&stored.state[..], b"term 1");
//! assert_eq!(stored.records, ["entry 1"]);
//! ```

mod contents;
mod crash;
mod disk;
mod error;
mod file_persister;
pub mod files;
mod frame;
mod hooks;
mod identity;
mod journal;
mod lock;
mod medium;
mod memory;
mod open_error;
mod queue;
mod room;
mod simulated_disk;
mod snapshot;
mod snapshot_writer;
mod storage;
mod sync;
mod unsynced;

pub use contents::Contents;
pub use disk::Disk;
pub use error::{Corruption, Part, PersistError};
pub use file_persister::FilePersister;
pub use hooks::DiskHooks;
pub use identity::Identity;
pub use memory::{MemoryDisk, MemoryPersister};
pub use open_error::OpenError;
pub use room::Room;
pub use simulated_disk::{SimulatedDisk, SimulatedPersister};
pub use snapshot::{Snapshot, SnapshotReader};
pub use snapshot_writer::SnapshotWriter;
pub use storage::{Journaled, Persister, Stored};
pub use sync::SyncFuture;
pub use unsynced::Unsynced;
