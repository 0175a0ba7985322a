use crate::core::Core;
use crate::core::durability::Write;
use crate::core::testing::*;
use crate::message::Position;
use bytes::Bytes;
use raft_api::ApplyMsg;

/// Everything that the service is handed now.
fn applied(core: &mut Core) -> Vec<ApplyMsg> {
    std::iter::from_fn(|| core.next_to_apply()).collect()
}

/// A follower of term 5 that has applied `log` up to `applied_index`.
fn follower(log: &[u64], applied_index: u64) -> Core {
    let mut core = server(5, log);
    core.commit_index = applied_index;
    applied(&mut core);
    core
}

fn snapshot_message(place: Position, data: &'static [u8]) -> ApplyMsg {
    let snapshot = Bytes::from_static(data);
    ApplyMsg::Snapshot { index: place.index, term: place.term, snapshot }
}

// ---- Figure 13, InstallSnapshot RPC, receiver implementation ----

#[test]
fn install_snapshot_rule_5_replaces_a_snapshot_with_a_smaller_index_on_disk() {
    let mut core = follower(&[1, 1], 2);
    core.take_snapshot(1, whole(b"old"));
    persist(&mut core);
    core.handle_install_snapshot(at(1), install(5, position(9, 4), b"new"));
    assert_eq!(persist(&mut core), [Write::Save(Some(whole(b"new")))]);
}

#[test]
fn install_snapshot_rule_6_keeps_entries_after_one_that_agrees() {
    let mut core = follower(&[1, 2, 4, 4], 1);
    core.handle_install_snapshot(at(1), install(5, position(3, 4), b"s"));
    assert_eq!((core.log.snapshot(), terms(&core)), (position(3, 4), vec![4]));
}

#[test]
fn install_snapshot_rule_7_discards_a_log_that_disagrees() {
    let mut core = follower(&[1, 2, 3, 3], 1);
    core.handle_install_snapshot(at(1), install(5, position(3, 4), b"s"));
    assert_eq!((core.log.snapshot(), terms(&core)), (position(3, 4), vec![]));
    let mut core = follower(&[1], 1);
    core.handle_install_snapshot(at(1), install(5, position(3, 4), b"s"));
    assert_eq!((core.log.snapshot(), terms(&core)), (position(3, 4), vec![]));
}

#[test]
fn install_snapshot_rule_8_hands_the_service_the_snapshot_and_then_what_follows() {
    let mut core = follower(&[1], 1);
    core.handle_install_snapshot(at(1), install(5, position(3, 4), b"s"));
    core.handle_append_entries(at(2), append(5, position(3, 4), &[5], 4));
    let command = Bytes::from_static(b"term 5");
    assert_eq!(
        applied(&mut core),
        [snapshot_message(position(3, 4), b"s"), ApplyMsg::Command { index: 4, term: 5, command }]
    );
    assert_eq!((core.commit_index, core.last_applied), (4, 4));
}

// ---- Late, repeated and reordered snapshots ----

#[test]
fn an_older_snapshot_never_replaces_a_newer_one() {
    let mut core = follower(&[], 0);
    core.handle_install_snapshot(at(1), install(5, position(9, 4), b"new"));
    core.handle_install_snapshot(at(2), install(5, position(7, 4), b"old"));
    assert_eq!((core.commit_index, core.log.snapshot()), (9, position(9, 4)));
    assert_eq!(applied(&mut core), [snapshot_message(position(9, 4), b"new")]);
}

#[test]
fn a_snapshot_that_entries_have_overtaken_changes_nothing() {
    let mut core = follower(&[1, 2, 4], 2);
    persist(&mut core);
    core.handle_install_snapshot(at(1), install(5, position(2, 2), b"s"));
    assert_eq!((core.log.snapshot(), terms(&core)), (position(0, 0), vec![1, 2, 4]));
    assert_eq!((applied(&mut core), persist(&mut core)), (vec![], vec![]));
}

// ---- The service's own snapshots (section 7) ----

#[test]
fn a_snapshot_replaces_the_log_up_to_its_index_with_that_entrys_term() {
    let mut core = follower(&[1, 2, 2, 3], 3);
    core.take_snapshot(2, whole(b"s"));
    assert_eq!((core.log.snapshot(), terms(&core)), (position(2, 2), vec![2, 3]));
    assert_eq!((core.commit_index, core.last_applied), (3, 3));
    assert!(core.handle_append_entries(at(1), append(5, position(2, 2), &[2], 0)).success);
}

/// A crash in between must not find the log cut and the snapshot missing.
#[test]
fn log_and_snapshot_are_replaced_on_disk_in_one_write() {
    let mut core = follower(&[1, 2, 2, 3], 3);
    persist(&mut core);
    core.take_snapshot(2, whole(b"s"));
    assert_eq!(persist(&mut core), [Write::Compact(whole(b"s"))]);
}

#[test]
fn a_snapshot_of_what_has_not_been_applied_or_is_in_one_already_is_ignored() {
    let mut core = follower(&[1, 1, 1], 2);
    core.take_snapshot(3, whole(b"too far"));
    assert_eq!(core.log.snapshot(), position(0, 0));
    core.take_snapshot(2, whole(b"right"));
    core.take_snapshot(1, whole(b"too late"));
    core.take_snapshot(2, whole(b"again"));
    assert_eq!(core.log.snapshot(), position(2, 1));
    assert_eq!(core.snapshot.to_bytes().unwrap(), "right");
}

#[test]
fn a_snapshot_of_the_service_is_not_handed_back_to_it() {
    let mut core = follower(&[1, 1], 2);
    core.take_snapshot(2, whole(b"s"));
    assert!(!core.has_something_to_apply());
}
