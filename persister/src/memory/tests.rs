use super::*;

fn sync(persister: &MemoryPersister) -> Result<(), PersistError> {
    match persister.sync() {
        SyncFuture::Ready(Some(outcome)) => outcome,
        other => panic!("memory is durable at once, yet its sync is {other:?}"),
    }
}

#[test]
fn a_new_disk_is_empty() {
    let disk = MemoryDisk::new();
    assert_eq!(disk.open().read(), Ok(Stored::default()));
    assert_eq!((disk.state_size(), disk.snapshot_size()), (0, 0));
}

#[test]
fn the_next_incarnation_reads_what_the_last_one_wrote() {
    let disk = MemoryDisk::new();
    let first = disk.open();
    first.save(b"state", Some(Bytes::from_static(b"snapshot")));
    first.append(b"one");
    first.append(b"two");
    assert_eq!(sync(&first), Ok(()));
    let stored = disk.open().read().unwrap();
    assert_eq!(&stored.state[..], b"state");
    assert_eq!(&stored.snapshot[..], b"snapshot");
    assert_eq!(stored.records, ["one", "two"]);
}

#[test]
fn a_save_without_a_snapshot_keeps_the_old_one() {
    let persister = MemoryDisk::new().open();
    persister.save(b"1", Some(Bytes::from_static(b"snapshot")));
    persister.save(b"2", None);
    assert_eq!(&persister.read().unwrap().snapshot[..], b"snapshot");
    persister.save(b"3", Some(Bytes::new()));
    assert_eq!(persister.snapshot_size(), 0);
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

const MS: Duration = Duration::from_millis(1);

fn volatile() -> MemoryDisk {
    let disk = MemoryDisk::new();
    disk.set_volatile(Rng::from_seed(1));
    disk
}

#[test]
fn a_crashed_disk_hears_and_says_nothing_until_it_is_opened_again() {
    let disk = volatile();
    let persister = disk.open();
    persister.append(b"synced");
    assert_eq!(sync(&persister), Ok(()));
    persister.append(b"not synced");
    assert_eq!(disk.crash(Unsynced::Lost), 1);
    persister.append(b"late");
    assert!(matches!(persister.sync(), SyncFuture::Waiting(_)));
    assert_eq!(disk.open().read().unwrap().records, ["synced"]);
    assert_eq!(sync(&persister), Err(PersistError::Fenced));
}

#[test]
fn a_slow_sync_covers_nothing_until_it_is_over() {
    let finished = runtime::Simulation::new(1).run(async {
        let disk = volatile();
        disk.set_sync_delay(Some(5 * MS..=10 * MS));
        let persister = disk.open();
        persister.append(b"one");
        let begun = runtime::now();
        assert_eq!(persister.sync().await, Ok(()));
        let took = runtime::now().since(begun);
        assert!((5 * MS..=10 * MS).contains(&took), "{took:?}");

        persister.append(b"two");
        let waiting = persister.sync();
        assert_eq!(disk.crash(Unsynced::Lost), 1);
        let successor = disk.open();
        // The crash came first, so the sync never ends.
        assert!(runtime::timeout(100 * MS, waiting).await.is_err());
        successor.read().unwrap().records
    });
    assert_eq!(finished.result.unwrap(), ["one"]);
}

#[test]
fn a_full_disk_takes_writes_again_when_it_is_opened_again() {
    let disk = volatile();
    let persister = disk.open();
    disk.set_full(true);
    persister.append(b"one");
    assert!(matches!(sync(&persister), Err(PersistError::Failed(_))));
    disk.set_full(false);
    let successor = disk.open();
    successor.append(b"two");
    assert_eq!(sync(&successor), Ok(()));
    assert_eq!(disk.read().unwrap().records, ["two"]);
}

/// Crashes the disk at one of the things that it sees.
struct CrashAt {
    disk: MemoryDisk,
    write: bool,
}

impl DiskHooks for CrashAt {
    fn after_write(&self) {
        if self.write {
            self.disk.crash(Unsynced::Kept);
        }
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
