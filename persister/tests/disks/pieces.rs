//! Snapshots in pieces on a simulated disk: whatever happens on the way, the old one is found whole or the
//! new one is.

use bytes::Bytes;
use futures::FutureExt;
use parking_lot::Mutex;
use persister::files::{Files, SimulatedFiles};
use persister::{
    DiskHooks, Identity, PersistError, Persister, SimulatedDisk, SimulatedPersister, Snapshot,
    SnapshotWriter, SyncFuture, Unsynced,
};
use runtime::{Rng, Simulation, now, sleep, timeout};
use std::sync::Arc;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

const KIB: usize = 1024;

/// Bytes that tell their snapshot and their place in it.
fn bytes(number: u64, length: usize) -> Bytes {
    let word = |at: u64| ((number << 32) | at).to_le_bytes();
    (0..length.div_ceil(8) as u64).flat_map(word).take(length).collect()
}

fn disk(seed: u64) -> (SimulatedFiles, SimulatedDisk) {
    let files = SimulatedFiles::new(Rng::from_seed(seed));
    (files.clone(), SimulatedDisk::over(files, Identity::new("pieces", 0)))
}

/// Hands over all pieces at once, as nobody should.
fn written(persister: &SimulatedPersister, whole: &Bytes, piece: usize) -> Box<dyn SnapshotWriter> {
    let mut writer = persister.begin_snapshot();
    for start in (0..whole.len()).step_by(piece) {
        drop(writer.write(whole.slice(start..whole.len().min(start + piece))));
    }
    writer
}

/// Cuts the power at an operation on files.
struct CutAt {
    disk: SimulatedDisk,
    left: Mutex<u64>,
    unsynced: Unsynced,
}

impl CutAt {
    fn count(&self) {
        let mut left = self.left.lock();
        if *left == 1 {
            self.disk.crash(self.unsynced);
        }
        *left = left.saturating_sub(1);
    }

    fn has_cut(&self) -> bool {
        *self.left.lock() == 0
    }
}

impl DiskHooks for CutAt {
    fn after_append(&self) {
        self.count();
    }

    fn after_save(&self) {
        self.count();
    }

    fn after_sync(&self) {
        self.count();
    }
}

/// Saves a snapshot in pieces over an old one while the power is cut at that operation, and judges what is
/// found. False when there are no more operations than that.
fn cut_at(
    operation: u64,
    unsynced: Unsynced,
    compacts: bool,
    (length, piece): (usize, usize),
) -> bool {
    let told = format!("cut at {operation}, {unsynced:?}, compacts: {compacts}, {length} bytes");
    let (files, disk) = disk(operation);
    let persister = disk.open();
    let (old, new) = (bytes(1, length), bytes(2, length));
    persister.save(b"old", Some(old.clone()));
    persister.append(b"before");
    assert_eq!(persister.sync().now_or_never(), Some(Ok(())), "{told}");

    let cut = Arc::new(CutAt { disk: disk.clone(), left: Mutex::new(operation), unsynced });
    disk.set_hooks(Some(cut.clone()));
    let writer = written(&persister, &new, piece);
    match compacts {
        true => persister.compact_written(b"new", writer),
        false => persister.save_written(b"new", writer),
    };
    persister.append(b"after");
    let acknowledged = persister.sync().now_or_never() == Some(Ok(()));
    disk.set_hooks(None);
    if !cut.has_cut() {
        assert!(acknowledged, "{told}");
        disk.crash(unsynced);
    }

    let stored = disk.open().read().unwrap_or_else(|error| panic!("{told}: {error}"));
    let (snapshot, of_old) = match &stored.state[..] {
        b"old" => (old, &b"before"[..]),
        b"new" => (new, &b""[..]),
        other => panic!("{told}: state {other:?}"),
    };
    assert!(stored.snapshot == snapshot, "{told}: the snapshot of {:?}", stored.state);
    let mut expected = vec![Bytes::copy_from_slice(of_old)];
    expected.retain(|record| !record.is_empty());
    if stored.records.len() > expected.len() {
        expected.push("after".into());
        assert!(compacts || stored.state == "new", "{told}: a record without what it follows");
    }
    assert_eq!(stored.records, expected, "{told}");
    assert!(!acknowledged || expected.contains(&"after".into()), "{told}: it was acknowledged");
    let names = files.names().unwrap();
    assert!(names.len() == 2 && names[1].starts_with("snapshot-"), "{told}: {names:?}");
    assert!(!names[1].ends_with(".tmp"), "{told}: {names:?}");
    cut.has_cut()
}

