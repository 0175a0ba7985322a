use super::*;
use crate::config::Config;
use crate::core::progress::Sent;
use crate::core::testing::*;
use crate::message::{AppendEntriesReply, Outgoing};
use bytes::Bytes;
use std::time::Duration;

/// Leader of term 5 among `servers`, which has committed an entry of its term, and the time.
fn settled(config: Config, servers: usize) -> (Core, Instant) {
    let (mut core, now) = elect(configured(config, servers, 4, &[3, 4]));
    core.start(Bytes::from_static(b"x")).unwrap();
    persist(&mut core);
    core.flush(now);
    for request in sent(&mut core) {
        let Outgoing::AppendEntries { to, args, sequence } = request else { continue };
        if !args.entries.is_empty() {
            answer(&mut core, now, to, &Sent::new(&args, sequence), true);
        }
    }
    assert_eq!(core.commit_index, 3);
    (core, now)
}

fn answer(core: &mut Core, now: Instant, from: usize, sent: &Sent, success: bool) {
    let reply = AppendEntriesReply { term: sent.term, success, last_of_terms: vec![] };
    core.handle_append_reply(now, from, sent, Some(&reply));
}

/// Begins a read and takes what the two other servers are sent for it.
fn read(core: &mut Core, now: Instant) -> [Sent; 2] {
    core.begin_read().unwrap();
    asked(core, now)
}

fn asked(core: &mut Core, now: Instant) -> [Sent; 2] {
    core.flush(now);
    let requests: Vec<_> = sent(core);
    let question = |server| {
        let of_server = requests.iter().find_map(|request| match request {
            Outgoing::AppendEntries { to, args, sequence } if *to == server => {
                Some(Sent::new(args, *sequence))
            }
            _ => None,
        });
        of_server.unwrap_or_else(|| panic!("server {server} is asked"))
    };
    [question(1), question(2)]
}

fn decided(core: &mut Core) -> Vec<(usize, Option<u64>)> {
    let decided = core.reads.take_decided();
    decided.into_iter().map(|decided| (decided.count, decided.outcome.ok())).collect()
}

