//! A compaction is put off: records do not wait for its snapshot, and nothing is lost by that.

use bytes::Bytes;
use persister::{Persister, SimulatedDisk, Stored, Unsynced};
use runtime::{Rng, Simulation, sleep, timeout};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// The numbers 0, 1, 2, … as a log: the state and the snapshot say how many they stand for, the records are
/// those after it. Returns how many there are.
fn count(stored: &Stored) -> u64 {
    let number = |bytes: &Bytes| u64::from_le_bytes(bytes[..8].try_into().unwrap());
    let first = if stored.state.is_empty() { 0 } else { number(&stored.state) };
    let of_snapshot = if stored.snapshot.is_empty() { 0 } else { number(&stored.snapshot) };
    assert_eq!(first, of_snapshot, "state and snapshot go together");
    for (record, expected) in stored.records.iter().zip(first..) {
        assert_eq!(number(record), expected, "records follow the state and each other");
    }
    first + stored.records.len() as u64
}

fn bytes(number: u64, length: usize) -> Bytes {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(length, 0);
    bytes.into()
}

#[test]
fn records_do_not_wait_for_the_snapshot_of_a_compaction() {
    let finished = Simulation::new(1).run(async {
        let disk = SimulatedDisk::new(Rng::from_seed(1));
        let persister = disk.open();
        persister.append(&bytes(0, 8));
        persister.sync().await.unwrap();
        disk.set_sync_delay(Some(10 * MS..=10 * MS));
        persister.compact(&bytes(1, 8), Some(bytes(1, 1000)));
        persister.append(&bytes(1, 8));
        // A sync of the journal takes ten milliseconds; two for the snapshot and two more come to forty.
        timeout(15 * MS, persister.sync()).await.expect("it waits for the journal only").unwrap();
        assert_eq!(persister.snapshot_size(), 1000);
        let early = disk.read().unwrap();
        assert_eq!((count(&early), early.records.len()), (2, 2), "nothing is cut yet");
        sleep(60 * MS).await;
        let late = disk.read().unwrap();
        assert_eq!((count(&late), late.records.len(), late.snapshot.len()), (2, 1, 1000));
        // What a crash leaves is the same.
        disk.crash(Unsynced::Lost);
        assert_eq!(disk.open().read().unwrap(), late);
    });
    finished.result.unwrap();
}

#[test]
fn a_save_takes_the_place_of_a_compaction_that_was_put_off() {
    let finished = Simulation::new(1).run(async {
        for own_snapshot in [false, true] {
            for waits_ms in [0, 5, 15, 25, 35, 45, 100] {
                let disk = SimulatedDisk::new(Rng::from_seed(1));
                let persister = disk.open();
                persister.append(&bytes(0, 8));
                disk.set_sync_delay(Some(10 * MS..=10 * MS));
                persister.compact(&bytes(1, 8), Some(bytes(1, 300)));
                drop(persister.sync());
                sleep(waits_ms * MS).await;
                let number = if own_snapshot { 9 } else { 1 };
                persister.save(&bytes(number, 8), own_snapshot.then(|| bytes(9, 20)));
                persister.append(&bytes(number, 8));
                persister.sync().await.unwrap();
                sleep(200 * MS).await;
                disk.crash(Unsynced::Lost);
                let stored = disk.open().read().unwrap();
                assert_eq!(count(&stored), number + 1, "after {waits_ms} ms");
                assert_eq!(stored.snapshot.len(), if own_snapshot { 20 } else { 300 });
            }
        }
    });
    finished.result.unwrap();
}

#[test]
fn whatever_was_synced_is_found_after_a_crash_at_any_time() {
    let mut compactions = 0;
    for seed in 0..400 {
        let finished = Simulation::new(seed).run(async move {
            let mut rng = runtime::rng("test", 0);
            let disk = SimulatedDisk::new(runtime::rng("disk", 0));
            let (mut acknowledged, mut compacted) = (0, 0);
            for _life in 0..6 {
                let persister = disk.open();
                let found = persister.read().unwrap();
                let mut next = count(&found);
                assert!(next >= acknowledged, "{next} are found of {acknowledged}");
                compacted += u32::from(!found.state.is_empty());
                let delay = rng.range(0..=8) as u32;
                disk.set_sync_delay((delay > 0).then(|| delay * MS / 2..=delay * MS));
                for _ in 0..rng.range(1..=40) {
                    match rng.below(10) {
                        0 | 1 => {
                            let snapshot = bytes(next, rng.range(8..=200) as usize);
                            persister.compact(&bytes(next, 8), Some(snapshot));
                        }
                        2 => persister.save(&bytes(next, 8), Some(bytes(next, 12))),
                        3 | 4 => {
                            persister.sync().await.unwrap();
                            acknowledged = next;
                        }
                        5 => sleep(rng.duration(MS..=10 * MS)).await,
                        _ => {
                            persister.append(&bytes(next, 8));
                            next += 1;
                        }
                    }
                }
                disk.crash(*rng.pick(&[Unsynced::Kept, Unsynced::Lost, Unsynced::Torn]));
            }
            compacted
        });
        compactions += finished.result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    assert!(compactions > 1000, "{compactions}");
}
