//! Pre-vote and check-quorum (Raft dissertation, sections 9.6, 6.2 and 4.2.3).

use super::*;

fn pre_voting() -> Config {
    Config { pre_vote: true, ..Config::default() }
}

fn pre_vote_request(term: u64, index: u64, log_term: u64) -> RequestVoteArgs {
    RequestVoteArgs { pre_vote: true, ..vote_request(1, term, index, log_term) }
}

#[test]
fn a_pre_candidate_asks_about_the_next_term_and_changes_nothing() {
    let mut core = configured(pre_voting(), 3, 4, &[4]);
    core.tick(core.election_deadline);
    assert_eq!((core.term, core.voted_for), (4, None));
    let expected = RequestVoteArgs { candidate_id: 0, ..pre_vote_request(5, 1, 4) };
    assert_eq!(vote_requests(&mut core), [(1, expected.clone()), (2, expected)]);
    assert_eq!(persist(&mut core), []);
}

#[test]
fn a_pre_candidate_with_a_majority_stands_for_election() {
    let mut core = configured(pre_voting(), 3, 4, &[4]);
    core.tick(core.election_deadline);
    let (_, asked) = vote_requests(&mut core).remove(0);
    core.handle_vote_reply(at(500), 1, &asked, &granted(4));
    assert!(matches!(core.role, Role::Candidate(_)));
    assert_eq!(core.term, 5);
    assert!(vote_requests(&mut core).iter().all(|(_, args)| !args.pre_vote && args.term == 5));
    core.handle_vote_reply(at(500), 2, &asked, &granted(4));
    assert!(matches!(core.role, Role::Candidate(_)), "a pre-vote is no vote");
}

#[test]
fn a_pre_vote_is_refused_while_there_is_a_leader() {
    let mut core = server(4, &[4]);
    core.handle_append_entries(at(10), append(4, position(1, 4), &[], 0));
    let asked = pre_vote_request(5, 1, 4);
    assert_eq!(core.handle_request_vote(at(100), &asked), refused(4));
    assert_eq!(core.handle_request_vote(at(360), &asked), granted(4));
    let (mut core, now) = leader(4, &[]);
    assert_eq!(core.handle_request_vote(now, &pre_vote_request(9, 1, 4)), refused(4));
}

#[test]
fn a_pre_vote_needs_a_later_term_and_an_up_to_date_log() {
    let mut core = server(4, &[4]);
    let granted = |core: &mut Core, asked| core.handle_request_vote(at(1), &asked).vote_granted;
    assert!(!granted(&mut core, pre_vote_request(4, 1, 4)));
    assert!(!granted(&mut core, pre_vote_request(5, 0, 0)));
    assert!(granted(&mut core, pre_vote_request(5, 1, 4)));
    assert_eq!((core.term, core.voted_for), (4, None));
}

#[test]
fn with_check_quorum_a_server_that_hears_a_leader_does_not_vote() {
    let config = Config { check_quorum: true, ..Config::default() };
    let mut core = configured(config, 3, 4, &[4]);
    core.handle_append_entries(at(10), append(4, position(1, 4), &[], 0));
    assert_eq!(core.handle_request_vote(at(100), &vote_request(2, 5, 1, 4)), refused(4));
    assert_eq!(core.handle_request_vote(at(360), &vote_request(2, 5, 1, 4)), granted(5));
}

fn lead_for_2_s(check_quorum: bool, answering: &[usize]) -> Core {
    let config = Config { check_quorum, ..Config::default() };
    let (mut core, start) = elect(configured(config, 5, 0, &[]));
    for round in 1..=20 {
        let now = start + core.config.heartbeat_interval() * round;
        core.tick(now);
        if let Role::Leader(progress) = &mut core.role {
            answering.iter().for_each(|&peer| progress[peer].heard(now));
        }
    }
    core
}

