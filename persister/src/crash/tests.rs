use super::*;
use crate::{PersistError, Stored};

/// A synced save and record, then unsynced: a record, a save, two records.
fn medium() -> Medium {
    let mut medium = Medium { volatile: true, ..Medium::default() };
    medium.save(b"1", Some(Bytes::from_static(b"old snapshot")));
    medium.append(b"synced");
    sync(&mut medium);
    medium.append(b"tail");
    medium.save(b"2", Some(Bytes::from_static(b"new snapshot")));
    medium.append(b"one");
    medium.append(b"two");
    medium
}

fn sync(medium: &mut Medium) {
    medium.end_sync(medium.begin_sync()).unwrap();
}

fn after_crash(mut medium: Medium, unsynced: Unsynced, seed: u64) -> (Stored, usize) {
    let lost = medium.crash(unsynced, &mut Rng::from_seed(seed));
    let before = medium.read().unwrap();
    medium.recover();
    let stored = medium.read().unwrap();
    assert_eq!(before, stored, "recovery changes nothing that can be read");
    // It can be written on.
    medium.append(b"later");
    let records = medium.read().unwrap().records;
    assert_eq!(records.last().unwrap(), "later");
    assert_eq!(records.len(), stored.records.len() + 1);
    (stored, lost)
}

/// What is stored after that many of the unsynced writes.
fn surviving(writes: usize) -> Stored {
    let (state, snapshot, records) = match writes {
        0 => ("1", "old snapshot", vec!["synced"]),
        1 => ("1", "old snapshot", vec!["synced", "tail"]),
        2 => ("2", "new snapshot", vec![]),
        3 => ("2", "new snapshot", vec!["one"]),
        _ => ("2", "new snapshot", vec!["one", "two"]),
    };
    let records = records.into_iter().map(Bytes::from).collect();
    Stored { state: state.into(), records, snapshot: snapshot.into() }
}

#[test]
fn a_process_crash_keeps_everything_and_a_power_failure_only_what_was_synced() {
    assert_eq!(after_crash(medium(), Unsynced::Kept, 1), (surviving(4), 0));
    assert_eq!(after_crash(medium(), Unsynced::Lost, 1), (surviving(0), 4));
}

#[test]
fn what_survives_is_everything_up_to_some_write() {
    let mut seen = [false; 5];
    for seed in 0..200 {
        let (stored, lost) = after_crash(medium(), Unsynced::Prefix, seed);
        assert_eq!(stored, surviving(4 - lost));
        seen[lost] = true;
    }
    assert_eq!(seen, [true; 5], "any number of writes can be lost");
}

#[test]
fn a_torn_record_is_left_out_and_a_torn_save_is_none_at_all() {
    let mut torn = 0;
    for seed in 0..200 {
        let mut medium = medium();
        let lost = medium.crash(Unsynced::Torn, &mut Rng::from_seed(seed));
        assert!(lost >= 1);
        let stored = medium.read().unwrap();
        assert_eq!(stored, surviving(4 - lost));
        torn += u32::from(medium.current.journal.len() > medium.current.journal_synced_bytes);
    }
    assert!((100..200).contains(&torn), "three of the four writes can be torn: {torn}");
}

#[test]
fn nothing_that_was_synced_is_lost_by_a_crash() {
    for unsynced in [Unsynced::Kept, Unsynced::Lost, Unsynced::Prefix, Unsynced::Torn] {
        let mut medium = medium();
        sync(&mut medium);
        assert_eq!(after_crash(medium, unsynced, 7), (surviving(4), 0));
    }
}

#[test]
fn a_sync_covers_what_was_written_when_it_began() {
    let mut medium = Medium { volatile: true, ..Medium::default() };
    medium.append(b"one");
    let first = medium.begin_sync();
    medium.append(b"two");
    let second = medium.begin_sync();
    medium.save(b"new", None);
    medium.append(b"three");
    medium.end_sync(second).unwrap();
    // An older one that ends later takes nothing back.
    medium.end_sync(first).unwrap();
    medium.crash(Unsynced::Lost, &mut Rng::from_seed(1));
    assert_eq!(medium.read().unwrap().records, ["one", "two"]);
}

#[test]
fn a_failed_sync_loses_what_it_covered_and_what_is_synced_after_it() {
    let mut medium = medium();
    medium.fails_next_sync = true;
    let failed = PersistError::Failed("input/output error".into());
    assert_eq!(medium.end_sync(medium.begin_sync()), Err(failed));
    medium.append(b"three");
    sync(&mut medium);
    assert_eq!(medium.read().unwrap().records, ["one", "two", "three"]);
    let (stored, lost) = after_crash(medium, Unsynced::Kept, 1);
    assert_eq!((stored, lost), (surviving(0), 5));
}

#[test]
fn a_sync_that_was_under_way_when_another_failed_fails_too() {
    let mut medium = medium();
    let (first, second) = (medium.begin_sync(), medium.begin_sync());
    medium.fails_next_sync = true;
    assert!(medium.end_sync(second).is_err());
    assert!(medium.end_sync(first).is_err());
    assert_eq!(medium.end_sync(medium.begin_sync()), Ok(()));
}

#[test]
fn a_disk_that_is_not_volatile_loses_nothing() {
    let mut medium = Medium::default();
    medium.append(b"one");
    assert_eq!(medium.crash(Unsynced::Lost, &mut Rng::from_seed(1)), 0);
    assert_eq!(medium.read().unwrap().records, ["one"]);
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let mut hit = Vec::new();
    for seed in 0..300 {
        let mut medium = medium();
        sync(&mut medium);
        let part = medium.flip_bit(&mut Rng::from_seed(seed)).unwrap();
        match medium.read() {
            Err(PersistError::Corrupt(corruption)) => assert_eq!(corruption.part, part),
            other => panic!("seed {seed}: a flipped bit in the {part} was not found: {other:?}"),
        }
        hit.push(part.to_string());
    }
    hit.sort();
    hit.dedup();
    assert_eq!(hit, ["journal", "snapshot", "state"]);
}

#[test]
fn an_empty_disk_has_no_bit_to_flip() {
    assert_eq!(Medium::default().flip_bit(&mut Rng::from_seed(1)), None);
}
