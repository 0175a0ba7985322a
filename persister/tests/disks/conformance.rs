//! What every implementation of [`Persister`] has to do, for each of them.

use bytes::Bytes;
use futures::executor::block_on;
use persister::{
    FilePersister, Identity, Journaled, MemoryDisk, PersistError, Persister, SimulatedDisk,
    Snapshot, SnapshotWriter, Stored, Unsynced,
};
use proptest::prelude::*;
use std::sync::Arc;

/// The disk of one server, over its lives. At most one of them has it open.
trait Disk {
    fn open(&self) -> Arc<dyn Persister>;

    /// The power is cut, and nothing survives but what was synced. False when this disk can't do that.
    fn lose_power(&self) -> bool;
}

struct InMemory(Box<dyn persister::Disk>);

impl Disk for InMemory {
    fn open(&self) -> Arc<dyn Persister> {
        self.0.open()
    }

    fn lose_power(&self) -> bool {
        self.0.crash(Unsynced::Lost);
        true
    }
}

struct Real(tempfile::TempDir);

impl Disk for Real {
    fn open(&self) -> Arc<dyn Persister> {
        Arc::new(FilePersister::open(self.0.path(), &Identity::new("conformance", 0)).unwrap())
    }

    fn lose_power(&self) -> bool {
        false
    }
}

struct Volatile(tempfile::TempDir);

impl Disk for Volatile {
    fn open(&self) -> Arc<dyn Persister> {
        let (identity, rng) = (Identity::new("conformance", 0), runtime::Rng::from_seed(1));
        Arc::new(FilePersister::open_volatile(self.0.path(), &identity, rng).unwrap())
    }

    /// To be dropped is to lose power: what is in memory is gone.
    fn lose_power(&self) -> bool {
        true
    }
}

fn disks() -> Vec<(&'static str, Box<dyn Disk>)> {
    let memory = MemoryDisk::new();
    memory.set_volatile(runtime::Rng::from_seed(1));
    let simulated = SimulatedDisk::new(runtime::Rng::from_seed(1));
    vec![
        ("memory", Box::new(InMemory(Box::new(memory)))),
        ("simulated files", Box::new(InMemory(Box::new(simulated)))),
        ("volatile files", Box::new(Volatile(tempfile::tempdir().unwrap()))),
        ("real files", Box::new(Real(tempfile::tempdir().unwrap()))),
    ]
}

fn sync(persister: &Arc<dyn Persister>) -> Result<(), PersistError> {
    block_on(persister.sync())
}

fn stored(state: &'static str, records: &[&'static str], snapshot: &'static str) -> Stored {
    let records = records.iter().map(|record| Bytes::from(*record)).collect();
    Stored { state: state.into(), records, snapshot: snapshot.into() }
}

#[test]
fn a_new_disk_is_empty() {
    for (name, disk) in disks() {
        let persister = disk.open();
        assert_eq!(persister.read(), Ok(Stored::default()), "{name}");
        assert_eq!((persister.state_size(), persister.snapshot_size()), (0, 0), "{name}");
        assert_eq!(sync(&persister), Ok(()), "{name}");
    }
}

#[test]
fn the_next_life_reads_what_the_last_one_synced() {
    for (name, disk) in disks() {
        let first = disk.open();
        first.append(b"before the save");
        first.save(b"state", Some(Bytes::from_static(b"snapshot")));
        first.append(b"one");
        assert_eq!(sync(&first), Ok(()), "{name}");
        first.append(b"");
        assert_eq!(sync(&first), Ok(()), "{name}");
        drop(first);
        let expected = Ok(stored("state", &["one", ""], "snapshot"));
        let second = disk.open();
        assert_eq!(second.read(), expected, "{name}");
        assert_eq!(second.read(), expected, "{name}, read again");
        drop(second);
        assert_eq!(disk.open().read(), expected, "{name}, opened again");
    }
}