#[test]
fn a_read_is_decided_when_a_majority_has_answered_a_later_request() {
    let (mut core, now) = settled(Config::default(), 3);
    let [to_1, _] = read(&mut core, now);
    assert_eq!(decided(&mut core), []);
    answer(&mut core, now, 1, &to_1, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn an_answer_to_an_earlier_request_says_nothing() {
    let (mut core, now) = settled(Config::default(), 3);
    core.tick(core.deadline());
    let (_, earlier) = take_appends(&mut core, 1).remove(0);
    let [later, _] = read(&mut core, now);
    answer(&mut core, now, 1, &earlier, true);
    assert_eq!(decided(&mut core), []);
    answer(&mut core, now, 1, &later, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn a_refusal_of_the_same_term_follows_this_leader_as_well() {
    let (mut core, now) = settled(Config::default(), 3);
    let [_, to_2] = read(&mut core, now);
    answer(&mut core, now, 2, &to_2, false);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn one_server_counts_once() {
    let (mut core, now) = settled(Config::default(), 5);
    core.begin_read().unwrap();
    let [to_1, to_2] = asked(&mut core, now);
    answer(&mut core, now, 1, &to_1, true);
    answer(&mut core, now, 1, &to_1, true);
    assert_eq!(decided(&mut core), []);
    answer(&mut core, now, 2, &to_2, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn a_server_alone_need_not_ask() {
    let (mut core, now) = settled(Config::default(), 1);
    core.begin_read().unwrap();
    core.flush(now);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn reads_that_come_together_share_a_round_and_later_ones_have_their_own() {
    let (mut core, now) = settled(Config::default(), 3);
    core.begin_read().unwrap();
    let [first, _] = read(&mut core, now);
    let [second, _] = read(&mut core, now);
    answer(&mut core, now, 1, &first, true);
    assert_eq!(decided(&mut core), [(2, Some(3))]);
    answer(&mut core, now, 1, &second, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn who_answers_a_later_round_answers_the_earlier_ones_too() {
    let (mut core, now) = settled(Config::default(), 3);
    read(&mut core, now);
    let [second, _] = read(&mut core, now);
    answer(&mut core, now, 1, &second, true);
    assert_eq!(decided(&mut core), [(1, Some(3)), (1, Some(3))]);
}

/// What this leader has may lack what its predecessor committed last.
#[test]
fn a_new_leader_reads_nothing_before_it_has_committed_something() {
    let (mut core, _) = leader(5, &[4]);
    core.commit_index = 1;
    assert_eq!(core.begin_read(), Err(ReadIndexError::NothingCommitted));
    assert!(!core.flush_wanted);
}

#[test]
fn who_does_not_lead_says_who_does() {
    let mut core = server(5, &[4]);
    let nobody = NotLeader { leader: None };
    assert_eq!(core.begin_read(), Err(nobody.into()));
    core.handle_append_entries(at(1), append(5, position(1, 4), &[], 0));
    assert_eq!(core.begin_read(), Err(NotLeader { leader: Some(1) }.into()));
}

#[test]
fn who_is_deposed_fails_its_reads() {
    let (mut core, now) = settled(Config::default(), 3);
    let [to_1, _] = read(&mut core, now);
    core.begin_read().unwrap();
    let reply = AppendEntriesReply { term: 6, success: false, last_of_terms: vec![] };
    core.handle_append_reply(now, 1, &to_1, Some(&reply));
    assert_eq!(decided(&mut core), [(2, None)]);
    answer(&mut core, now, 1, &to_1, true);
    assert_eq!(decided(&mut core), []);
}

#[test]
fn a_lost_question_is_asked_again_by_the_next_heartbeat() {
    let (mut core, now) = settled(Config::default(), 3);
    let [to_1, to_2] = read(&mut core, now);
    core.handle_append_reply(now, 1, &to_1, None);
    core.handle_append_reply(now, 2, &to_2, None);
    core.tick(core.deadline());
    let (_, heartbeat) = take_appends(&mut core, 2).remove(0);
    answer(&mut core, now, 2, &heartbeat, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

/// Reads must not make a storm of requests to a dead server.
#[test]
fn a_silent_server_is_asked_by_heartbeats_only() {
    let (mut core, now) = settled(Config::default(), 3);
    for _ in 0..2 {
        let [to_1, _] = read(&mut core, now);
        core.handle_append_reply(now, 1, &to_1, None);
    }
    core.begin_read().unwrap();
    assert_eq!(flushed_to(&mut core, now, 1), []);
    core.tick(core.deadline());
    assert_eq!(take_appends(&mut core, 1).len(), 1);
}

// ---- Leases (Raft dissertation, section 6.4.1) ----

const LEASE: Duration = Duration::from_millis(200);

fn with_lease() -> Config {
    Config { check_quorum: true, lease_ms: 200, ..Config::default() }
}

/// A leader with a lease since the time returned.
fn leased() -> (Core, Instant) {
    let (mut core, _) = settled(with_lease(), 3);
    let now = core.round_deadline;
    core.tick(now);
    let (_, heartbeat) = take_appends(&mut core, 1).remove(0);
    answer(&mut core, now + Duration::from_millis(50), 1, &heartbeat, true);
    assert_eq!(decided(&mut core), []);
    (core, now)
}

#[test]
fn within_a_lease_nobody_is_asked() {
    let (mut core, now) = leased();
    core.begin_read().unwrap();
    core.flush(now + (LEASE - Duration::from_nanos(1)));
    assert_eq!(decided(&mut core), [(1, Some(3))]);
    assert_eq!(sent(&mut core), []);
}

#[test]
fn a_lease_counts_from_when_the_heartbeat_was_sent() {
    let (mut core, now) = leased();
    core.begin_read().unwrap();
    let [to_1, _] = asked(&mut core, now + LEASE);
    assert_eq!(decided(&mut core), []);
    answer(&mut core, now + LEASE, 1, &to_1, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn a_lease_that_comes_while_others_are_asked_decides_reads_in_order() {
    let (mut core, now) = leased();
    let second_heartbeat = core.round_deadline;
    core.tick(second_heartbeat);
    let (_, heartbeat) = take_appends(&mut core, 1).remove(0);
    let later = now + LEASE;
    read(&mut core, later);
    answer(&mut core, later, 1, &heartbeat, true);
    assert_eq!(decided(&mut core), []);
    core.begin_read().unwrap();
    core.begin_read().unwrap();
    core.flush(later);
    assert_eq!(decided(&mut core), [(1, Some(3)), (2, Some(3))]);
}

#[test]
fn a_deposed_leader_has_no_lease() {
    let (mut core, now) = leased();
    core.become_follower(now, 6);
    assert_eq!(core.reads.lease_until, None);
}

/// It may have answered a heartbeat just before it crashed.
#[test]
fn with_leases_a_server_that_starts_keeps_to_a_leader_that_it_has_forgotten() {
    let asked = vote_request(1, 5, 9, 4);
    let mut core = configured(with_lease(), 3, 4, &[4]);
    assert!(!core.handle_request_vote(at(349), &asked).vote_granted);
    assert!(core.handle_request_vote(at(350), &asked).vote_granted);
    let mut without = configured(Config { lease_ms: 0, ..with_lease() }, 3, 4, &[4]);
    assert!(without.handle_request_vote(at(1), &asked).vote_granted);
}

// ---- Limits ----

fn with_timeout() -> Config {
    Config { read_timeout_ms: 1000, ..Config::default() }
}

#[test]
fn a_read_that_nobody_confirms_in_time_ends() {
    let (mut core, now) = settled(with_timeout(), 3);
    read(&mut core, now);
    let later = now + Duration::from_millis(500);
    let [to_1, _] = read(&mut core, later);
    core.lead_a_round(now + Duration::from_millis(999));
    assert_eq!(core.reads.take_decided(), []);
    core.lead_a_round(now + Duration::from_millis(1000));
    let outcome = Err(ReadIndexError::Unconfirmed { waited_ms: 1000 });
    assert_eq!(core.reads.take_decided(), [Decided { count: 1, outcome }]);
    answer(&mut core, later, 1, &to_1, true);
    assert_eq!(decided(&mut core), [(1, Some(3))], "the second has time left");
}

#[test]
fn without_a_limit_a_read_waits_for_ever() {
    let (mut core, now) = settled(Config::default(), 3);
    let [to_1, _] = read(&mut core, now);
    core.lead_a_round(now + Duration::from_secs(100));
    answer(&mut core, now, 1, &to_1, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}

#[test]
fn a_read_that_nobody_waits_for_is_forgotten_wherever_it_is() {
    let (mut core, now) = settled(Config::default(), 3);
    core.begin_read().unwrap();
    let [first, _] = read(&mut core, now);
    read(&mut core, now);
    core.begin_read().unwrap();
    core.begin_read().unwrap();
    core.forget_reads(&[false, true, false, false, true]);
    assert_eq!((core.reads.rounds.len(), core.reads.waiting), (1, 1));
    answer(&mut core, now, 1, &first, true);
    assert_eq!(decided(&mut core), [(1, Some(3))]);
}
