use super::*;
use crate::core::Core;
use crate::core::durability::{NewSnapshot, Write};
use crate::core::record::Quarantine;
use crate::core::testing::*;
use persister::Stored;

/// What a server of three makes of its disk.
fn restored(stored: &Stored) -> Result<Restored, RestoreError> {
    restore(stored.clone().into(), stored.snapshot.clone().into(), 3)
}

/// A disk on which everything a core writes is stored.
#[derive(Default)]
struct Disk(Stored);

impl Disk {
    fn write_all(&mut self, core: &mut Core) {
        let mut buffer = Vec::new();
        while let Some(write) = core.next_write(&mut buffer) {
            let bytes = Bytes::copy_from_slice(&buffer);
            let snapshot = match write {
                Write::Append => {
                    self.0.records.push(bytes);
                    continue;
                }
                Write::Save(snapshot) => snapshot,
                Write::Compact(snapshot) => Some(snapshot),
                Write::Piece(_) => panic!("no snapshot comes in pieces here"),
            };
            self.0.state = bytes;
            self.0.records.clear();
            match snapshot {
                None => {}
                Some(NewSnapshot::Whole(snapshot)) => self.0.snapshot = snapshot,
                Some(other) => panic!("no snapshot comes in pieces here: {other:?}"),
            }
        }
    }

    fn restored(&self) -> Restored {
        restored(&self.0).unwrap()
    }
}

fn same_log(restored: &Restored, core: &Core) {
    let all = |log: &Log| log.from(log.snapshot().index + 1).cloned().collect::<Vec<_>>();
    assert_eq!(restored.log.snapshot(), core.log.snapshot());
    assert_eq!(all(&restored.log), all(&core.log));
}

#[test]
fn an_empty_disk_is_a_new_server() {
    let restored = restored(&Stored::default()).unwrap();
    assert_eq!(restored.hard_state, HardState::default());
    assert_eq!((restored.log.last(), restored.snapshot.length()), (position(0, 0), 0));
}

/// Figure 2, "persistent state on all servers": current term, vote and log.
#[test]
fn term_vote_and_log_survive() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    core.handle_request_vote(at(1), &vote_request(2, 7, 0, 0));
    core.handle_append_entries(at(2), append(7, position(0, 0), &[3, 7], 1));
    disk.write_all(&mut core);
    let restored = disk.restored();
    assert_eq!(restored.hard_state, HardState { term: 7, voted_for: Some(2) });
    same_log(&restored, &core);
}

#[test]
fn a_candidates_own_vote_is_written_with_its_term() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    core.tick(core.election_deadline);
    disk.write_all(&mut core);
    assert_eq!(disk.0.records.len(), 1, "term and vote are one record");
    assert_eq!(disk.restored().hard_state, HardState { term: 1, voted_for: Some(0) });
}

#[test]
fn entries_that_were_replaced_stay_replaced() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    core.handle_append_entries(at(1), append(1, position(0, 0), &[1, 1, 1], 0));
    disk.write_all(&mut core);
    core.handle_append_entries(at(2), append(2, position(1, 1), &[2], 0));
    disk.write_all(&mut core);
    let restored = disk.restored();
    assert_eq!(restored.log.last(), position(2, 2));
    same_log(&restored, &core);
}

#[test]
fn a_snapshot_survives_with_its_place_and_the_entries_after_it() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    core.handle_append_entries(at(1), append(1, position(0, 0), &[1, 1, 1], 2));
    while core.next_to_apply().is_some() {}
    core.take_snapshot(2, whole(b"state"));
    disk.write_all(&mut core);
    core.handle_append_entries(at(2), append(1, position(3, 1), &[1], 2));
    disk.write_all(&mut core);
    let restored = disk.restored();
    assert_eq!(restored.snapshot.to_bytes().unwrap(), "state");
    same_log(&restored, &core);

    let rng = runtime::Rng::from_seed(1);
    let core = Core::new(crate::Config::default(), 0, 3, restored, rng, at(0));
    assert_eq!((core.commit_index, core.last_applied), (2, 2));
    assert!(!core.has_something_to_apply(), "the service loads the snapshot itself");
}

