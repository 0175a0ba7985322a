//! What can go wrong with a simulated disk, for each kind of them.

use bytes::Bytes;
use futures::FutureExt;
use persister::{
    Disk, MemoryDisk, PersistError, Persister, SimulatedDisk, Stored, SyncFuture, Unsynced,
};
use runtime::{Rng, Simulation};
use std::sync::Arc;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn disks(seed: u64) -> Vec<(&'static str, Box<dyn Disk>)> {
    let memory = MemoryDisk::new();
    memory.set_volatile(Rng::from_seed(seed));
    vec![
        ("memory", Box::new(memory)),
        ("files", Box::new(SimulatedDisk::new(Rng::from_seed(seed)))),
    ]
}

/// The outcome of a sync that takes no time; `None` if it does.
fn sync(persister: &Arc<dyn Persister>) -> Option<Result<(), PersistError>> {
    persister.sync().now_or_never()
}

fn records(disk: &dyn Disk) -> Vec<Bytes> {
    disk.read().unwrap().records
}

#[test]
fn a_zombie_can_not_write_and_is_not_told_that_it_did() {
    for (name, disk) in disks(1) {
        let zombie = disk.open();
        zombie.append(b"old");
        assert_eq!(sync(&zombie), Some(Ok(())), "{name}");
        let successor = disk.open();
        zombie.append(b"late");
        zombie.save(b"later", Some(Bytes::from_static(b"latest")));
        zombie.compact(b"later", Some(Bytes::from_static(b"latest")));
        assert_eq!(sync(&zombie), Some(Err(PersistError::Fenced)), "{name}");
        assert_eq!(zombie.read(), Err(PersistError::Fenced), "{name}");
        assert_eq!(successor.read().unwrap().records, ["old"], "{name}");
        assert_eq!(sync(&successor), Some(Ok(())), "{name}");
    }
}

#[test]
fn a_crashed_disk_hears_and_says_nothing_until_it_is_opened_again() {
    for (name, disk) in disks(1) {
        let persister = disk.open();
        persister.append(b"synced");
        assert_eq!(sync(&persister), Some(Ok(())), "{name}");
        persister.append(b"not synced");
        disk.crash(Unsynced::Lost);
        persister.append(b"late");
        assert!(matches!(persister.sync(), SyncFuture::Waiting(_)), "{name}");
        assert_eq!(disk.open().read().unwrap().records, ["synced"], "{name}");
        assert_eq!(sync(&persister), Some(Err(PersistError::Fenced)), "{name}");
    }
}

#[test]
fn a_slow_sync_covers_nothing_until_it_is_over() {
    let finished = Simulation::new(1).run(async {
        for (name, disk) in disks(1) {
            let persister = disk.open();
            disk.set_sync_delay(Some(5 * MS..=10 * MS));
            persister.append(b"one");
            let begun = runtime::now();
            assert_eq!(persister.sync().await, Ok(()), "{name}");
            let took = runtime::now().since(begun);
            assert!((5 * MS..=10 * MS).contains(&took), "{name}: {took:?}");
            persister.append(b"two");
            let waiting = persister.sync();
            disk.crash(Unsynced::Lost);
            let successor = disk.open();
            // The crash came first, so the sync never ends.
            assert!(runtime::timeout(100 * MS, waiting).await.is_err(), "{name}");
            assert_eq!(successor.read().unwrap().records, ["one"], "{name}");
        }
    });
    finished.result.unwrap();
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room_and_it_is_opened_again() {
    for (name, disk) in disks(1) {
        let persister = disk.open();
        persister.append(b"one");
        assert_eq!(sync(&persister), Some(Ok(())), "{name}");
        disk.set_full(true);
        persister.append(b"two");
        let refused = PersistError::Failed("no space left on the device".into());
        assert_eq!(sync(&persister), Some(Err(refused.clone())), "{name}");
        disk.set_full(false);
        persister.append(b"three");
        assert_eq!(
            sync(&persister),
            Some(Err(refused)),
            "{name}: nothing without what is before it"
        );
        let successor = disk.open();
        successor.append(b"four");
        assert_eq!(sync(&successor), Some(Ok(())), "{name}");
        assert_eq!(records(&*disk), ["one", "four"], "{name}");
    }
}

#[test]
fn a_failed_sync_loses_what_it_covered_and_what_comes_after_it() {
    for (name, disk) in disks(1) {
        let persister = disk.open();
        persister.append(b"one");
        assert_eq!(sync(&persister), Some(Ok(())), "{name}");
        persister.append(b"two");
        disk.fail_next_sync();
        let failed = PersistError::Failed("input/output error".into());
        assert_eq!(sync(&persister), Some(Err(failed)), "{name}");
        persister.append(b"three");
        drop(persister.sync());
        disk.crash(Unsynced::Kept);
        assert_eq!(disk.open().read().unwrap().records, ["one"], "{name}");
    }
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    for seed in 0..200 {
        for (name, disk) in disks(seed) {
            assert_eq!(disk.flip_bit(), None, "{name}: nothing is stored");
            let persister = disk.open();
            for record in ["one", "two", "three"] {
                persister.save(b"state", Some(Bytes::from_static(b"snapshot")));
                persister.append(record.as_bytes());
                assert_eq!(sync(&persister), Some(Ok(())), "{name}");
                persister.append(b"another");
                assert_eq!(sync(&persister), Some(Ok(())), "{name}");
            }
            disk.crash(*Rng::from_seed(seed).pick(&[Unsynced::Lost, Unsynced::Torn]));
            assert_ne!(disk.flip_bit(), None, "{name}");
            assert!(disk.read().is_err(), "{name}, seed {seed}");
            assert!(disk.open().read().is_err(), "{name}, seed {seed}");
        }
    }
}

#[test]
fn what_survives_a_crash_is_all_before_some_write() {
    for unsynced in [Unsynced::Kept, Unsynced::Lost, Unsynced::Prefix, Unsynced::Torn] {
        for seed in 0..100 {
            for (name, disk) in disks(seed) {
                let persister = disk.open();
                persister.append(b"synced");
                assert_eq!(sync(&persister), Some(Ok(())), "{name}");
                (b'a'..=b'e').for_each(|record| persister.append(&[record]));
                disk.crash(unsynced);
                let Stored { records, .. } = disk.open().read().unwrap();
                let whole = ["synced", "a", "b", "c", "d", "e"];
                assert!(!records.is_empty(), "{name}: what was synced");
                assert_eq!(records, whole[..records.len()], "{name}, {unsynced:?}, seed {seed}");
            }
        }
    }
}
