use super::*;
use crate::core::testing::*;
use crate::core::{Core, Role};
use crate::message::{
    AppendEntriesArgs, AppendEntriesReply, InstallSnapshotArgs, InstallSnapshotReply, Outgoing,
};
use crate::{Config, core::progress::Sent};
use bytes::Bytes;

/// A leader of term 5 whose log of four entries is in a snapshot, about to refresh server 1.
fn leader_with_a_snapshot(snapshot: &'static [u8], piece_bytes_max: usize) -> (Core, Instant) {
    let config = Config { snapshot_piece_bytes_max: piece_bytes_max, ..Config::default() };
    let (mut core, now) = elect(configured(config, 3, 4, &[1, 2, 2, 4]));
    core.commit_index = 4;
    while core.next_to_apply().is_some() {}
    core.take_snapshot(4, whole(snapshot));
    let (_, heartbeat) = flushed_to_with_heartbeat(&mut core, now);
    let last_of_terms = vec![position(1, 1), position(0, 0)];
    let refusal = AppendEntriesReply { term: 5, success: false, last_of_terms };
    core.handle_append_reply(now, 1, &heartbeat, Some(&refusal));
    (core, now)
}

fn flushed_to_with_heartbeat(core: &mut Core, now: Instant) -> (AppendEntriesArgs, Sent) {
    if let Role::Leader(progress) = &mut core.role {
        progress[1].heartbeat_due = true;
    }
    flushed_to(core, now, 1).remove(0)
}

/// What server 1 is sent of snapshots: offset, bytes, whether it is the last.
fn pieces(core: &mut Core, now: Instant) -> Vec<(u64, Bytes, bool)> {
    core.flush(now);
    let requests = sent(core).into_iter().filter_map(|request| match request {
        Outgoing::InstallSnapshot { to: 1, piece } => Some(piece.read().unwrap()),
        _ => None,
    });
    requests.map(|args| (args.offset, args.data, args.done)).collect()
}

fn answer(core: &mut Core, now: Instant, offset: u64, missing_from: Option<u64>) {
    let sent = PieceSent { term: 5, index: 4, offset };
    let reply = InstallSnapshotReply { term: 5, missing_from };
    core.handle_snapshot_reply(now, 1, &sent, Some(&reply));
}

fn lose(core: &mut Core, now: Instant, offset: u64) {
    core.handle_snapshot_reply(now, 1, &PieceSent { term: 5, index: 4, offset }, None);
}

#[test]
fn a_leader_sends_its_snapshot_to_a_server_that_lacks_compacted_entries() {
    let (mut core, now) = leader_with_a_snapshot(b"s", 100);
    core.flush(now);
    let Some(Outgoing::InstallSnapshot { to: 1, piece }) = sent(&mut core).pop() else {
        panic!("no snapshot")
    };
    let expected = InstallSnapshotArgs { leader_id: 0, ..install(5, position(4, 4), b"s") };
    assert_eq!(piece.read().unwrap(), expected);
}

#[test]
fn a_snapshot_goes_out_piece_by_piece_each_after_the_one_before_has_arrived() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    assert_eq!(pieces(&mut core, now), [(0, "abc".into(), false)]);
    assert_eq!(pieces(&mut core, now), []);
    answer(&mut core, now, 0, Some(3));
    assert_eq!(pieces(&mut core, now), [(3, "def".into(), false)]);
    answer(&mut core, now, 3, Some(6));
    assert_eq!(pieces(&mut core, now), [(6, "g".into(), true)]);
    assert_eq!(progress(&core, 1).match_index, 0);
    answer(&mut core, now, 6, None);
    assert_eq!(progress(&core, 1).match_index, 4);
    assert_eq!(pieces(&mut core, now), []);
}

#[test]
fn an_empty_snapshot_is_one_piece() {
    let (mut core, now) = leader_with_a_snapshot(b"", 3);
    assert_eq!(pieces(&mut core, now), [(0, Bytes::new(), true)]);
}

#[test]
fn a_piece_that_is_lost_is_sent_again_and_the_others_are_not() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    pieces(&mut core, now);
    answer(&mut core, now, 0, Some(3));
    pieces(&mut core, now);
    lose(&mut core, now, 3);
    assert_eq!(pieces(&mut core, now), [(3, "def".into(), false)]);
}

#[test]
fn a_piece_without_a_reply_for_the_timeout_is_sent_again() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    pieces(&mut core, now);
    answer(&mut core, now, 0, Some(3));
    pieces(&mut core, now);
    let later = now + core.config.rpc_timeout();
    core.round_deadline = later;
    core.tick(later);
    let is_second = |request: &Outgoing| matches!(request, Outgoing::InstallSnapshot { to: 1, piece } if piece.offset == 3);
    assert_eq!(sent(&mut core).iter().filter(|request| is_second(request)).count(), 1);
}