/// A service may have nothing to say: whether there is a snapshot shows in the index.
#[test]
fn an_empty_snapshot_is_one_all_the_same() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    core.handle_append_entries(at(1), append(1, position(0, 0), &[1, 1], 2));
    while core.next_to_apply().is_some() {}
    core.take_snapshot(2, whole(b""));
    disk.write_all(&mut core);
    let restored = disk.restored();
    assert_eq!((restored.log.snapshot(), restored.snapshot.length()), (position(2, 1), 0));
    let rng = runtime::Rng::from_seed(1);
    let core = Core::new(crate::Config::default(), 0, 3, restored, rng, at(0));
    assert_eq!((core.commit_index, core.last_applied), (2, 2));
}

#[test]
fn everything_written_when_a_server_starts_counts_as_durable() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    core.handle_append_entries(at(1), append(1, position(0, 0), &[1, 1], 0));
    disk.write_all(&mut core);
    assert_eq!(disk.restored().durability.durable_index(), 2);
}

// ---- Quarantine ----

#[test]
fn quarantine_survives_in_records_and_in_the_state() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    for quarantine in [
        Some(Quarantine::Asking),
        Some(Quarantine::CatchingUp { above_term: 0 }),
        Some(Quarantine::Suspected),
        None,
    ] {
        core.set_hard_state(core.term + 1, None);
        core.set_quarantine(quarantine);
        disk.write_all(&mut core);
        assert_eq!(disk.restored().quarantine, quarantine, "a record");
        core.durability.snapshot_changes(false, NewSnapshot::Whole(Bytes::new()));
        disk.write_all(&mut core);
        assert_eq!((disk.restored().quarantine, disk.0.records.len()), (quarantine, 0));
    }
}

/// A crash between the two must not leave a server that takes entries in terms in which it has voted.
#[test]
fn what_quarantine_goes_on_with_is_written_before_it() {
    let (mut core, mut disk) = (newcomer(), Disk::default());
    core.handle_append_entries(at(1), append(7, position(0, 0), &[7], 0));
    core.set_quarantine(Some(Quarantine::CatchingUp { above_term: 6 }));
    disk.write_all(&mut core);
    assert_eq!(disk.0.records.len(), 3);
    for torn in 0..3 {
        disk.0.records.truncate(2 - torn);
        assert_eq!(disk.restored().quarantine, None, "it is the last");
    }
}

#[test]
fn a_quarantine_that_the_term_contradicts_is_an_error() {
    assert_eq!(
        error(&[], &[&TERM_5, &[2, 1, 2, 5]], b""),
        "the quarantine is impossible: it is for terms above 5, but the server's is 5"
    );
    let state = [&[2], &STATE[1..], &[2, 9]].concat();
    assert!(error(&state, &[], b"").contains("terms above 9, but the server's is 5"));
}

// ---- What can't be read ----

fn error(state: &[u8], records: &[&[u8]], snapshot: &'static [u8]) -> String {
    let records = records.iter().map(|record| Bytes::copy_from_slice(record)).collect();
    let state = Bytes::copy_from_slice(state);
    let stored = Stored { state, records, snapshot: Bytes::from_static(snapshot) };
    restored(&stored).unwrap_err().to_string()
}

/// Format, term, no vote, snapshot index and term, no entries.
const STATE: [u8; 6] = [FORMAT_PLAIN, 5, 0, 4, 2, 0];
/// Record 0: term 5, no vote.
const TERM_5: [u8; 3] = [0, 5, 0];

#[test]
fn undecodable_bytes_are_named() {
    assert!(error(&[FORMAT_PLAIN, 5], &[], b"").starts_with("can't decode the saved state: "));
    let second_is_cut = error(&[], &[&TERM_5, &TERM_5[..1]], b"");
    assert!(second_is_cut.starts_with("can't decode record 1 of the journal: "), "{second_is_cut}");
    assert!(error(&[], &[&[9, 9]], b"").starts_with("can't decode record 0 of the journal: "));
}

