use super::*;
use crate::config::Config;
use crate::core::Role;
use crate::core::durability::Write;
use crate::core::testing::*;
use runtime::Rng;

fn vote_requests(core: &mut Core) -> Vec<(usize, RequestVoteArgs)> {
    let requests = sent(core).into_iter().map(|request| match request {
        Outgoing::RequestVote { to, args } => (to, args),
        other => panic!("expected a RequestVote, not {other:?}"),
    });
    requests.collect()
}

fn granted(term: u64) -> RequestVoteReply {
    RequestVoteReply { term, vote_granted: true }
}

fn refused(term: u64) -> RequestVoteReply {
    RequestVoteReply { term, vote_granted: false }
}

/// A candidate of term 1, and what it has asked.
fn candidate_of(servers: usize) -> (Core, RequestVoteArgs) {
    let mut core = server_of(servers, 0, &[]);
    core.tick(core.election_deadline);
    persist(&mut core);
    let (_, args) = vote_requests(&mut core).remove(0);
    (core, args)
}

// ---- Figure 2, RequestVote RPC, receiver implementation ----

#[test]
fn request_vote_rule_1_rejects_a_lower_term() {
    let mut core = server(5, &[]);
    let reply = core.handle_request_vote(at(1), &vote_request(1, 4, 9, 4));
    assert_eq!(reply, refused(5));
    assert_eq!(core.voted_for, None);
}

#[test]
fn request_vote_rule_2_grants_a_free_vote_to_a_log_as_up_to_date() {
    let mut core = server(5, &[1, 5]);
    assert_eq!(core.handle_request_vote(at(1), &vote_request(1, 5, 2, 5)), granted(5));
    assert_eq!(core.voted_for, Some(1));
}

#[test]
fn request_vote_rule_2_refuses_a_second_candidate_of_the_term() {
    let mut core = newcomer();
    core.handle_request_vote(at(1), &vote_request(1, 1, 0, 0));
    assert_eq!(core.handle_request_vote(at(2), &vote_request(2, 1, 0, 0)), refused(1));
    assert_eq!(core.voted_for, Some(1));
}

#[test]
fn request_vote_rule_2_grants_again_to_the_same_candidate() {
    let mut core = newcomer();
    core.handle_request_vote(at(1), &vote_request(1, 1, 0, 0));
    persist(&mut core);
    assert_eq!(core.handle_request_vote(at(2), &vote_request(1, 1, 0, 0)), granted(1));
    assert_eq!(persist(&mut core), [], "nothing new to remember");
}

/// Also when the term is on disk already: a vote is news of its own.
#[test]
fn a_vote_in_a_known_term_is_written_before_it_is_given() {
    let mut core = server(5, &[]);
    assert_eq!(persist(&mut core), []);
    core.handle_request_vote(at(1), &vote_request(1, 5, 0, 0));
    assert_eq!(persist(&mut core), [Write::Append]);
}

/// Section 5.4.1: the later last term wins, and only between equal ones the longer log.
#[test]
fn request_vote_rule_2_compares_last_terms_first_and_lengths_second() {
    let log = [1, 1, 3];
    let asks = |index, log_term| {
        let mut core = server(3, &log);
        core.handle_request_vote(at(1), &vote_request(1, 4, index, log_term)).vote_granted
    };
    assert!(asks(1, 4), "a shorter log of a later term");
    assert!(asks(3, 3), "the same log");
    assert!(asks(4, 3), "a longer log of the same term");
    assert!(!asks(2, 3), "a shorter log of the same term");
    assert!(!asks(9, 2), "a longer log of an earlier term");
}

// ---- Figure 2, Rules for Servers ----

#[test]
fn all_servers_rule_2_a_higher_term_in_a_request_makes_a_follower_with_a_free_vote() {
    let (mut core, now) = leader(2, &[1]);
    let reply = core.handle_request_vote(now, &vote_request(1, 7, 0, 0));
    assert!(matches!(core.role, Role::Follower));
    assert_eq!((core.term, core.voted_for), (7, None));
    assert_eq!(reply, refused(7), "the candidate's log is behind, the term counts all the same");
}

