use super::*;
use crate::config::Config;
use crate::core::testing::*;
use bytes::Bytes;
use raft_api::ApplyMsg;

fn start(core: &mut Core, commands: u64) {
    for _ in 0..commands {
        core.start(Bytes::from_static(b"0123456789")).expect("a leader accepts commands");
    }
}

fn accept(core: &mut Core, now: Instant, from: usize, sent: &Sent) {
    let reply = AppendEntriesReply { term: sent.term, success: true, last_of_terms: vec![] };
    core.handle_append_reply(now, from, sent, Some(&reply));
}

fn refuse(core: &mut Core, now: Instant, from: usize, sent: &Sent, named: &[(u64, u64)]) {
    let last_of_terms = named.iter().map(|&(index, term)| position(index, term)).collect();
    let reply = AppendEntriesReply { term: sent.term, success: false, last_of_terms };
    core.handle_append_reply(now, from, sent, Some(&reply));
}

/// As if server `from` had stored everything up to `index`.
fn stored(core: &mut Core, from: usize, index: u64) {
    let sent = Sent {
        term: core.term,
        sequence: u64::MAX,
        prev_log_index: index,
        last_index: index,
        leader_commit: 0,
    };
    accept(core, at(500), from, &sent);
}

// ---- Figure 2, Rules for Servers: Leaders ----

#[test]
fn leaders_rule_1_sends_heartbeats_upon_election() {
    let mut core = server(4, &[1, 4]);
    core.tick(core.election_deadline);
    persist(&mut core);
    sent(&mut core);
    let asked = vote_request(0, 5, 2, 4);
    let granted = crate::message::RequestVoteReply { term: 5, vote_granted: true };
    core.handle_vote_reply(at(500), 1, &asked, &granted);
    let heartbeat = AppendEntriesArgs { leader_id: 0, ..append(5, position(2, 4), &[], 0) };
    let expected =
        [1, 2].map(|to| Outgoing::AppendEntries { to, args: heartbeat.clone(), sequence: 0 });
    assert_eq!(sent(&mut core), expected);
}

#[test]
fn leaders_rule_1_repeats_them_while_idle_to_prevent_election_timeouts() {
    let (mut core, now) = leader(5, &[1]);
    assert_eq!(core.deadline(), now + core.config.heartbeat_interval());
    core.tick(core.deadline());
    let to: Vec<_> = sent(&mut core)
        .into_iter()
        .map(|request| match request {
            Outgoing::AppendEntries { to, args, .. } if args.entries.is_empty() => to,
            other => panic!("expected a heartbeat, not {other:?}"),
        })
        .collect();
    assert_eq!(to, [1, 2]);
    assert_eq!(core.deadline(), now + core.config.heartbeat_interval() * 2);
}

#[test]
fn leaders_rule_1_repeats_them_in_idle_periods_only() {
    let (mut core, elected_at) = leader(5, &[1]);
    let interval = core.config.heartbeat_interval();
    let busy_at = elected_at + interval / 2;
    start(&mut core, 1);
    core.flush(busy_at);
    assert_eq!(sent(&mut core).len(), 2, "the entry, for both");
    core.tick(elected_at + interval);
    assert_eq!(sent(&mut core), []);
    assert_eq!(core.deadline(), busy_at + interval);
    core.tick(busy_at + interval);
    assert_eq!(sent(&mut core).len(), 2, "heartbeats");
}

#[test]
fn leaders_rule_2_a_command_is_appended_and_applied_once_committed() {
    let (mut core, now) = leader(5, &[]);
    let command = Bytes::from_static(b"x");
    let started = core.start(command.clone()).unwrap();
    assert_eq!((started.index, started.term, core.log.last()), (1, 5, position(1, 5)));
    assert_eq!(core.next_to_apply(), None);
    persist(&mut core);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    accept(&mut core, now, 1, &sent);
    assert_eq!(core.next_to_apply(), Some(ApplyMsg::Command { index: 1, term: 5, command }));
    assert_eq!(core.next_to_apply(), None);
}

#[test]
fn leaders_rule_3_sends_entries_from_next_index_on() {
    let (mut core, now) = leader(5, &[1, 1]);
    start(&mut core, 2);
    let (args, _) = flushed_to(&mut core, now, 1).remove(0);
    assert_eq!((args.prev_log_index, args.prev_log_term), (2, 1));
    assert_eq!(args.entries, core.log.from(3).cloned().collect::<Vec<_>>());
}

