use super::*;
use bytes::Bytes;

fn entry(term: u64) -> Entry {
    Entry { term, command: Bytes::from_static(b"0123456789") }
}

fn at(index: u64, term: u64) -> Position {
    Position { index, term }
}

/// Entries of these terms after a snapshot.
fn log(snapshot: Position, terms: &[u64]) -> Log {
    Log::new(snapshot, terms.iter().map(|&term| entry(term)).collect())
}

#[test]
fn an_empty_log_ends_at_index_0_of_term_0() {
    let log = Log::default();
    assert_eq!(log.last(), at(0, 0));
    assert_eq!(log.term_at(0), Some(0));
    assert_eq!(log.term_at(1), None);
    assert_eq!(log.entry(0), None);
}

#[test]
fn indices_are_1_based_and_continue_after_a_snapshot() {
    let mut log = Log::default();
    assert_eq!(log.push(entry(1)), 1);
    let mut log = Log::new(at(7, 3), vec![]);
    assert_eq!((log.last(), log.term_at(7), log.term_at(6)), (at(7, 3), Some(3), None));
    assert_eq!(log.push(entry(4)), 8);
    assert_eq!((log.term_at(8), log.entry(7)), (Some(4), None));
}

#[test]
fn a_batch_holds_at_least_one_entry_and_no_more_than_fit() {
    let log = log(at(2, 1), &[1, 1, 1, 1]);
    let each = 10 + ENTRY_OVERHEAD_BYTES;
    assert_eq!(log.batch(3, 1).len(), 1);
    assert_eq!(log.batch(3, 2 * each).len(), 2);
    assert_eq!(log.batch(3, 3 * each - 1).len(), 2);
    assert_eq!(log.batch(5, usize::MAX).len(), 2);
    assert_eq!(log.batch(7, usize::MAX).len(), 0);
}

#[test]
fn truncation_removes_the_entry_named_and_everything_after_it() {
    let mut log = log(at(2, 1), &[1, 2, 3]);
    assert_eq!(log.truncate_from(4), 2 * (10 + ENTRY_OVERHEAD_BYTES));
    assert_eq!(log.last(), at(3, 1));
    assert_eq!(log.truncate_from(4), 0);
}

#[test]
fn compaction_keeps_the_entries_after_a_snapshot_that_agrees() {
    let mut log = log(at(0, 0), &[1, 1, 2, 2]);
    log.compact(at(3, 2));
    assert_eq!((log.snapshot(), log.last()), (at(3, 2), at(4, 2)));
}

#[test]
fn compaction_drops_the_entries_after_a_snapshot_that_disagrees() {
    let mut log = log(at(0, 0), &[1, 1, 1, 1]);
    log.compact(at(3, 2));
    assert_eq!((log.snapshot(), log.last()), (at(3, 2), at(3, 2)));
}

#[test]
fn a_snapshot_beyond_the_end_replaces_the_log() {
    let mut log = log(at(0, 0), &[1, 1]);
    log.compact(at(9, 4));
    assert_eq!((log.snapshot(), log.last()), (at(9, 4), at(9, 4)));
}

#[test]
fn up_to_date_compares_terms_first_and_lengths_second() {
    let log = log(at(0, 0), &[1, 2, 2]);
    assert!(log.is_matched_by(at(3, 2)), "the same end");
    assert!(log.is_matched_by(at(4, 2)), "the same term and longer");
    assert!(log.is_matched_by(at(1, 3)), "a later term though shorter");
    assert!(!log.is_matched_by(at(2, 2)), "the same term and shorter");
    assert!(!log.is_matched_by(at(9, 1)), "an earlier term though longer");
}

#[test]
fn the_last_possible_match_skips_all_entries_of_later_terms() {
    let log = log(at(0, 0), &[1, 1, 4, 4, 5, 5]);
    assert_eq!(log.last_possible_match(at(6, 4)), at(4, 4));
    assert_eq!(log.last_possible_match(at(6, 3)), at(2, 1));
    assert_eq!(log.last_possible_match(at(9, 9)), at(6, 5));
    assert_eq!(log.last_possible_match(at(3, 9)), at(3, 4));
    assert_eq!(log.last_possible_match(at(1, 4)), at(1, 1));
    assert_eq!(log.last_possible_match(at(6, 0)), at(0, 0));
}

#[test]
fn the_last_possible_match_is_never_in_front_of_the_snapshot() {
    let log = log(at(3, 4), &[5, 5]);
    assert_eq!(log.last_possible_match(at(5, 2)), at(3, 4));
    assert_eq!(log.last_possible_match(at(1, 1)), at(3, 4));
}
