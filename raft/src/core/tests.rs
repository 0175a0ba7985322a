use super::*;
use crate::core::testing::*;
use crate::core::transfer::PieceSent;
use crate::message::{AppendEntriesReply, InstallSnapshotReply, RequestVoteReply};

fn applied(core: &mut Core) -> Vec<u64> {
    let messages = std::iter::from_fn(|| core.next_to_apply());
    messages.map(|message| message.index()).collect()
}

/// Figure 2, Rules for Servers, all servers: if the commit index is above last applied, apply.
#[test]
fn all_servers_rule_1_applies_what_is_committed_once_and_in_order() {
    let mut core = server(5, &[1, 1, 2, 5]);
    assert!(!core.has_something_to_apply());
    core.commit_index = 3;
    assert!(core.has_something_to_apply());
    assert_eq!(applied(&mut core), [1, 2, 3]);
    assert!(applied(&mut core).is_empty());
    core.commit_index = 4;
    assert_eq!(applied(&mut core), [4]);
    assert_eq!(core.last_applied, 4);
}

#[test]
fn a_snapshot_is_handed_over_before_the_commands_after_it() {
    let mut core = server(5, &[]);
    core.handle_install_snapshot(at(1), install(5, position(7, 2), b"s"));
    core.handle_append_entries(at(2), append(5, position(7, 2), &[5, 5], 9));
    assert_eq!(applied(&mut core), [7, 8, 9]);
}

#[test]
fn a_snapshot_overtakes_commands_that_were_not_handed_over_yet() {
    let mut core = server(5, &[1, 1, 1]);
    core.commit_index = 2;
    core.handle_install_snapshot(at(1), install(5, position(7, 2), b"s"));
    assert_eq!(applied(&mut core), [7]);
}

#[test]
fn only_a_leader_accepts_commands() {
    let mut core = newcomer();
    let command = Bytes::from_static(b"x");
    assert_eq!(core.start(command.clone()), Err(StartError::NotLeader(NotLeader { leader: None })));
    core.handle_append_entries(at(1), append(1, position(0, 0), &[], 0));
    assert_eq!(
        core.start(command.clone()),
        Err(StartError::NotLeader(NotLeader { leader: Some(1) }))
    );
    assert_eq!(core.log.last_index(), 0);
    let (mut core, _) = leader(3, &[1]);
    assert_eq!(core.start(command), Ok(Started { index: 2, term: 3 }));
}

#[test]
fn a_new_leader_adds_no_entry_of_its_own() {
    let (core, _) = leader(3, &[1, 2]);
    assert_eq!(terms(&core), [1, 2]);
}

#[test]
fn a_server_alone_commits_what_is_durable() {
    let (mut core, _) = elect(server_of(1, 0, &[]));
    core.start(Bytes::from_static(b"x")).unwrap();
    assert_eq!(core.commit_index, 0);
    persist(&mut core);
    assert_eq!(core.commit_index, 1);
}

#[test]
fn a_tick_before_anything_is_due_does_nothing() {
    let mut core = newcomer();
    core.tick(at(1));
    assert_eq!((core.term, sent(&mut core)), (0, vec![]));
    let (mut core, now) = leader(3, &[]);
    core.tick(now);
    assert_eq!(sent(&mut core), []);
}

#[test]
fn an_inspection_shows_the_fields_of_figure_2_and_both_ends_of_the_log() {
    let mut core = server(5, &[1, 2, 2, 4]);
    core.commit_index = 2;
    applied(&mut core);
    core.commit_index = 3;
    core.take_snapshot(2, whole(b"s"));
    core.handle_request_vote(at(1), &vote_request(2, 6, 4, 4));
    assert_eq!(
        core.inspect(),
        Inspection {
            term: 6,
            voted_for: Some(2),
            role: RoleName::Follower,
            commit_index: 3,
            last_applied: 2,
            snapshot_index: 2,
            snapshot_term: 2,
            last_index: 4,
            last_term: 4,
        }
    );
}

/// One message must not take a cluster to where no term comes after.
#[test]
fn a_term_that_no_cluster_can_have_got_to_is_not_believed() {
    let limit = 5 + TERMS_AHEAD_MAX;
    let asks = |core: &mut Core, term| {
        core.handle_request_vote(at(1), &vote_request(2, term, 9, 5)).vote_granted
    };
    let appends = |core: &mut Core, term| {
        core.handle_append_entries(at(1), append(term, position(0, 0), &[], 0)).success
    };
    let installs = |core: &mut Core, term| {
        core.handle_install_snapshot(at(1), install(term, position(9, 5), b"s"));
        core.log.snapshot().index == 9
    };
    type Request = fn(&mut Core, u64) -> bool;
    for request in [asks, appends, installs] as [Request; 3] {
        let mut core = server(5, &[]);
        assert!(!request(&mut core, limit + 1));
        assert_eq!((core.term, core.leader, persist(&mut core)), (5, None, vec![]));
        assert!(request(&mut core, limit));
        assert_eq!(core.term, limit);
    }
}

#[test]
fn a_reply_with_such_a_term_makes_no_follower() {
    let vote = |core: &mut Core, term| {
        let asked = vote_request(0, core.term, 0, 0);
        let reply = RequestVoteReply { term, vote_granted: true };
        core.handle_vote_reply(at(1), 1, &asked, &reply);
    };
    let append = |core: &mut Core, term| {
        let (_, sent) = flushed_to(core, at(1), 1).remove(0);
        let reply = AppendEntriesReply { term, success: true, last_of_terms: vec![] };
        core.handle_append_reply(at(1), 1, &sent, Some(&reply));
    };
    let snapshot = |core: &mut Core, term| {
        let reply = InstallSnapshotReply { term, missing_from: None };
        let sent = PieceSent { term: core.term, index: 1, offset: 0 };
        core.handle_snapshot_reply(at(1), 1, &sent, Some(&reply));
    };
    type Reply = fn(&mut Core, u64);
    for reply in [vote, append, snapshot] as [Reply; 3] {
        let (mut core, _) = leader(6, &[]);
        core.start(Bytes::from_static(b"x")).unwrap();
        let limit = 6 + TERMS_AHEAD_MAX;
        reply(&mut core, limit + 1);
        assert_eq!((core.role_name(), core.term), (RoleName::Leader, 6));
        core.start(Bytes::from_static(b"x")).unwrap();
        reply(&mut core, limit);
        assert_eq!((core.role_name(), core.term), (RoleName::Follower, limit));
    }
}