#[test]
fn leaders_rule_3_success_updates_next_index_and_match_index() {
    let (mut core, now) = leader(5, &[1, 1]);
    start(&mut core, 2);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    accept(&mut core, now, 1, &sent);
    assert_eq!((progress(&core, 1).match_index, progress(&core, 1).next_index), (4, 5));
}

#[test]
fn leaders_rule_3_inconsistency_decreases_next_index_and_retries() {
    let (mut core, now) = leader(5, &[1, 1, 4]);
    start(&mut core, 1);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    refuse(&mut core, now, 1, &sent, &[(3, 2), (2, 1), (0, 0)]);
    let (args, _) = flushed_to(&mut core, now, 1).remove(0);
    assert_eq!((args.prev_log_index, args.entries.len()), (2, 2));
}

#[test]
fn leaders_rule_4_commits_what_a_majority_stores() {
    let (mut core, _) = elect(server_of(5, 4, &[]));
    start(&mut core, 3);
    persist(&mut core);
    stored(&mut core, 1, 2);
    assert_eq!(core.commit_index, 0, "two of five");
    stored(&mut core, 2, 3);
    assert_eq!(core.commit_index, 2, "entry 2 is on three");
    stored(&mut core, 3, 3);
    assert_eq!(core.commit_index, 3);
}

/// Section 5.4.2 and Figure 8: an entry of an earlier term that a majority stores may still be
/// replaced, unless one of the leader's own term has been committed after it.
#[test]
fn leaders_commit_only_entries_of_their_own_term_by_counting() {
    let (mut core, _) = leader(5, &[2, 2]);
    stored(&mut core, 1, 2);
    stored(&mut core, 2, 2);
    assert_eq!(core.commit_index, 0);
    start(&mut core, 1);
    persist(&mut core);
    stored(&mut core, 1, 3);
    assert_eq!(core.commit_index, 3, "and with it everything in front of it");
}

// ---- What replies may and may not do ----

#[test]
fn a_reply_counts_for_what_was_sent_and_not_for_what_the_log_has_grown_to() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 1);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    start(&mut core, 4);
    persist(&mut core);
    accept(&mut core, now, 1, &sent);
    assert_eq!((progress(&core, 1).match_index, core.commit_index), (1, 1));
}

#[test]
fn a_reply_to_a_request_of_an_earlier_term_is_ignored() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 3);
    let (_, sent_in_5) = flushed_to(&mut core, now, 1).remove(0);
    core.handle_append_entries(now, append(6, position(0, 0), &[6], 0));
    let (mut core, now) = elect(core);
    assert_eq!(core.term, 7);
    let reply = AppendEntriesReply { term: 7, success: true, last_of_terms: vec![] };
    core.handle_append_reply(now, 1, &sent_in_5, Some(&reply));
    assert_eq!((progress(&core, 1).match_index, core.commit_index), (0, 0));
    core.handle_append_reply(now, 1, &sent_in_5, None);
    assert_eq!(progress(&core, 1).next_index, 2);
}

#[test]
fn a_reply_that_comes_when_the_leader_follows_is_ignored() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 1);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    core.become_follower(now, 6);
    accept(&mut core, now, 1, &sent);
    assert_eq!(core.commit_index, 0);
    assert!(matches!(core.role, Role::Follower));
}

#[test]
fn a_leader_steps_down_for_a_higher_term_in_a_reply() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 1);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    let reply = AppendEntriesReply { term: 8, success: false, last_of_terms: vec![] };
    core.handle_append_reply(now, 1, &sent, Some(&reply));
    assert!(matches!(core.role, Role::Follower));
    assert_eq!(core.term, 8);
}

#[test]
fn the_commit_index_of_a_leader_never_goes_back() {
    let (mut core, _) = leader(5, &[]);
    start(&mut core, 2);
    persist(&mut core);
    stored(&mut core, 1, 2);
    stored(&mut core, 2, 1);
    assert_eq!(core.commit_index, 2);
}

// ---- Pacing ----

#[test]
fn commands_that_arrive_together_travel_together() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 12);
    assert_eq!(sent(&mut core), [], "starting only marks");
    assert!(core.flush_wanted);
    let appends = flushed_to(&mut core, now, 1);
    assert_eq!(appends.len(), 1);
    assert_eq!(appends[0].0.entries.len(), 12);
    assert_eq!(flushed_to(&mut core, now, 1).len(), 0, "nor is anything sent twice");
}

