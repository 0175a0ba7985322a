use super::*;
use crate::core::testing::{entries, whole};
use crate::message::Position;

/// A disk and the memory in front of it.
struct Server {
    durability: Durability,
    hard_state: HardState,
    log: Log,
}

impl Server {
    fn new() -> Server {
        Server {
            durability: Durability::default(),
            hard_state: HardState::default(),
            log: Log::default(),
        }
    }

    fn push(&mut self, terms: &[u64]) {
        entries(terms).into_iter().for_each(|entry| {
            self.log.push(entry);
        });
    }

    fn truncate_from(&mut self, index: u64) {
        let freed_bytes = self.log.truncate_from(index);
        self.durability.log_was_cut(index - 1, freed_bytes);
    }

    fn writes(&mut self) -> Vec<Write> {
        let mut buffer = Vec::new();
        let Server { durability, hard_state, log } = self;
        std::iter::from_fn(|| durability.next_write(*hard_state, None, log, &mut buffer)).collect()
    }
}

#[test]
fn nothing_has_changed_and_nothing_is_written() {
    assert_eq!(Server::new().writes(), []);
}

#[test]
fn a_batch_of_entries_is_one_record_and_term_and_vote_another() {
    let mut server = Server::new();
    server.push(&[1, 1, 1]);
    server.durability.hard_state_changes();
    assert_eq!(server.writes(), [Write::Append, Write::Append]);
    assert_eq!(server.writes(), []);
}

#[test]
fn entries_are_durable_only_after_a_sync_that_began_when_they_were_written() {
    let mut server = Server::new();
    server.push(&[1]);
    server.writes();
    let mark = server.durability.mark();
    server.push(&[1]);
    server.writes();
    assert_eq!(server.durability.durable_index(), 0);
    assert!(server.durability.synced(mark));
    assert_eq!(server.durability.durable_index(), 1);
}

#[test]
fn entries_that_were_not_written_yet_are_not_durable_after_a_sync() {
    let mut server = Server::new();
    server.push(&[1]);
    let mark = server.durability.mark();
    assert!(!server.durability.synced(mark));
    assert_eq!(server.durability.durable_index(), 0);
}

#[test]
fn a_sync_that_began_before_a_truncation_says_nothing_about_what_came_after() {
    let mut server = Server::new();
    server.push(&[1, 1]);
    server.writes();
    let before = server.durability.mark();
    server.truncate_from(2);
    server.push(&[2]);
    server.writes();
    assert!(!server.durability.synced(before));
    assert_eq!(server.durability.durable_index(), 0);
    let after = server.durability.mark();
    assert!(server.durability.synced(after));
    assert_eq!(server.durability.durable_index(), 2);
}

#[test]
fn truncation_takes_durable_entries_back() {
    let mut server = Server::new();
    server.push(&[1, 1, 1]);
    server.writes();
    let mark = server.durability.mark();
    server.durability.synced(mark);
    server.truncate_from(2);
    assert_eq!(server.durability.durable_index(), 1);
}

#[test]
fn a_late_sync_does_not_take_back_a_later_one() {
    let mut server = Server::new();
    server.push(&[1]);
    server.writes();
    let first = server.durability.mark();
    server.push(&[1]);
    server.writes();
    let second = server.durability.mark();
    assert!(server.durability.synced(second));
    assert!(!server.durability.synced(first));
    assert_eq!(server.durability.durable_index(), 2);
}

#[test]
fn a_snapshot_goes_to_disk_with_what_is_left_of_the_log_in_one_write_after_what_is_new() {
    let mut server = Server::new();
    server.push(&[1, 1, 1]);
    server.writes();
    server.push(&[1]);
    server.durability.hard_state_changes();
    server.log.compact(Position { index: 2, term: 1 });
    server.durability.snapshot_changes(true, whole(b"s"));
    let compact = Write::Compact(whole(b"s"));
    assert_eq!(server.writes(), [Write::Append, Write::Append, compact]);
}

#[test]
fn a_snapshot_that_replaces_the_log_is_durable_only_after_a_sync_of_its_own() {
    let mut server = Server::new();
    server.push(&[1, 1]);
    server.writes();
    let before = server.durability.mark();
    server.log.compact(Position { index: 2, term: 3 });
    server.durability.snapshot_changes(false, whole(b"s"));
    assert_eq!(server.writes(), [Write::Save(Some(whole(b"s")))]);
    assert!(!server.durability.synced(before));
    assert_eq!(server.durability.durable_index(), 0);
    let after = server.durability.mark();
    assert!(server.durability.synced(after));
    assert_eq!(server.durability.durable_index(), 2);
}

#[test]
fn the_journal_is_rewritten_when_most_of_it_is_dead_and_not_before() {
    let mut server = Server::new();
    server.push(&[1; 100]);
    server.writes();
    let mut appended = 0;
    loop {
        server.hard_state.term += 1;
        server.durability.hard_state_changes();
        match server.writes().as_slice() {
            [Write::Append] => appended += 1,
            [Write::Save(None)] => break,
            other => panic!("unexpected writes: {other:?}"),
        }
        assert!(appended < 1000, "the journal grows and grows");
    }
    assert!(appended > 50, "rewritten after only {appended} records");
}

#[test]
fn appending_never_rewrites_a_log_that_is_alive() {
    let mut server = Server::new();
    for _ in 0..10_000 {
        server.push(&[1]);
        assert_eq!(server.writes(), [Write::Append]);
    }
}

#[test]
fn a_log_that_is_replaced_again_and_again_is_rewritten_in_the_end() {
    let mut server = Server::new();
    let saves = (1..=1000).map(|term| {
        server.push(&[term; 3]);
        let writes = server.writes();
        server.truncate_from(1);
        writes.into_iter().filter(|write| *write == Write::Save(None)).count()
    });
    let saves: usize = saves.sum();
    assert!((10..200).contains(&saves), "{saves} rewrites for 1000 replacements");
}