#[test]
fn with_check_quorum_a_leader_without_a_majority_steps_down() {
    let core = lead_for_2_s(true, &[3]);
    assert!(matches!(core.role, Role::Follower));
    assert_eq!((core.term, core.leader), (1, None));
    assert!(core.deadline() > at(700), "and does not stand again at once");
}

#[test]
fn a_leader_with_a_majority_or_without_check_quorum_stays() {
    assert!(matches!(lead_for_2_s(true, &[1, 3]).role, Role::Leader(_)));
    assert!(matches!(lead_for_2_s(false, &[]).role, Role::Leader(_)));
}

// ---- A connection that breaks ----

/// A follower of server 1 in term 4, heard from at 10 ms.
fn follower_of_1(config: Config) -> Core {
    let mut core = configured(config, 3, 4, &[4]);
    core.handle_append_entries(at(10), append(4, position(1, 4), &[], 0));
    core
}

fn eager() -> Config {
    Config { disconnected_timeout_max_ms: 30, ..pre_voting() }
}

#[test]
fn a_follower_that_loses_the_connection_to_its_leader_asks_soon_who_would_vote_for_it() {
    let mut core = follower_of_1(eager());
    core.handle_disconnected(at(20), 1);
    assert!((at(20)..=at(50)).contains(&core.deadline()), "{:?}", core.deadline());
    core.tick(core.deadline());
    assert!(vote_requests(&mut core).iter().all(|(_, args)| args.pre_vote));
    assert_eq!(core.term, 4, "if the leader is still there nothing has happened");
    core.handle_append_entries(at(60), append(4, position(1, 4), &[], 0));
    assert_eq!((core.leader, matches!(core.role, Role::Follower)), (Some(1), true));
}

#[test]
fn the_delays_differ() {
    let delays = |core: &mut Core| {
        core.handle_append_entries(at(10), append(4, position(1, 4), &[], 0));
        core.handle_disconnected(at(20), 1);
        core.election_deadline
    };
    let mut core = follower_of_1(eager());
    let drawn: std::collections::BTreeSet<_> = (0..50).map(|_| delays(&mut core)).collect();
    assert!(drawn.len() > 40, "{drawn:?}");
}

#[test]
fn a_follower_that_has_lost_its_leader_would_vote_for_another_that_has() {
    let asked = pre_vote_request(5, 1, 4);
    let mut core = follower_of_1(eager());
    assert_eq!(core.handle_request_vote(at(19), &asked), refused(4));
    core.handle_disconnected(at(20), 1);
    assert_eq!(core.handle_request_vote(at(20), &asked), granted(4));
    let config = Config { check_quorum: true, lease_ms: 300, ..eager() };
    let mut core = follower_of_1(config);
    core.handle_disconnected(at(20), 1);
    assert_eq!(core.handle_request_vote(at(20), &asked), refused(4), "a lease may rely on it");
}

#[test]
fn no_other_connection_matters() {
    let unmoved = |mut core: Core, peer| {
        let (deadline, leader) = (core.election_deadline, core.leader);
        core.handle_disconnected(at(20), peer);
        assert_eq!((core.election_deadline, core.leader), (deadline, leader));
    };
    unmoved(follower_of_1(eager()), 2);
    unmoved(follower_of_1(eager()), 99);
    unmoved(configured(eager(), 3, 4, &[4]), 1);
    unmoved(elect(configured(Config { pre_vote: false, ..eager() }, 3, 4, &[4])).0, 1);
    unmoved(follower_of_1(pre_voting()), 1);
    unmoved(follower_of_1(Config { pre_vote: false, ..eager() }), 1);
    let mut candidate = follower_of_1(eager());
    candidate.stand_for_election(at(500));
    unmoved(candidate, 1);
}

#[test]
fn a_deadline_that_is_nearer_stays() {
    let mut core = follower_of_1(eager());
    core.election_deadline = at(20);
    core.handle_disconnected(at(20), 1);
    assert_eq!(core.election_deadline, at(20));
}