#[test]
fn a_power_cut_at_any_operation_leaves_the_old_snapshot_or_the_new_one() {
    let mut cuts = 0;
    for unsynced in [Unsynced::Kept, Unsynced::Lost, Unsynced::Prefix, Unsynced::Torn] {
        for compacts in [false, true] {
            for lengths in [(500, 100), (5 * KIB, 700), (150_000, 50_000)] {
                let last = (1..).find(|cut| !cut_at(*cut, unsynced, compacts, lengths)).unwrap();
                assert!(last > 12, "{last} operations");
                cuts += last;
            }
        }
    }
    assert!(cuts > 400, "{cuts}");
}

#[test]
fn what_follows_a_save_waits_for_its_snapshot_and_what_went_before_does_not() {
    let finished = Simulation::new(1).run(async {
        let (_, disk) = disk(1);
        let persister = disk.open();
        disk.set_sync_delay(Some(10 * MS..=10 * MS));
        let snapshot = bytes(1, 10 * KIB);
        persister.append(b"before");
        let given = persister.save_written(b"state", written(&persister, &snapshot, KIB));
        // Ten syncs of pieces, and six of files and names.
        let mut all = persister.sync();
        assert!(timeout(90 * MS, &mut all).await.is_err(), "nothing is found without the snapshot");
        assert_eq!(given.to_bytes(), Ok(snapshot.clone()), "it can be read all the same");
        assert_eq!(timeout(90 * MS, all).await.expect("not that long"), Ok(()));
        persister.append(b"one");
        let one = persister.sync();
        persister.save_written(b"next", written(&persister, &snapshot, KIB));
        persister.append(b"two");
        assert_eq!(timeout(25 * MS, one).await.expect("it need not wait"), Ok(()));
        disk.crash(Unsynced::Lost);
        let stored = disk.open().read().unwrap();
        assert_eq!((&stored.state[..], &stored.records[..]), (&b"state"[..], &["one".into()][..]));
        assert_eq!(stored.snapshot, snapshot);
    });
    finished.result.unwrap();
}

#[test]
fn who_waits_for_a_save_that_is_replaced_waits_for_what_replaces_it() {
    let finished = Simulation::new(1).run(async {
        let (_, disk) = disk(1);
        let persister = disk.open();
        disk.set_sync_delay(Some(10 * MS..=10 * MS));
        persister.save_written(b"first", written(&persister, &bytes(1, 5 * KIB), KIB));
        persister.append(b"one");
        let first = persister.sync();
        persister.save_written(b"second", written(&persister, &bytes(2, 5 * KIB), KIB));
        persister.append(b"two");
        assert_eq!(first.await, Ok(()));
        disk.crash(Unsynced::Lost);
        let stored = disk.open().read().unwrap();
        assert_eq!((&stored.state[..], stored.snapshot), (&b"second"[..], bytes(2, 5 * KIB)));
    });
    finished.result.unwrap();
}

#[test]
fn records_do_not_wait_for_the_pieces_of_a_compaction() {
    let finished = Simulation::new(1).run(async {
        let (_, disk) = disk(1);
        let persister = disk.open();
        disk.set_sync_delay(Some(10 * MS..=10 * MS));
        persister.compact_written(b"state", written(&persister, &bytes(1, 10 * KIB), KIB));
        persister.append(b"one");
        assert_eq!(timeout(15 * MS, persister.sync()).await.expect("the journal only"), Ok(()));
        assert!(disk.read().unwrap().snapshot.is_empty(), "it is put off");
        sleep(200 * MS).await;
        disk.crash(Unsynced::Lost);
        let stored = disk.open().read().unwrap();
        assert_eq!((&stored.state[..], &stored.records[..]), (&b"state"[..], &["one".into()][..]));
        assert_eq!(stored.snapshot, bytes(1, 10 * KIB));
    });
    finished.result.unwrap();
}

#[test]
fn a_writer_waits_while_much_is_on_its_way() {
    let finished = Simulation::new(1).run(async {
        let (_, disk) = disk(1);
        let persister = disk.open();
        disk.set_sync_delay(Some(10 * MS..=10 * MS));
        let (began, mut writer) = (now(), persister.begin_snapshot());
        for _ in 0..100 {
            assert_eq!(writer.write(bytes(1, KIB)).await, Ok(()));
        }
        // A sync for each, but for what may be in memory.
        let took = now().since(began);
        assert!((970 * MS..=990 * MS).contains(&took), "{took:?}");
        assert_eq!(writer.length(), 100 * KIB as u64);
    });
    finished.result.unwrap();
}

