use super::*;
use crate::core::durability::Write;
use crate::core::testing::*;
use raft_api::ApplyMsg;

const PLACE: Position = Position { index: 9, term: 4 };

/// Sends a piece; returns from where on the snapshot is missing.
fn receive(core: &mut Core, args: InstallSnapshotArgs) -> Option<u64> {
    core.handle_install_snapshot(at(1), args).missing_from
}

fn handed_over(first: bool, data: &'static [u8]) -> Write {
    Write::Piece(Piece { first, data: Bytes::from_static(data) })
}

// ---- Figure 13, InstallSnapshot RPC, receiver implementation ----

#[test]
fn install_snapshot_rule_1_rejects_a_lower_term() {
    let mut core = server(5, &[1]);
    let reply = core.handle_install_snapshot(at(1), install(4, PLACE, b"s"));
    assert_eq!(reply.term, 5);
    assert_eq!((core.log.snapshot(), core.leader), (position(0, 0), None));
}

#[test]
fn install_snapshot_rule_2_begins_a_snapshot_with_its_first_piece() {
    let mut core = server(5, &[]);
    assert_eq!(receive(&mut core, piece(5, PLACE, 3, b"def", true)), Some(0), "not with another");
    assert_eq!(persist(&mut core), []);
    assert_eq!(receive(&mut core, piece(5, PLACE, 0, b"abc", false)), Some(3));
    assert_eq!(persist(&mut core), [handed_over(true, b"abc")]);
}

#[test]
fn install_snapshot_rules_3_and_4_write_a_piece_where_it_belongs_and_wait_for_more() {
    let mut core = server(5, &[]);
    receive(&mut core, piece(5, PLACE, 0, b"abc", false));
    persist(&mut core);
    assert_eq!(receive(&mut core, piece(5, PLACE, 3, b"de", false)), Some(5));
    assert_eq!(persist(&mut core), [handed_over(false, b"de")]);
    assert_eq!((core.commit_index, core.log.snapshot()), (0, position(0, 0)));
    assert!(!core.has_something_to_apply());
}

#[test]
fn install_snapshot_rule_5_saves_the_snapshot_with_its_last_piece() {
    let mut core = server(5, &[]);
    receive(&mut core, piece(5, PLACE, 0, b"abc", false));
    persist(&mut core);
    assert_eq!(receive(&mut core, piece(5, PLACE, 3, b"d", true)), None);
    let saved = Write::Save(Some(NewSnapshot::Received));
    assert_eq!(persist(&mut core), [handed_over(false, b"d"), saved]);
    assert_eq!((core.commit_index, core.log.snapshot()), (9, PLACE));
    assert!(core.has_something_to_apply());
    assert!(core.ends_receiving() && core.receiving.is_none());
}

#[test]
fn a_snapshot_in_one_piece_goes_to_the_disk_whole() {
    let mut core = server(5, &[]);
    assert_eq!(receive(&mut core, install(5, PLACE, b"whole")), None);
    assert_eq!(core.snapshot.to_bytes().unwrap(), "whole");
    assert_eq!(persist(&mut core), [Write::Save(Some(whole(b"whole")))]);
}

// ---- Pieces that are late, lost, doubled, or of another snapshot ----

#[test]
fn a_piece_that_comes_again_or_too_early_is_not_taken_and_told_what_is_missing() {
    let mut core = server(5, &[]);
    receive(&mut core, piece(5, PLACE, 0, b"abc", false));
    persist(&mut core);
    let others = [
        piece(5, PLACE, 0, b"abc", false),
        piece(5, PLACE, 2, b"cd", false),
        piece(5, PLACE, 5, b"f", true),
    ];
    for other in others {
        assert_eq!(receive(&mut core, other.clone()), Some(3), "{other:?}");
        assert_eq!(persist(&mut core), [], "{other:?}");
    }
    assert_eq!(core.log.snapshot(), position(0, 0));
}

/// The one of another leader may have other bytes, though it stands for the same entries.
#[test]
fn a_snapshot_of_a_later_leader_begins_anew() {
    let mut core = server(5, &[]);
    receive(&mut core, piece(5, PLACE, 0, b"abc", false));
    persist(&mut core);
    assert_eq!(receive(&mut core, piece(6, PLACE, 3, b"d", true)), Some(0));
    assert_eq!(receive(&mut core, piece(6, PLACE, 0, b"ABC", false)), Some(3));
    assert_eq!(persist(&mut core), [handed_over(true, b"ABC"), Write::Append]);
}

#[test]
fn a_newer_snapshot_of_the_same_leader_takes_the_place_of_an_older_one_and_not_the_reverse() {
    let mut core = server(5, &[]);
    let newer = position(12, 5);
    receive(&mut core, piece(5, PLACE, 0, b"old", false));
    persist(&mut core);
    assert_eq!(receive(&mut core, piece(5, newer, 0, b"new", false)), Some(3));
    assert_eq!(persist(&mut core), [handed_over(true, b"new")]);
    assert_eq!(receive(&mut core, piece(5, PLACE, 0, b"old", false)), Some(0));
    assert_eq!(persist(&mut core), []);
    assert_eq!(receive(&mut core, piece(5, newer, 3, b"!", true)), None);
    assert_eq!((core.commit_index, core.log.snapshot()), (12, newer));
}

#[test]
fn a_server_that_has_as_much_needs_no_more_pieces() {
    let mut core = server(5, &[1, 1, 1]);
    receive(&mut core, piece(5, position(3, 1), 0, b"abc", false));
    core.handle_append_entries(at(1), append(5, position(3, 1), &[], 3));
    persist(&mut core);
    assert_eq!(receive(&mut core, piece(5, position(3, 1), 3, b"d", true)), None);
    assert_eq!(core.log.snapshot(), position(0, 0));
    assert!(core.ends_receiving() && core.receiving.is_none());
}

#[test]
fn the_service_is_told_where_its_snapshot_is_when_it_wants_to_read_it_itself() {
    let config = crate::Config { snapshots_stay_on_disk: true, ..crate::Config::default() };
    let mut core = configured(config, 3, 5, &[]);
    receive(&mut core, install(5, PLACE, b"whole"));
    let snapshot = core.snapshot.clone();
    let told = ApplyMsg::StoredSnapshot { index: 9, term: 4, snapshot };
    assert_eq!(core.next_to_apply(), Some(told));
    assert_eq!(core.next_to_apply(), None);
}

// ---- The leader's word ----

#[test]
fn a_piece_counts_as_a_leaders_word() {
    for args in [install(5, PLACE, b"s"), piece(5, PLACE, 7, b"s", false)] {
        let mut core = server(4, &[]);
        core.handle_install_snapshot(at(300), args);
        assert_eq!((core.term, core.leader), (5, Some(1)));
        assert!(core.deadline() >= at(300) + core.config.election_timeout_min());
    }
}

#[test]
fn snapshots_that_no_leader_can_send_are_ignored() {
    let impossible = [
        InstallSnapshotArgs { leader_id: 3, ..install(5, PLACE, b"s") },
        install(5, position(u64::MAX, 4), b"s"),
        install(5, position(3, 6), b"s"),
    ];
    for args in impossible {
        let mut core = server(4, &[]);
        assert_eq!(core.handle_install_snapshot(at(1), args.clone()).term, 4, "{args:?}");
        assert_eq!(core.log.snapshot(), position(0, 0), "{args:?}");
    }
}