#[test]
fn what_is_appended_by_several_lives_stands_in_order() {
    for (name, disk) in disks() {
        for record in ["one", "two", "three"] {
            let persister = disk.open();
            persister.append(record.as_bytes());
            assert_eq!(sync(&persister), Ok(()), "{name}");
        }
        assert_eq!(disk.open().read(), Ok(stored("", &["one", "two", "three"], "")), "{name}");
    }
}

#[test]
fn a_save_drops_the_records_and_without_a_snapshot_keeps_the_old_one() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.append(b"dropped");
        persister.save(b"1", Some(Bytes::from_static(b"snapshot")));
        assert_eq!(sync(&persister), Ok(()), "{name}");
        persister.append(b"dropped as well");
        persister.save(b"2", None);
        assert_eq!(sync(&persister), Ok(()), "{name}");
        assert_eq!(persister.snapshot_size(), 8, "{name}");
        drop(persister);
        let persister = disk.open();
        assert_eq!(persister.read(), Ok(stored("2", &[], "snapshot")), "{name}");
        assert_eq!((persister.state_size(), persister.snapshot_size()), (1, 8), "{name}");
        persister.save(b"3", Some(Bytes::new()));
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        assert_eq!(disk.open().read(), Ok(stored("3", &[], "")), "{name}");
    }
}

#[test]
fn a_compaction_takes_place_at_some_time_and_records_are_found_after_it_or_without_it() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.append(b"one");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        persister.compact(b"one", Some(Bytes::from_static(b"snapshot")));
        persister.append(b"two");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        let (late, early) = (stored("one", &["two"], "snapshot"), stored("", &["one", "two"], ""));
        let persister = disk.open();
        let found = persister.read().unwrap();
        assert!(found == late || found == early, "{name}: {found:?}");
        // One without a snapshot is a save, unless one with a snapshot has not taken place.
        persister.compact(b"both", Some(Bytes::from_static(b"next")));
        persister.append(b"dropped");
        persister.compact(b"all", None);
        persister.append(b"kept");
        persister.save(b"end", None);
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        assert_eq!(disk.open().read(), Ok(stored("end", &[], "next")), "{name}");
    }
}

#[test]
fn two_saves_before_a_sync_leave_the_second_with_the_snapshot_of_the_first() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.save(b"1", Some(Bytes::from_static(b"snapshot")));
        persister.append(b"dropped");
        persister.save(b"2", None);
        persister.append(b"kept");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        assert_eq!(disk.open().read(), Ok(stored("2", &["kept"], "snapshot")), "{name}");
    }
}

#[test]
fn what_was_written_can_be_read_before_the_next_life() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.save(b"state", Some(Bytes::from_static(b"snapshot")));
        persister.append(b"one");
        assert_eq!(persister.read(), Ok(stored("state", &["one"], "snapshot")), "{name}");
    }
}

#[test]
fn sizes_follow_what_is_handed_over() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.save(&[1; 10], Some(Bytes::from_static(&[2; 100])));
        assert_eq!((persister.state_size(), persister.snapshot_size()), (10, 100), "{name}");
        persister.append(&[3; 5]);
        let with_record = persister.state_size();
        assert!((15..=15 + 8).contains(&with_record), "{name}: {with_record}");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        let persister = disk.open();
        assert_eq!(persister.state_size(), with_record, "{name}");
        assert_eq!(persister.snapshot_size(), 100, "{name}");
    }
}

#[test]
fn a_sync_covers_all_before_it_and_a_power_cut_takes_the_rest() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.save(b"state", Some(Bytes::from_static(b"snapshot")));
        persister.append(b"one");
        persister.append(b"two");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        persister.append(b"three");
        persister.save(b"later", Some(Bytes::from_static(b"later")));
        if disk.lose_power() {
            drop(persister);
            assert_eq!(
                disk.open().read(),
                Ok(stored("state", &["one", "two"], "snapshot")),
                "{name}"
            );
        }
    }
}