#[test]
fn bytes_left_over_are_an_error() {
    let state = [&STATE[..], &[0, 0]].concat();
    assert_eq!(error(&state, &[], b""), "can't decode the saved state: 2 bytes are left over");
}

#[test]
fn another_format_is_an_error() {
    let state = [&[7], &STATE[1..]].concat();
    let expected =
        "the saved state is impossible: its format is 7, but this version reads 1 and 2".to_owned();
    assert_eq!(error(&state, &[], b""), expected);
}

#[test]
fn a_term_that_goes_back_is_an_error() {
    assert_eq!(
        error(&STATE, &[&[0, 4, 0]], b""),
        "record 0 of the journal is impossible: its term 4 is below 5"
    );
}

#[test]
fn a_vote_for_nobody_there_is_an_error() {
    assert_eq!(
        error(&[], &[&[0, 5, 1, 3]], b""),
        "record 0 of the journal is impossible: voted for Some(3) of 3 servers"
    );
}

#[test]
fn a_vote_that_changes_within_a_term_is_an_error() {
    let voted = [0, 5, 1, 2];
    assert_eq!(
        error(&[], &[&voted, &[0, 5, 1, 1]], b""),
        "record 1 of the journal is impossible: its vote in term 5 is Some(1), and was Some(2) before"
    );
    assert!(error(&[], &[&voted, &TERM_5], b"").contains("is None, and was Some(2)"));
    let records = [&TERM_5[..], &voted, &voted, &[0, 6, 0]].map(Bytes::copy_from_slice);
    let stored = Stored { records: records.to_vec(), ..Stored::default() };
    assert_eq!(restored(&stored).unwrap().hard_state, HardState { term: 6, voted_for: None });
}

/// Arithmetic on such a number would overflow.
#[test]
fn numbers_that_no_cluster_gets_to_are_an_error() {
    let huge = postcard::to_stdvec(&u64::MAX).unwrap();
    let term = [&[0][..], &huge, &[0]].concat();
    let said = error(&[], &[&term], b"");
    assert!(
        said.contains("its term is 18446744073709551615, but no cluster gets beyond"),
        "{said}"
    );
    let snapshot = [&[FORMAT_PLAIN, 5, 0][..], &huge, &[2, 0]].concat();
    let said = error(&snapshot, &[], b"");
    assert!(said.contains("its snapshot's index is 18446744073709551615"), "{said}");
    let first_index = [&[1][..], &huge, &[0]].concat();
    assert!(error(&[], &[&first_index], b"").contains("its first entry is 1844674407370955"));
    let entry = [&[1, 1, 1][..], &huge, &[0]].concat();
    assert!(error(&[], &[&TERM_5, &entry], b"").contains("it ends in term 1844674407370955"));
}

#[test]
fn a_gap_in_the_log_is_an_error() {
    assert_eq!(
        error(&STATE, &[&[1, 7, 0]], b""),
        "record 0 of the journal is impossible: its first entry is 7, but the log before it is 5..=4"
    );
    assert!(error(&STATE, &[&[1, 4, 0]], b"").contains("its first entry is 4"));
}

#[test]
fn terms_that_decrease_along_the_log_are_an_error() {
    assert_eq!(
        error(&STATE, &[&[1, 5, 1, 1, 0]], b""),
        "record 0 of the journal is impossible: entry 5 has term 1, but the one before it has 2"
    );
}

#[test]
fn an_entry_of_a_term_that_the_server_was_never_in_is_an_error() {
    assert_eq!(
        error(&STATE, &[&[1, 5, 1, 6, 0]], b""),
        "the log is impossible: it ends in term 6, but the server has only been in term 5"
    );
}

#[test]
fn a_snapshot_of_unknown_extent_is_an_error() {
    assert!(error(&[], &[], b"s").starts_with("the snapshot is impossible: "));
}

#[test]
fn storage_errors_are_passed_on() {
    let error = RestoreError::from(PersistError::Failed("no disk".into()));
    assert_eq!(error.to_string(), "can't read stable storage: failed: no disk");
}
