//! What only this medium has; `conformance.rs` and `faults.rs` in `tests/disks/` have what all have.

use super::*;

fn sync(persister: &MemoryPersister) -> Result<(), PersistError> {
    match persister.sync() {
        SyncFuture::Ready(Some(outcome)) => outcome,
        other => panic!("memory is durable at once, yet its sync is {other:?}"),
    }
}

#[test]
fn sizes_count_state_and_journal_apart_from_the_snapshot() {
    let disk = MemoryDisk::new();
    let persister = disk.open();
    persister.save(&[1; 10], Some(Bytes::from_static(&[2; 100])));
    assert_eq!((disk.state_size(), disk.snapshot_size()), (10, 100));
    persister.append(&[3; 5]);
    assert_eq!(persister.state_size(), 10 + 8 + 5);
    persister.save(&[1; 3], None);
    assert_eq!((persister.state_size(), persister.snapshot_size()), (3, 100));
}

#[test]
fn a_zombie_can_not_write() {
    let disk = MemoryDisk::new();
    let zombie = disk.open();
    zombie.save(b"old", None);
    let successor = disk.open();
    assert!(zombie.is_fenced() && !successor.is_fenced());
    zombie.append(b"late");
    zombie.save(b"later", Some(Bytes::from_static(b"latest")));
    let stored = successor.read().unwrap();
    assert_eq!((&stored.state[..], stored.records.len()), (&b"old"[..], 0));
    assert_eq!(successor.snapshot_size(), 0);
}

#[test]
fn a_zombie_is_never_told_that_its_write_is_durable() {
    let disk = MemoryDisk::new();
    let zombie = disk.open();
    let zombies_clone = zombie.clone();
    let successor = disk.open();
    assert_eq!(sync(&zombie), Err(PersistError::Fenced));
    assert_eq!(sync(&zombies_clone), Err(PersistError::Fenced));
    assert_eq!(zombie.read(), Err(PersistError::Fenced));
    assert_eq!(sync(&successor), Ok(()));
}

#[test]
fn debug_shows_sizes_and_not_contents() {
    let persister = MemoryDisk::new().open();
    persister.save(&[65; 4], None);
    assert_eq!(
        format!("{persister:?}"),
        "MemoryPersister { state_size: 4, snapshot_size: 0, epoch: 1 }"
    );
}

fn volatile() -> MemoryDisk {
    let disk = MemoryDisk::new();
    disk.set_volatile(Rng::from_seed(1));
    disk
}

/// Crashes the disk at one of the things that it sees.
struct CrashAt {
    disk: MemoryDisk,
    write: bool,
}

impl DiskHooks for CrashAt {
    fn after_append(&self) {
        if self.write {
            self.disk.crash(Unsynced::Kept);
        }
    }

    fn after_save(&self) {
        self.after_append();
    }

    fn after_sync(&self) {
        self.disk.crash(Unsynced::Lost);
    }
}

#[test]
fn hooks_can_crash_the_disk_between_two_writes() {
    let disk = volatile();
    let persister = disk.open();
    disk.set_hooks(Some(Arc::new(CrashAt { disk: disk.clone(), write: true })));
    persister.append(b"one");
    persister.append(b"two");
    disk.set_hooks(None);
    assert_eq!(disk.read().unwrap().records, ["one"]);

    let persister = disk.open();
    disk.set_hooks(Some(Arc::new(CrashAt { disk: disk.clone(), write: true })));
    persister.save(b"state", None);
    persister.append(b"two");
    disk.set_hooks(None);
    let stored = disk.read().unwrap();
    assert_eq!((&stored.state[..], stored.records.len()), (&b"state"[..], 0));
}

#[test]
fn hooks_can_crash_the_disk_between_a_sync_and_what_follows_it() {
    let disk = volatile();
    let persister = disk.open();
    disk.set_hooks(Some(Arc::new(CrashAt { disk: disk.clone(), write: false })));
    persister.append(b"one");
    assert_eq!(sync(&persister), Ok(()));
    persister.append(b"two");
    disk.set_hooks(None);
    assert_eq!(disk.read().unwrap().records, ["one"]);
}