#[test]
fn all_servers_rule_2_a_higher_term_in_a_reply_makes_a_follower() {
    let (mut core, asked) = candidate_of(3);
    core.handle_vote_reply(at(400), 1, &asked, &refused(9));
    assert!(matches!(core.role, Role::Follower));
    assert_eq!((core.term, core.voted_for), (9, None));
}

#[test]
fn followers_rule_2_an_election_timeout_without_a_leader_makes_a_candidate() {
    let mut core = newcomer();
    let deadline = core.deadline();
    assert!(deadline >= at(350) && deadline <= at(700), "{deadline:?}");
    core.tick(at(349));
    assert!(matches!(core.role, Role::Follower));
    core.tick(deadline);
    assert!(matches!(core.role, Role::Candidate(_)));
}

#[test]
fn followers_rule_2_a_leaders_word_and_a_given_vote_restart_the_timeout() {
    let mut core = newcomer();
    core.handle_append_entries(at(300), append(1, position(0, 0), &[], 0));
    assert!(core.deadline() >= at(650), "{:?}", core.deadline());
    core.handle_request_vote(at(600), &vote_request(2, 2, 0, 0));
    assert!(core.deadline() >= at(950), "{:?}", core.deadline());
}

#[test]
fn candidates_rule_1_begins_a_term_votes_for_itself_resets_its_timer_and_asks_all() {
    let mut core = server_of(5, 3, &[1, 3]);
    let now = core.election_deadline;
    core.tick(now);
    assert_eq!((core.term, core.voted_for), (4, Some(0)));
    assert!(core.election_deadline >= now + core.config.election_timeout_min());
    let expected = RequestVoteArgs { candidate_id: 0, ..vote_request(0, 4, 2, 3) };
    let all: Vec<_> = (1..5).map(|to| (to, expected.clone())).collect();
    assert_eq!(vote_requests(&mut core), all);
}

#[test]
fn candidates_rule_2_a_majority_of_votes_makes_a_leader() {
    let (mut core, asked) = candidate_of(5);
    core.handle_vote_reply(at(400), 1, &asked, &granted(1));
    assert!(matches!(core.role, Role::Candidate(_)), "two of five are no majority");
    core.handle_vote_reply(at(400), 2, &asked, &granted(1));
    assert!(matches!(core.role, Role::Leader(_)));
}

#[test]
fn candidates_rule_3_a_leader_of_the_same_term_makes_a_follower() {
    let (mut core, _) = candidate_of(3);
    assert!(core.handle_append_entries(at(400), append(1, position(0, 0), &[], 0)).success);
    assert!(matches!(core.role, Role::Follower));
    assert_eq!((core.leader, core.voted_for), (Some(1), Some(0)), "the vote is still given");
}

#[test]
fn candidates_rule_4_an_election_timeout_begins_a_new_election() {
    let (mut core, _) = candidate_of(3);
    core.tick(core.election_deadline);
    assert!(matches!(core.role, Role::Candidate(_)));
    assert_eq!((core.term, vote_requests(&mut core).len()), (2, 2));
}

// ---- Beyond the figure ----

#[test]
fn a_majority_is_more_than_half_also_of_an_even_number() {
    let majorities = [1, 2, 3, 4, 5, 6].map(|servers| server_of(servers, 0, &[]).majority());
    assert_eq!(majorities, [1, 2, 2, 3, 3, 4]);
}

#[test]
fn a_server_alone_elects_itself() {
    let mut core = server_of(1, 0, &[]);
    core.tick(core.election_deadline);
    // Its vote could still be taken back by a crash, and given again in another life:
    // explore::crash, seed 55, had two leaders of one term that way.
    assert!(matches!(core.role, Role::Candidate(_)));
    persist(&mut core);
    assert!(matches!(core.role, Role::Leader(_)));
    assert_eq!(sent(&mut core), []);
}

#[test]
fn a_majority_of_votes_waits_for_the_candidates_own_to_be_durable() {
    let mut core = server_of(3, 0, &[]);
    core.tick(core.election_deadline);
    let asked = vote_request(0, 1, 0, 0);
    core.handle_vote_reply(at(400), 1, &asked, &granted(1));
    assert!(matches!(core.role, Role::Candidate(_)));
    persist(&mut core);
    assert!(matches!(core.role, Role::Leader(_)));
}