#[test]
fn large_batches_are_split_and_limited_in_number() {
    let config = Config { batch_bytes_max: 30, inflight_max: 2, ..Config::default() };
    let (mut core, now) = elect(configured(config, 3, 4, &[]));
    start(&mut core, 9);
    let appends = flushed_to(&mut core, now, 1);
    let ranges: Vec<_> =
        appends.iter().map(|(args, _)| (args.prev_log_index, args.entries.len())).collect();
    assert_eq!(ranges, [(0, 2), (2, 2)]);
    accept(&mut core, now, 1, &appends[0].1);
    assert!(core.flush_wanted);
    let (args, _) = flushed_to(&mut core, now, 1).remove(0);
    assert_eq!((args.prev_log_index, args.entries.len()), (4, 2));
}

#[test]
fn followers_hear_of_a_new_commit_index_when_no_entries_have_carried_it() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 1);
    persist(&mut core);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    accept(&mut core, now, 1, &sent);
    assert!(core.flush_wanted);
    assert_eq!(flushed_to(&mut core, now, 1).len(), 0);
    // The deadline stays where it is however often something else happens.
    let notice = core.config.commit_notice();
    let due = now + notice;
    assert_eq!(core.deadline(), due);
    assert_eq!(flushed_to(&mut core, now + notice / 2, 1).len(), 0);
    assert_eq!(core.deadline(), due);
    core.tick(due);
    let sent_by_then = flushed_to(&mut core, due, 1);
    assert_eq!(sent_by_then.len(), 1);
    assert_eq!((sent_by_then[0].0.leader_commit, sent_by_then[0].0.entries.len()), (1, 0));
    assert_eq!(flushed_to(&mut core, due, 1).len(), 0);
    assert_eq!(core.commit_notice_deadline, None);
}

#[test]
fn without_a_notice_time_followers_hear_of_a_new_commit_index_with_the_next_flush() {
    let config = Config { commit_notice_ms: 0, ..Config::default() };
    let (mut core, now) = elect(configured(config, 3, 5, &[]));
    start(&mut core, 1);
    persist(&mut core);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    accept(&mut core, now, 1, &sent);
    let (args, _) = flushed_to(&mut core, now, 1).remove(0);
    assert_eq!((args.leader_commit, args.entries.len()), (1, 0));
    assert_eq!(flushed_to(&mut core, now, 1).len(), 0);
}

#[test]
fn a_new_commit_index_and_new_entries_are_one_message() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 1);
    persist(&mut core);
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    accept(&mut core, now, 1, &sent);
    start(&mut core, 1);
    let appends = flushed_to(&mut core, now, 1);
    assert_eq!(appends.len(), 1);
    assert_eq!((appends[0].0.leader_commit, appends[0].0.entries.len()), (1, 1));
}

#[test]
fn a_link_that_fails_at_once_is_not_answered_by_a_storm() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 1);
    let mut requests = 0;
    loop {
        let appends = flushed_to(&mut core, now, 1);
        let Some((_, sent)) = appends.first() else { break };
        requests += 1;
        assert!(requests < 10, "request after request without pause");
        core.handle_append_reply(now, 1, sent, None);
    }
    assert_eq!(requests, 2, "once again at once, and then with the heartbeats");
}

/// Sent at once, again after `rpc_timeout_ms`, and then only when there is somebody to read it.
#[test]
fn a_silent_server_is_sent_its_entries_again_when_it_answers() {
    let (mut core, _) = leader(5, &[]);
    start(&mut core, 1);
    let mut rounds_with_entries = Vec::new();
    let mut heartbeat = None;
    for round in 0..25 {
        core.tick(core.deadline());
        for (args, sent) in take_appends(&mut core, 1) {
            if !args.entries.is_empty() {
                rounds_with_entries.push(round);
            }
            heartbeat = Some(sent);
        }
    }
    assert_eq!(rounds_with_entries, [0, 10]);
    let now = core.deadline();
    refuse(&mut core, now, 1, &heartbeat.unwrap(), &[(0, 0)]);
    assert_eq!(flushed_to(&mut core, now, 1)[0].0.entries.len(), 1);
}

#[test]
fn a_leader_counts_itself_only_for_what_is_durable() {
    let (mut core, now) = leader(5, &[]);
    start(&mut core, 2);
    let mut buffer = Vec::new();
    assert!(core.next_write(&mut buffer).is_some());
    let mark = core.durability.mark();
    let (_, sent) = flushed_to(&mut core, now, 1).remove(0);
    accept(&mut core, now, 1, &sent);
    assert_eq!(core.commit_index, 0, "server 1 alone is no majority");
    core.synced(now, mark);
    assert_eq!(core.commit_index, 2);
    assert!(core.flush_wanted);
}
