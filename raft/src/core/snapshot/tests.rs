use super::*;
use crate::core::Role;
use crate::core::durability::Write;
use crate::core::testing::*;
use crate::message::Outgoing;
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
fn install_snapshot_rule_1_rejects_a_lower_term() {
    let mut core = follower(&[1], 0);
    let reply = core.handle_install_snapshot(at(1), install(4, position(9, 4), b"s"));
    assert_eq!(reply.term, 5);
    assert_eq!((core.log.snapshot(), core.leader), (position(0, 0), None));
}

/// Rules 2 to 4 are about chunks; here a snapshot comes in one piece.
#[test]
fn install_snapshot_rules_2_to_4_one_message_is_the_whole_snapshot() {
    let mut core = follower(&[], 0);
    let reply = core.handle_install_snapshot(at(1), install(5, position(9, 4), b"whole"));
    assert_eq!(reply.term, 5);
    assert_eq!(&core.snapshot[..], b"whole");
}

#[test]
fn install_snapshot_rule_5_replaces_a_snapshot_with_a_smaller_index_on_disk() {
    let mut core = follower(&[1, 1], 2);
    core.take_snapshot(1, Bytes::from_static(b"old"));
    persist(&mut core);
    core.handle_install_snapshot(at(1), install(5, position(9, 4), b"new"));
    assert_eq!(persist(&mut core), [Write::Save(Some(Bytes::from_static(b"new")))]);
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

#[test]
fn a_snapshot_counts_as_a_leaders_word() {
    let mut core = server(4, &[]);
    core.handle_install_snapshot(at(300), install(5, position(3, 4), b"s"));
    assert_eq!((core.term, core.leader), (5, Some(1)));
    assert!(core.deadline() >= at(300) + core.config.election_timeout_min());
}

#[test]
fn snapshots_that_no_leader_can_send_are_ignored() {
    let impossible = [
        InstallSnapshotArgs { leader_id: 3, ..install(5, position(3, 4), b"s") },
        install(5, position(u64::MAX, 4), b"s"),
        install(5, position(3, 6), b"s"),
    ];
    for args in impossible {
        let mut core = server(4, &[]);
        assert_eq!(core.handle_install_snapshot(at(1), args.clone()).term, 4, "{args:?}");
        assert_eq!(core.log.snapshot(), position(0, 0), "{args:?}");
    }
}

// ---- The service's own snapshots (section 7) ----

#[test]
fn a_snapshot_replaces_the_log_up_to_its_index_with_that_entrys_term() {
    let mut core = follower(&[1, 2, 2, 3], 3);
    core.take_snapshot(2, Bytes::from_static(b"s"));
    assert_eq!((core.log.snapshot(), terms(&core)), (position(2, 2), vec![2, 3]));
    assert_eq!((core.commit_index, core.last_applied), (3, 3));
    assert!(core.handle_append_entries(at(1), append(5, position(2, 2), &[2], 0)).success);
}

/// A crash in between must not find the log cut and the snapshot missing.
#[test]
fn log_and_snapshot_are_replaced_on_disk_in_one_write() {
    let mut core = follower(&[1, 2, 2, 3], 3);
    persist(&mut core);
    core.take_snapshot(2, Bytes::from_static(b"s"));
    assert_eq!(persist(&mut core), [Write::Compact(Bytes::from_static(b"s"))]);
}

#[test]
fn a_snapshot_of_what_has_not_been_applied_or_is_in_one_already_is_ignored() {
    let mut core = follower(&[1, 1, 1], 2);
    core.take_snapshot(3, Bytes::from_static(b"too far"));
    assert_eq!(core.log.snapshot(), position(0, 0));
    core.take_snapshot(2, Bytes::from_static(b"right"));
    core.take_snapshot(1, Bytes::from_static(b"too late"));
    core.take_snapshot(2, Bytes::from_static(b"again"));
    assert_eq!((core.log.snapshot(), &core.snapshot[..]), (position(2, 1), &b"right"[..]));
}

#[test]
fn a_snapshot_of_the_service_is_not_handed_back_to_it() {
    let mut core = follower(&[1, 1], 2);
    core.take_snapshot(2, Bytes::from_static(b"s"));
    assert!(!core.has_something_to_apply());
}

// ---- The leader's side ----

/// A leader of term 5 whose log of four entries is in a snapshot, about to refresh server 1.
fn leader_with_a_snapshot() -> (Core, Instant) {
    let (mut core, now) = leader(5, &[1, 2, 2, 4]);
    core.commit_index = 4;
    applied(&mut core);
    core.take_snapshot(4, Bytes::from_static(b"s"));
    let (_, heartbeat) = flushed_to_with_heartbeat(&mut core, now);
    let refusal = crate::message::AppendEntriesReply {
        term: 5,
        success: false,
        last_of_terms: vec![position(1, 1), position(0, 0)],
    };
    core.handle_append_reply(now, 1, &heartbeat, Some(&refusal));
    (core, now)
}

fn flushed_to_with_heartbeat(
    core: &mut Core,
    now: Instant,
) -> (crate::message::AppendEntriesArgs, crate::core::progress::Sent) {
    if let Role::Leader(progress) = &mut core.role {
        progress[1].heartbeat_due = true;
    }
    flushed_to(core, now, 1).remove(0)
}

fn installs(core: &mut Core, now: Instant) -> Vec<InstallSnapshotArgs> {
    core.flush(now);
    let requests = sent(core).into_iter().filter_map(|request| match request {
        Outgoing::InstallSnapshot { to: 1, args } => Some(args),
        _ => None,
    });
    requests.collect()
}

#[test]
fn a_leader_sends_its_snapshot_to_a_server_that_lacks_compacted_entries() {
    let (mut core, now) = leader_with_a_snapshot();
    let expected = InstallSnapshotArgs { leader_id: 0, ..install(5, position(4, 4), b"s") };
    assert_eq!(installs(&mut core, now), [expected]);
}

#[test]
fn one_snapshot_at_a_time_is_under_way_to_a_server() {
    let (mut core, now) = leader_with_a_snapshot();
    assert_eq!(installs(&mut core, now).len(), 1);
    core.start(Bytes::from_static(b"more")).unwrap();
    assert_eq!(installs(&mut core, now), []);
    core.handle_snapshot_reply(now, 1, (5, 4), None);
    assert_eq!(installs(&mut core, now).len(), 1, "the first is lost");
}

#[test]
fn heartbeats_go_on_while_a_snapshot_is_under_way() {
    let (mut core, now) = leader_with_a_snapshot();
    installs(&mut core, now);
    let (heartbeat, _) = flushed_to_with_heartbeat(&mut core, now);
    assert_eq!((heartbeat.prev_log_index, heartbeat.prev_log_term), (4, 4));
    assert_eq!(heartbeat.entries, []);
}

#[test]
fn after_its_snapshot_a_server_is_sent_what_follows() {
    let (mut core, now) = leader_with_a_snapshot();
    installs(&mut core, now);
    core.start(Bytes::from_static(b"more")).unwrap();
    core.handle_snapshot_reply(now, 1, (5, 4), Some(&InstallSnapshotReply { term: 5 }));
    assert_eq!(progress(&core, 1).match_index, 4);
    let (args, _) = flushed_to(&mut core, now, 1).remove(0);
    assert_eq!((args.prev_log_index, args.entries.len()), (4, 1));
}

#[test]
fn a_snapshot_reply_of_an_earlier_term_is_ignored_and_of_a_later_one_deposes() {
    let (mut core, now) = leader_with_a_snapshot();
    core.handle_snapshot_reply(now, 1, (4, 4), Some(&InstallSnapshotReply { term: 5 }));
    assert_eq!(progress(&core, 1).match_index, 0);
    core.handle_snapshot_reply(now, 1, (5, 4), Some(&InstallSnapshotReply { term: 8 }));
    assert!(matches!(core.role, Role::Follower));
    assert_eq!(core.term, 8);
}
