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
