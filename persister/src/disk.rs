//! The disk of one server in a simulation.

use crate::{DiskHooks, Part, PersistError, Persister, Stored, Unsynced};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// The disk of one server over all of its lives, in a simulation, and what can go wrong with it.
///
/// [`MemoryDisk`](crate::MemoryDisk) is one at which a save and an append are single events;
/// [`SimulatedDisk`](crate::SimulatedDisk) has the journal for real directories on it.
pub trait Disk: Send + Sync + 'static {
    /// A persister for a new life. Older ones are fenced: what they write from now on is ignored.
    fn open(&self) -> Arc<dyn Persister>;

    /// What is stored, what is not durable yet included.
    ///
    /// # Errors
    /// When what is stored is corrupt.
    fn read(&self) -> Result<Stored, PersistError>;

    /// Bytes of state plus records.
    fn state_size(&self) -> usize;

    /// How long syncs take from now on; `None`: no time at all.
    fn set_sync_delay(&self, delay: Option<RangeInclusive<Duration>>);

    /// Has the next sync fail: what it should have made durable never will be.
    fn fail_next_sync(&self);

    /// Refuses every write from now on, or no longer.
    fn set_full(&self, full: bool);

    /// Flips one bit of what is durable, where it must be found. Returns where; `None` when nothing is
    /// stored.
    fn flip_bit(&self) -> Option<Part>;

    /// Crashes the machine: the life that had the disk open writes nothing more and hears of no sync. Returns
    /// how many writes are lost.
    fn crash(&self, unsynced: Unsynced) -> usize;

    /// Has the hooks see what happens from now on; nobody when it is `None`.
    fn set_hooks(&self, hooks: Option<Arc<dyn DiskHooks>>);
}

/// The trait in terms of methods of the same names.
macro_rules! as_disk {
    ($disk:ty) => {
        impl Disk for $disk {
            fn open(&self) -> Arc<dyn Persister> {
                Arc::new(<$disk>::open(self))
            }

            fn read(&self) -> Result<Stored, PersistError> {
                <$disk>::read(self)
            }

            fn state_size(&self) -> usize {
                <$disk>::state_size(self)
            }

            fn set_sync_delay(&self, delay: Option<RangeInclusive<Duration>>) {
                <$disk>::set_sync_delay(self, delay);
            }

            fn fail_next_sync(&self) {
                <$disk>::fail_next_sync(self);
            }

            fn set_full(&self, full: bool) {
                <$disk>::set_full(self, full);
            }

            fn flip_bit(&self) -> Option<Part> {
                <$disk>::flip_bit(self)
            }

            fn crash(&self, unsynced: Unsynced) -> usize {
                <$disk>::crash(self, unsynced)
            }

            fn set_hooks(&self, hooks: Option<Arc<dyn DiskHooks>>) {
                <$disk>::set_hooks(self, hooks);
            }
        }
    };
}

as_disk!(crate::MemoryDisk);
as_disk!(crate::SimulatedDisk);