#[test]
fn a_disk_that_refuses_a_piece_has_failed() {
    let (files, disk) = disk(1);
    let persister = disk.open();
    persister.save(b"old", Some("old".into()));
    assert_eq!(persister.sync().now_or_never(), Some(Ok(())));
    let mut writer = persister.begin_snapshot();
    assert_eq!(writer.write("one".into()).now_or_never(), Some(Ok(())));
    disk.set_full(true);
    let refused = PersistError::Failed("no space left on the device".into());
    assert_eq!(writer.write("two".into()).now_or_never(), Some(Err(refused.clone())));
    disk.set_full(false);
    assert_eq!(writer.write("three".into()).now_or_never(), Some(Err(refused.clone())));
    persister.save_written(b"new", writer);
    assert_eq!(persister.sync().now_or_never(), Some(Err(refused)));
    let stored = disk.open().read().unwrap();
    assert_eq!((&stored.state[..], &stored.snapshot[..]), (&b"old"[..], &b"old"[..]));
    assert_eq!(files.names().unwrap(), ["journal", "snapshot-1"]);
}

#[test]
fn a_sync_of_pieces_that_fails_fails_the_disk() {
    let (_, disk) = disk(1);
    let persister = disk.open();
    let mut writer = persister.begin_snapshot();
    disk.fail_next_sync();
    let failed = Some(Err(PersistError::Failed("input/output error".into())));
    assert_eq!(writer.write(bytes(1, 2 * KIB)).now_or_never(), failed);
    assert_eq!(persister.sync().now_or_never(), failed);
}

#[test]
fn a_zombie_writes_no_pieces_and_is_not_told_that_it_did() {
    let (files, disk) = disk(1);
    let zombie = disk.open();
    let mut writer = zombie.begin_snapshot();
    assert_eq!(writer.write("one".into()).now_or_never(), Some(Ok(())));
    disk.crash(Unsynced::Kept);
    assert!(matches!(writer.write("two".into()), SyncFuture::Waiting(_)));
    let successor = disk.open();
    assert_eq!(writer.write("three".into()).now_or_never(), Some(Err(PersistError::Fenced)));
    zombie.save_written(b"late", writer);
    assert_eq!(zombie.snapshot().map(|_| ()), Err(PersistError::Fenced));
    assert_eq!(successor.read(), Ok(persister::Stored::default()));
    assert_eq!(files.names().unwrap(), ["journal"], "and what it had written is gone");
}

#[test]
fn whatever_takes_the_place_of_a_snapshot_on_its_way_leaves_no_file_of_it() {
    let finished = Simulation::new(1).run(async {
        for compacts in [false, true] {
            for (next, waits_ms) in
                (0..5).flat_map(|next| [0, 15, 45, 75, 200].map(|ms| (next, ms)))
            {
                let (files, disk) = disk(1);
                let persister = disk.open();
                disk.set_sync_delay(Some(10 * MS..=10 * MS));
                let (first, second) = (bytes(1, 3 * KIB), bytes(2, 2 * KIB));
                let writer = written(&persister, &first, KIB);
                let given = match compacts {
                    true => persister.compact_written(b"first", writer),
                    false => persister.save_written(b"first", writer),
                };
                sleep(waits_ms * MS).await;
                let expected = match next {
                    0 => {
                        persister.save(b"next", None);
                        first.clone()
                    }
                    1 => {
                        persister.save(b"next", Some(second.clone()));
                        second
                    }
                    2 => {
                        persister.save_written(b"next", written(&persister, &second, KIB));
                        second
                    }
                    3 => {
                        persister.compact_written(b"next", written(&persister, &second, KIB));
                        second
                    }
                    _ => {
                        persister.save(b"next", Some(Bytes::new()));
                        Bytes::new()
                    }
                };
                let told = format!("compacts: {compacts}, then {next} after {waits_ms} ms");
                assert_eq!(
                    persister.snapshot().unwrap().to_bytes(),
                    Ok(expected.clone()),
                    "{told}"
                );
                persister.append(b"one");
                assert_eq!(persister.sync().await, Ok(()), "{told}");
                sleep(300 * MS).await;
                assert_eq!(given.to_bytes(), Ok(first), "{told}: a handle is for ever");
                let stored = disk.read().unwrap();
                let found = (&stored.state[..], &stored.records[..]);
                assert_eq!(found, (&b"next"[..], &["one".into()][..]), "{told}");
                assert_eq!(stored.snapshot, expected, "{told}");
                // What is left is removed with the next write at the latest.
                persister.append(b"two");
                assert_eq!(persister.sync().await, Ok(()), "{told}");
                let files = files.names().unwrap().len();
                assert_eq!(files, 2 - usize::from(expected.is_empty()), "{told}");
            }
        }
    });
    finished.result.unwrap();
}