#[test]
fn a_transfer_goes_on_where_the_receiver_is() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    pieces(&mut core, now);
    answer(&mut core, now, 0, Some(3));
    pieces(&mut core, now);
    // It has crashed, and begins again.
    answer(&mut core, now, 3, Some(0));
    assert_eq!(pieces(&mut core, now), [(0, "abc".into(), false)]);
    // The reply to its second piece was lost, and this is a copy of the first one.
    answer(&mut core, now, 0, Some(6));
    assert_eq!(pieces(&mut core, now), [(6, "g".into(), true)]);
}

#[test]
fn replies_to_other_pieces_say_nothing_about_the_one_under_way() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    pieces(&mut core, now);
    answer(&mut core, now, 0, Some(3));
    pieces(&mut core, now);
    answer(&mut core, now, 0, Some(3));
    assert_eq!(pieces(&mut core, now), [], "a late reply to the first");
    answer(&mut core, now, 3, Some(100));
    assert_eq!(pieces(&mut core, now), [], "there is no such place in the snapshot");
}

#[test]
fn a_receiver_that_does_not_take_a_piece_is_not_sent_it_at_once_again() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    pieces(&mut core, now);
    answer(&mut core, now, 0, Some(0));
    assert_eq!(pieces(&mut core, now), []);
}

/// Leaders that take snapshots faster than they can send one bring a server up to date all the same.
#[test]
fn a_transfer_that_has_begun_is_finished_before_that_of_a_newer_snapshot_begins() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    pieces(&mut core, now);
    core.start(Bytes::from_static(b"more")).unwrap();
    persist(&mut core);
    core.commit_index = 5;
    while core.next_to_apply().is_some() {}
    core.take_snapshot(5, whole(b"xyz"));
    answer(&mut core, now, 0, Some(3));
    assert_eq!(pieces(&mut core, now), [(3, "def".into(), false)]);
    answer(&mut core, now, 3, Some(6));
    pieces(&mut core, now);
    answer(&mut core, now, 6, None);
    assert_eq!(pieces(&mut core, now), [(0, "xyz".into(), true)]);
}

#[test]
fn a_server_that_may_be_down_is_sent_the_newest_snapshot_when_it_is_back() {
    let (mut core, now) = leader_with_a_snapshot(b"abcdefg", 3);
    pieces(&mut core, now);
    answer(&mut core, now, 0, Some(3));
    for _ in 0..2 {
        pieces(&mut core, now);
        lose(&mut core, now, 3);
    }
    assert_eq!(pieces(&mut core, now), [], "it is silent");
    core.start(Bytes::from_static(b"more")).unwrap();
    persist(&mut core);
    core.commit_index = 5;
    while core.next_to_apply().is_some() {}
    core.take_snapshot(5, whole(b"xyz"));
    let (_, heartbeat) = flushed_to_with_heartbeat(&mut core, now);
    let refusal = AppendEntriesReply { term: 5, success: false, last_of_terms: vec![] };
    core.handle_append_reply(now, 1, &heartbeat, Some(&refusal));
    assert_eq!(pieces(&mut core, now), [(0, "xyz".into(), true)]);
}

#[test]
fn heartbeats_go_on_while_a_snapshot_is_under_way() {
    let (mut core, now) = leader_with_a_snapshot(b"s", 100);
    pieces(&mut core, now);
    let (heartbeat, _) = flushed_to_with_heartbeat(&mut core, now);
    assert_eq!((heartbeat.prev_log_index, heartbeat.prev_log_term), (4, 4));
    assert_eq!(heartbeat.entries, []);
}

#[test]
fn after_its_snapshot_a_server_is_sent_what_follows() {
    let (mut core, now) = leader_with_a_snapshot(b"s", 100);
    pieces(&mut core, now);
    core.start(Bytes::from_static(b"more")).unwrap();
    answer(&mut core, now, 0, None);
    let (args, _) = flushed_to(&mut core, now, 1).remove(0);
    assert_eq!((args.prev_log_index, args.entries.len()), (4, 1));
}

#[test]
fn a_reply_of_an_earlier_term_is_ignored_and_of_a_later_one_deposes() {
    let (mut core, now) = leader_with_a_snapshot(b"s", 100);
    pieces(&mut core, now);
    let sent = |term| PieceSent { term, index: 4, offset: 0 };
    let reply = |term| InstallSnapshotReply { term, missing_from: None };
    core.handle_snapshot_reply(now, 1, &sent(4), Some(&reply(5)));
    core.handle_snapshot_reply(now, 1, &sent(5), Some(&reply(4)));
    assert_eq!(progress(&core, 1).match_index, 0);
    core.handle_snapshot_reply(now, 1, &sent(5), Some(&reply(8)));
    assert!(matches!(core.role, Role::Follower));
    assert_eq!(core.term, 8);
}
