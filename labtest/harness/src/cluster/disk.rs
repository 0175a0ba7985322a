//! The disks that servers get.

use crate::{Config, Implementation};
use persister::{Disk, MemoryDisk};
use std::sync::Arc;

/// A server's disk, for all of its lives.
pub(super) fn disk(
    config: &Config,
    implementation: &dyn Implementation,
    server: usize,
) -> Arc<dyn Disk> {
    let rng = || runtime::rng("disk", server as u64);
    if config.journal {
        return implementation.make_disk(rng());
    }
    let disk = MemoryDisk::new();
    if config.checks.unsynced_is_lost {
        disk.set_volatile(rng());
    }
    Arc::new(disk)
}