#[test]
fn syncs_that_nobody_waits_for_disturb_none() {
    for (name, disk) in disks() {
        let persister = disk.open();
        let syncs: Vec<_> = (0u8..50)
            .map(|number| {
                persister.append(&[number]);
                persister.sync()
            })
            .collect();
        for (number, sync) in syncs.into_iter().enumerate() {
            match number % 3 {
                0 => assert_eq!(block_on(sync), Ok(()), "{name}"),
                _ => drop(sync),
            }
        }
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        let records: Vec<_> = (0u8..50).map(|number| Bytes::copy_from_slice(&[number])).collect();
        assert_eq!(disk.open().read().unwrap().records, records, "{name}");
    }
}

#[test]
fn snapshots_of_every_length_come_back() {
    const PIECE: usize = 64 * 1024;
    for (name, disk) in disks() {
        for bytes in [1, 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17] {
            let snapshot = Bytes::from_iter((0..bytes).map(|at| (at % 251) as u8));
            let persister = disk.open();
            persister.save(b"state", Some(snapshot.clone()));
            assert_eq!(sync(&persister), Ok(()), "{name}");
            drop(persister);
            let found = disk.open().read().unwrap().snapshot;
            assert!(found == snapshot, "{name}: {bytes} bytes");
        }
    }
}

/// A snapshot that was written in pieces, and is not stored yet.
fn written(persister: &Arc<dyn Persister>, pieces: &[&'static [u8]]) -> Box<dyn SnapshotWriter> {
    let mut written = persister.begin_snapshot();
    for piece in pieces {
        block_on(written.write(Bytes::from_static(piece))).unwrap();
    }
    written
}

#[test]
fn a_snapshot_is_written_and_read_in_pieces() {
    for (name, disk) in disks() {
        let persister = disk.open();
        let one = written(&persister, &[b"one", b"", b", two"]);
        assert_eq!(one.length(), 8, "{name}");
        assert_eq!(persister.snapshot().unwrap().length(), 0, "{name}: it is not stored yet");
        let given = persister.save_written(b"state", one);
        assert_eq!(persister.snapshot_size(), 8, "{name}");
        for snapshot in [given, persister.snapshot().unwrap()] {
            let pieces = [(0, 3), (3, 5), (5, 100), (8, 1), (u64::MAX, 1)];
            let pieces = pieces.map(|(offset, length)| snapshot.read(offset, length).unwrap());
            assert_eq!(pieces, ["one", ", two", "two", "", ""], "{name}");
        }
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        let persister = disk.open();
        assert_eq!(persister.snapshot().unwrap().to_bytes().unwrap(), "one, two", "{name}");
        assert_eq!(persister.read(), Ok(stored("state", &[], "one, two")), "{name}");
    }
}

#[test]
fn a_snapshot_that_nobody_saves_leaves_what_was_stored() {
    for (name, disk) in disks() {
        let persister = disk.open();
        drop(written(&persister, &[b"half"]));
        persister.append(b"one");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        assert_eq!(persister.read(), Ok(stored("", &["one"], "")), "{name}");
        drop(persister);
        assert_eq!(disk.open().read(), Ok(stored("", &["one"], "")), "{name}");
    }
}

#[test]
fn several_snapshots_are_written_at_once_and_the_one_that_is_saved_counts() {
    for (name, disk) in disks() {
        let persister = disk.open();
        let (first, second) = (written(&persister, &[b"1"]), written(&persister, &[b"2", b"2"]));
        let third = written(&persister, &[b"3"]);
        persister.save_written(b"two", second);
        persister.append(b"record");
        drop(third);
        assert_eq!(sync(&persister), Ok(()), "{name}");
        assert_eq!(persister.read(), Ok(stored("two", &["record"], "22")), "{name}");
        persister.save_written(b"one", first);
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        assert_eq!(disk.open().read(), Ok(stored("one", &[], "1")), "{name}");
    }
}

#[test]
fn a_handle_outlives_the_replacement_of_its_snapshot() {
    for (name, disk) in disks() {
        let persister = disk.open();
        let old = persister.save_written(b"1", written(&persister, &[b"old", b"est"]));
        assert_eq!(sync(&persister), Ok(()), "{name}");
        let found = persister.snapshot().unwrap();
        persister.save(b"2", Some(Bytes::from_static(b"new")));
        assert_eq!(persister.snapshot().unwrap().to_bytes().unwrap(), "new", "{name}");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        for snapshot in [old, found] {
            assert_eq!(snapshot.to_bytes().unwrap(), "oldest", "{name}");
        }
    }
}

#[test]
fn a_compaction_with_a_snapshot_in_pieces_takes_place_at_some_time() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.append(b"one");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        let given = persister.compact_written(b"one", written(&persister, &[b"snap", b"shot"]));
        persister.append(b"two");
        assert_eq!(persister.snapshot_size(), 8, "{name}");
        for snapshot in [given, persister.snapshot().unwrap()] {
            assert_eq!(snapshot.to_bytes().unwrap(), "snapshot", "{name}: handed over");
        }
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        let (late, early) = (stored("one", &["two"], "snapshot"), stored("", &["one", "two"], ""));
        let persister = disk.open();
        let found = persister.read().unwrap();
        assert!(found == late || found == early, "{name}: {found:?}");
        // A save without a snapshot keeps the one that was compacted with.
        persister.compact_written(b"two", written(&persister, &[b"next"]));
        persister.save(b"end", None);
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        assert_eq!(disk.open().read(), Ok(stored("end", &[], "next")), "{name}");
    }
}