/// The numbers 0, 1, 2, … as a log, of which a state stands for the first, and a snapshot with a number of
/// its own, which the state names.
#[derive(Default)]
struct Log {
    next: u64,
    snapshot: u64,
}

impl Log {
    fn snapshot(number: u64) -> Bytes {
        bytes(number, if number == 0 { 0 } else { 1 + (number * 7919 % 4000) as usize })
    }

    fn state(&self) -> Vec<u8> {
        [self.next.to_le_bytes(), self.snapshot.to_le_bytes()].concat()
    }

    fn found(persister: &SimulatedPersister) -> Log {
        let stored = persister.read().unwrap();
        let number = |at: usize| match stored.state.get(at..at + 8) {
            Some(bytes) => u64::from_le_bytes(bytes.try_into().unwrap()),
            None => 0,
        };
        let mut log = Log { next: number(0), snapshot: number(8) };
        assert!(
            stored.snapshot == Log::snapshot(log.snapshot),
            "the snapshot that the state names"
        );
        for record in &stored.records {
            assert_eq!(
                record[..],
                log.next.to_le_bytes(),
                "records follow the state and each other"
            );
            log.next += 1;
        }
        log
    }
}

async fn pieces(
    persister: &SimulatedPersister,
    whole: &Bytes,
    rng: &mut Rng,
) -> Box<dyn SnapshotWriter> {
    let mut writer = persister.begin_snapshot();
    let mut rest = whole.clone();
    while !rest.is_empty() {
        let room = writer.write(rest.split_to(rng.range(1..=rest.len() as u64) as usize));
        if rng.chance(700_000) {
            room.await.unwrap();
        }
    }
    writer
}

#[test]
fn whatever_was_synced_is_found_with_its_snapshot_after_a_crash_at_any_time() {
    let (mut written, mut found) = (0, 0);
    for seed in 0..600 {
        let finished = Simulation::new(seed).run(async move {
            let mut rng = runtime::rng("test", 0);
            let disk = SimulatedDisk::new(runtime::rng("disk", 0));
            let (mut acknowledged, mut snapshots, mut found) = (0, 0, 0);
            for _life in 0..5 {
                let persister = disk.open();
                let mut log = Log::found(&persister);
                assert!(log.next >= acknowledged, "{} are found of {acknowledged}", log.next);
                found += u64::from(log.snapshot > 0);
                let mut handles: Vec<(u64, Snapshot)> = Vec::new();
                let delay = rng.range(0..=4) as u32;
                disk.set_sync_delay((delay > 0).then(|| delay * MS / 2..=delay * MS));
                for _ in 0..rng.range(1..=40) {
                    match rng.below(12) {
                        0..=3 => {
                            snapshots += 1;
                            let whole = Log::snapshot(snapshots);
                            let writer = pieces(&persister, &whole, &mut rng).await;
                            log.snapshot = snapshots;
                            match rng.below(5) {
                                0 => persister.save(&log.state(), Some(whole)),
                                1 => persister.compact(&log.state(), Some(whole)),
                                2 => drop(persister.save_written(&log.state(), writer)),
                                _ => drop(persister.compact_written(&log.state(), writer)),
                            }
                            handles.push((snapshots, persister.snapshot().unwrap()));
                        }
                        4 => persister.save(&log.state(), None),
                        5 => persister.compact(&log.state(), None),
                        6 => {
                            persister.sync().await.unwrap();
                            acknowledged = log.next;
                        }
                        7 => sleep(rng.duration(MS..=20 * MS)).await,
                        8 if !handles.is_empty() => {
                            let (number, handle) = rng.pick(&handles);
                            assert_eq!(handle.to_bytes(), Ok(Log::snapshot(*number)));
                        }
                        _ => {
                            persister.append(&log.next.to_le_bytes());
                            log.next += 1;
                        }
                    }
                }
                disk.crash(*rng.pick(&[Unsynced::Kept, Unsynced::Lost, Unsynced::Torn]));
            }
            (snapshots, found)
        });
        let of_run = finished.result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        written += of_run.0;
        found += of_run.1;
    }
    assert!(written > 5000 && found > 1000, "{found} of {written} snapshots");
}