#[test]
fn a_vote_that_arrives_twice_counts_once() {
    let (mut core, asked) = candidate_of(5);
    for _ in 0..3 {
        core.handle_vote_reply(at(400), 1, &asked, &granted(1));
    }
    assert!(matches!(core.role, Role::Candidate(_)));
}

#[test]
fn a_vote_of_an_earlier_election_does_not_count() {
    let (mut core, asked_in_term_1) = candidate_of(3);
    core.tick(core.election_deadline);
    core.handle_vote_reply(at(900), 1, &asked_in_term_1, &granted(1));
    assert!(matches!(core.role, Role::Candidate(_)));
    assert_eq!(core.term, 2);
}

#[test]
fn a_refusal_never_counts_as_a_vote() {
    let (mut core, asked) = candidate_of(3);
    core.handle_vote_reply(at(400), 1, &asked, &refused(1));
    core.handle_vote_reply(at(400), 2, &asked, &refused(1));
    assert!(matches!(core.role, Role::Candidate(_)));
}

#[test]
fn a_late_refusal_does_not_take_back_a_vote() {
    let (mut core, asked) = candidate_of(5);
    core.handle_vote_reply(at(400), 1, &asked, &granted(1));
    core.handle_vote_reply(at(401), 1, &asked, &refused(1));
    core.handle_vote_reply(at(402), 2, &asked, &granted(1));
    assert!(matches!(core.role, Role::Leader(_)));
}

#[test]
fn a_candidate_asks_again_those_that_have_not_answered() {
    let (mut core, asked) = candidate_of(5);
    let again = core.round_deadline;
    assert_eq!(core.deadline(), again.min(core.election_deadline));
    let until_it_stands_again = core.election_deadline.since(again);
    let asked_before = core.election_timeout - until_it_stands_again;
    assert_eq!(asked_before, core.config.election_timeout_min() / 2);
    core.handle_vote_reply(at(400), 2, &asked, &granted(1));
    core.handle_vote_reply(at(400), 4, &asked, &refused(1));
    core.tick(again);
    let to: Vec<_> = vote_requests(&mut core).into_iter().map(|(to, _)| to).collect();
    assert_eq!((to, core.term), (vec![1, 3], 1));
}

/// Row "disruptive timers": competing candidates must not keep everyone from standing.
#[test]
fn a_request_that_gets_no_vote_does_not_restart_the_timeout() {
    let mut core = server(3, &[3]);
    let deadline = core.election_deadline;
    core.handle_request_vote(at(300), &vote_request(1, 9, 0, 0));
    assert_eq!((core.term, core.election_deadline), (9, deadline));
}

#[test]
fn servers_draw_different_timeouts_within_the_range_and_new_ones_each_term() {
    let mut drawn: Vec<_> = (0..50)
        .map(|seed| {
            let mut core = newcomer();
            core.rng = Rng::from_seed(seed);
            core.draw_election_timeout();
            core.election_timeout
        })
        .collect();
    let config = Config::default();
    let range = config.election_timeout_min()..=config.election_timeout_max();
    assert!(drawn.iter().all(|timeout| range.contains(timeout)), "{drawn:?}");
    drawn.sort();
    drawn.dedup();
    assert_eq!(drawn.len(), 50);

    let mut core = newcomer();
    let before = core.election_timeout;
    core.become_follower(at(1), 1);
    assert_ne!(core.election_timeout, before);
}

#[test]
fn a_deposed_leader_waits_a_whole_timeout_before_it_stands_again() {
    let (mut core, now) = leader(2, &[]);
    let later = now + core.config.rpc_timeout();
    core.become_follower(later, 3);
    assert!(core.deadline() >= later + core.config.election_timeout_min());
}

#[test]
fn messages_from_servers_that_do_not_exist_get_no_vote() {
    let mut core = newcomer();
    for candidate in [0, 3, usize::MAX] {
        let reply = core.handle_request_vote(at(1), &vote_request(candidate, 9, 9, 9));
        assert_eq!(reply, refused(0));
    }
    let overflowing = vote_request(1, u64::MAX, 0, 0);
    assert_eq!(core.handle_request_vote(at(1), &overflowing), refused(0));
}

mod options;
