use super::*;

fn medium() -> Medium {
    let mut medium = Medium::default();
    medium.save(b"state", Some(Bytes::from_static(b"snapshot")));
    medium.append(b"one");
    medium.append(b"two");
    medium
}

fn sync(medium: &mut Medium) -> Result<(), PersistError> {
    medium.end_sync(medium.begin_sync())
}

fn corruption(medium: &Medium) -> Corruption {
    match medium.read() {
        Err(PersistError::Corrupt(corruption)) => corruption,
        other => panic!("expected corruption, got {other:?}"),
    }
}

#[test]
fn a_changed_state_is_found_by_its_checksum() {
    let mut medium = medium();
    medium.current.state.content[2] ^= 0x10;
    let corruption = corruption(&medium);
    assert_eq!((corruption.part, corruption.offset), (Part::State, 0));
    assert!(corruption.expected.starts_with("5 bytes with checksum 0x"), "{corruption}");
}

#[test]
fn a_changed_snapshot_is_found_by_its_checksum() {
    let mut medium = medium();
    medium.current.snapshot.content = Bytes::from_static(b"snapshoT");
    assert_eq!(corruption(&medium).part, Part::Snapshot);
}

#[test]
fn a_changed_synced_record_is_found_and_an_unsynced_one_dropped() {
    let mut medium = medium();
    sync(&mut medium).unwrap();
    medium.append(b"three");
    let second = 8 + 3;
    let third = second + 8 + 3;
    medium.current.journal[third + 8] ^= 1;
    assert_eq!(medium.read().unwrap().records, ["one", "two"]);
    medium.current.journal[second + 8] ^= 1;
    assert_eq!(corruption(&medium).offset, second);
}

#[test]
fn a_torn_last_record_is_dropped_only_while_it_was_never_synced() {
    let mut torn = medium();
    torn.current.journal.pop();
    assert_eq!(torn.read().unwrap().records, ["one"]);

    let mut damaged = medium();
    sync(&mut damaged).unwrap();
    damaged.current.journal.pop();
    assert_eq!(corruption(&damaged).part, Part::Journal);
}

#[test]
fn a_save_makes_the_journal_start_again() {
    let mut medium = medium();
    sync(&mut medium).unwrap();
    medium.save(b"state 2", None);
    medium.append(b"three");
    let stored = medium.read().unwrap();
    assert_eq!(&stored.state[..], b"state 2");
    assert_eq!(&stored.snapshot[..], b"snapshot");
    assert_eq!(stored.records, ["three"]);
}

#[test]
fn a_full_disk_takes_nothing_and_says_so_at_the_next_sync() {
    let mut medium = medium();
    medium.full = true;
    medium.append(b"three");
    medium.full = false;
    // Not even when there is room again: the record before it is missing.
    medium.append(b"four");
    medium.save(b"state 2", None);
    let refused = PersistError::Failed("no space left on the device".into());
    assert_eq!(sync(&mut medium), Err(refused));
    assert_eq!(medium.read().unwrap().records, ["one", "two"]);

    medium.recover();
    medium.append(b"three");
    assert_eq!(sync(&mut medium), Ok(()));
    assert_eq!(medium.read().unwrap().records, ["one", "two", "three"]);
}