#[test]
fn the_log_is_read_without_the_snapshot() {
    for (name, disk) in disks() {
        let persister = disk.open();
        persister.save(b"state", Some(Bytes::from_static(b"snapshot")));
        persister.append(b"one");
        let expected = Journaled { state: "state".into(), records: vec!["one".into()] };
        assert_eq!(persister.read_log(), Ok(expected.clone()), "{name}");
        assert_eq!(sync(&persister), Ok(()), "{name}");
        drop(persister);
        assert_eq!(disk.open().read_log(), Ok(expected), "{name}");
    }
}

/// Lengths of pieces, and where to read.
fn pieces_and_places() -> impl Strategy<Value = (Vec<usize>, Vec<(u64, usize)>)> {
    let length = prop_oneof![0..200usize, 60_000..70_000usize, 0..300_000usize];
    let place = (0..400_000u64, prop_oneof![0..200usize, 0..200_000usize]);
    (prop::collection::vec(length, 0..6), prop::collection::vec(place, 1..10))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_piece_of_a_snapshot_in_any_pieces_can_be_read((lengths, places) in pieces_and_places()) {
        let whole = Bytes::from_iter((0..lengths.iter().sum()).map(|at: usize| (at % 251) as u8));
        let check = |snapshot: &Snapshot, name: &str| {
            assert_eq!(snapshot.length(), whole.len() as u64, "{name}");
            for &(offset, length) in &places {
                let start = whole.len().min(offset as usize);
                let expected = whole.slice(start..whole.len().min(start + length));
                let read = snapshot.read(offset, length).unwrap();
                assert!(read == expected, "{name}: {length} bytes at {offset}");
            }
        };
        for (name, disk) in disks() {
            let persister = disk.open();
            let (mut writer, mut rest) = (persister.begin_snapshot(), whole.clone());
            for length in &lengths {
                block_on(writer.write(rest.split_to(*length))).unwrap();
            }
            check(&persister.save_written(b"state", writer), name);
            prop_assert_eq!(sync(&persister), Ok(()), "{}", name);
            check(&persister.snapshot().unwrap(), name);
            drop(persister);
            check(&disk.open().snapshot().unwrap(), name);
        }
    }
}
