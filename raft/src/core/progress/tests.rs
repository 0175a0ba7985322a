use super::*;
use crate::core::testing::{at, entries, position};
use persister::Snapshot;

const PATIENCE: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_millis(1000);
const INFLIGHT_MAX: usize = 3;

/// A server that is known to have 10 entries of a leader that has 10.
fn progress() -> Progress {
    let mut progress = Progress::new(10, at(0));
    progress.accepted(10);
    progress.heartbeat_due = false;
    progress
}

/// Sends that many entries from `next_index` on.
fn send(progress: &mut Progress, entries: u64, now: Instant) -> Sent {
    let prev_log_index = progress.next_index - 1;
    let sequence = progress.sending(prev_log_index, entries, 0, now);
    Sent {
        term: 1,
        sequence,
        prev_log_index,
        last_index: prev_log_index + entries,
        leader_commit: 0,
    }
}

#[test]
fn a_new_leader_assumes_that_all_have_its_log_and_knows_of_nothing_stored() {
    let progress = Progress::new(10, at(0));
    assert_eq!((progress.next_index, progress.match_index), (11, 0));
    assert!(progress.heartbeat_due);
}

#[test]
fn sending_moves_next_index_on_without_waiting_for_the_reply() {
    let mut progress = progress();
    send(&mut progress, 2, at(0));
    let second = send(&mut progress, 3, at(0));
    assert_eq!((second.prev_log_index, second.last_index), (12, 15));
    assert_eq!((progress.next_index, progress.match_index), (16, 10));
}

#[test]
fn no_more_requests_with_entries_are_under_way_than_allowed() {
    let mut progress = progress();
    let first = send(&mut progress, 1, at(0));
    send(&mut progress, 1, at(0));
    assert!(progress.may_send_entries(INFLIGHT_MAX));
    send(&mut progress, 1, at(0));
    assert!(!progress.may_send_entries(INFLIGHT_MAX));
    progress.accepted(first.last_index);
    assert!(progress.may_send_entries(INFLIGHT_MAX));
}

#[test]
fn one_reply_confirms_all_that_was_sent_before() {
    let mut progress = progress();
    send(&mut progress, 1, at(0));
    send(&mut progress, 1, at(0));
    let heartbeat = send(&mut progress, 0, at(5));
    progress.accepted(heartbeat.last_index);
    assert_eq!((progress.match_index, progress.inflight.len()), (12, 0));
}

#[test]
fn match_index_and_next_index_never_go_back_for_a_late_reply() {
    let mut progress = progress();
    let first = send(&mut progress, 1, at(0));
    let second = send(&mut progress, 1, at(0));
    progress.accepted(second.last_index);
    progress.accepted(first.last_index);
    assert_eq!((progress.match_index, progress.next_index), (12, 13));
}

#[test]
fn a_lost_request_is_sent_again_with_everything_after_it() {
    let mut progress = progress();
    let first = send(&mut progress, 1, at(0));
    let second = send(&mut progress, 1, at(0));
    send(&mut progress, 1, at(0));
    progress.lost(&second);
    assert_eq!(progress.next_index, second.prev_log_index + 1);
    let left: Vec<_> = progress.inflight.iter().map(|request| request.sequence).collect();
    assert_eq!(left, [first.sequence]);
}

#[test]
fn a_lost_request_whose_entries_have_arrived_is_not_sent_again() {
    let mut progress = progress();
    let lost = send(&mut progress, 2, at(0));
    let later = send(&mut progress, 1, at(0));
    progress.accepted(later.last_index);
    progress.lost(&lost);
    assert_eq!(progress.next_index, 14);
}

#[test]
fn a_lost_heartbeat_takes_nothing_back() {
    let mut progress = progress();
    send(&mut progress, 1, at(0));
    let heartbeat = send(&mut progress, 0, at(0));
    progress.lost(&heartbeat);
    assert_eq!((progress.next_index, progress.inflight.len()), (12, 1));
}

#[test]
fn a_server_that_loses_one_request_after_the_other_is_sent_no_more_until_it_answers() {
    let mut progress = progress();
    let first = send(&mut progress, 1, at(0));
    progress.lost(&first);
    assert!(progress.may_send_entries(INFLIGHT_MAX), "once at once");
    let second = send(&mut progress, 1, at(1));
    progress.lost(&second);
    assert!(!progress.may_send_entries(INFLIGHT_MAX));
    assert!(!progress.should_hear_of(99) && !progress.may_send_snapshot());
    progress.heard(at(2));
    assert!(progress.may_send_entries(INFLIGHT_MAX) && progress.may_send_snapshot());
    assert!(progress.should_hear_of(99));
}

#[test]
fn after_a_loss_one_request_at_a_time_until_one_is_accepted() {
    let mut progress = progress();
    let lost = send(&mut progress, 1, at(0));
    progress.lost(&lost);
    let probe = send(&mut progress, 1, at(0));
    assert!(!progress.may_send_entries(INFLIGHT_MAX));
    progress.accepted(probe.last_index);
    send(&mut progress, 1, at(0));
    assert!(progress.may_send_entries(INFLIGHT_MAX));
}

#[test]
fn a_request_without_a_reply_for_the_timeout_counts_as_lost() {
    let mut progress = progress();
    send(&mut progress, 1, at(0));
    send(&mut progress, 1, at(500));
    progress.expire(at(999), TIMEOUT);
    assert_eq!(progress.next_index, 13);
    progress.expire(at(1000), TIMEOUT);
    assert_eq!((progress.next_index, progress.inflight.len()), (11, 0));
}

#[test]
fn a_snapshot_without_a_reply_for_the_timeout_counts_as_lost() {
    let mut progress = progress();
    let transfer = || Transfer::new(position(20, 1), Snapshot::default());
    progress.sending_snapshot(transfer, at(0)).send(1, 0, 100, at(0));
    progress.expire(at(999), TIMEOUT);
    assert!(!progress.may_send_snapshot());
    progress.expire(at(1000), TIMEOUT);
    assert!(progress.may_send_snapshot());
}

#[test]
fn a_refusal_goes_back_to_where_the_logs_may_agree() {
    let mut progress = Progress::new(10, at(0));
    let heartbeat = send(&mut progress, 0, at(0));
    assert!(progress.refused(&heartbeat, 4, at(1), PATIENCE));
    assert_eq!(progress.next_index, 5);
}

#[test]
fn a_refusal_never_goes_back_before_what_is_known_to_be_stored() {
    let mut progress = progress();
    send(&mut progress, 1, at(0));
    let request = send(&mut progress, 1, at(200));
    assert!(progress.refused(&request, 3, at(201), PATIENCE));
    assert_eq!((progress.next_index, progress.match_index), (11, 10));
}

#[test]
fn a_late_refusal_of_what_has_been_stored_since_is_ignored() {
    let mut progress = progress();
    let early = send(&mut progress, 1, at(0));
    progress.accepted(12);
    assert!(!progress.refused(&early, 3, at(1), PATIENCE));
    assert_eq!(progress.next_index, 13);
}

#[test]
fn refusals_of_requests_sent_before_going_back_say_nothing_new() {
    let mut progress = Progress::new(10, at(0));
    let first = send(&mut progress, 0, at(0));
    let second = send(&mut progress, 0, at(1));
    assert!(progress.refused(&first, 7, at(2), PATIENCE));
    let resent = send(&mut progress, 3, at(2));
    assert!(!progress.refused(&second, 7, at(500), PATIENCE), "however late it comes");
    assert_eq!(progress.next_index, 11);
    assert!(progress.refused(&resent, 5, at(501), PATIENCE), "this one does");
    assert_eq!(progress.next_index, 6);
}

/// On a network that reorders, the second of two requests may come first and find a gap.
#[test]
fn a_request_that_has_overtaken_another_does_not_have_both_sent_again() {
    let mut progress = progress();
    let first = send(&mut progress, 1, at(0));
    let second = send(&mut progress, 1, at(0));
    assert!(!progress.refused(&second, 10, at(1), PATIENCE), "nothing is sent at once");
    assert_eq!(progress.next_index, second.last_index, "only the second goes again");
    progress.accepted(first.last_index);
    assert_eq!(progress.next_index, second.last_index);
}

#[test]
fn a_request_that_has_overtaken_another_is_sent_again_also_when_its_refusal_comes_last() {
    let mut progress = progress();
    let first = send(&mut progress, 1, at(0));
    let second = send(&mut progress, 1, at(0));
    progress.accepted(first.last_index);
    assert!(progress.refused(&second, 10, at(1), PATIENCE));
    assert_eq!(progress.next_index, second.last_index);
}

/// On a network that reorders much, a large window would be sent again after each refusal.
#[test]
fn going_back_halves_the_window_and_each_accepted_request_widens_it() {
    const WIDE: usize = 8;
    let mut progress = progress();
    let first = send(&mut progress, 1, at(0));
    for _ in 1..WIDE {
        send(&mut progress, 1, at(0));
    }
    progress.lost(&first);
    let send_what_may_go = |progress: &mut Progress| {
        let mut count = 0;
        while progress.may_send_entries(WIDE) {
            send(progress, 1, at(1));
            count += 1;
        }
        count
    };
    assert_eq!(send_what_may_go(&mut progress), 1, "nothing has been accepted since");
    progress.accepted(11);
    assert_eq!(send_what_may_go(&mut progress), WIDE / 2, "half of those left, and one");
    progress.accepted(12);
    assert_eq!(send_what_may_go(&mut progress), 2, "one for the accepted, one more");
}

#[test]
fn the_refusal_of_a_request_in_front_of_where_the_leader_went_back_to_is_news() {
    let mut progress = Progress::new(10, at(0));
    let first = send(&mut progress, 1, at(0));
    let second = send(&mut progress, 1, at(0));
    assert!(!progress.refused(&second, 10, at(1), PATIENCE), "it could be a gap");
    assert!(progress.refused(&first, 6, at(2), PATIENCE), "but the logs part before");
    assert_eq!(progress.next_index, 7);
}

#[test]
fn a_gap_is_filled_once_patience_has_run_out() {
    let mut progress = progress();
    send(&mut progress, 1, at(0));
    let heartbeat = send(&mut progress, 0, at(100));
    assert!(progress.refused(&heartbeat, 10, at(101), PATIENCE));
    assert_eq!(progress.next_index, 11);
}

#[test]
fn a_lost_commit_index_is_told_again() {
    let mut progress = progress();
    let told = |progress: &mut Progress, leader_commit| {
        let sequence = progress.sending(10, 0, leader_commit, at(0));
        Sent { term: 1, sequence, prev_log_index: 10, last_index: 10, leader_commit }
    };
    let first = told(&mut progress, 8);
    assert!(!progress.should_hear_of(8));
    progress.knows_commit(first.leader_commit);
    let second = told(&mut progress, 9);
    progress.lost(&second);
    assert!(progress.should_hear_of(9) && !progress.should_hear_of(8));
}

// ---- possible_match ----

/// What a follower with a log of these terms answers when it lacks (`index`, `term`).
fn found(leader: &[u64], follower: &[u64], index: u64, term: u64) -> u64 {
    let follower = Log::new(position(0, 0), entries(follower));
    let place = follower.last_possible_match(position(index, term));
    let leader = Log::new(position(0, 0), entries(leader));
    possible_match(&leader, &follower.last_of_terms(place, 0, 32))
}

#[test]
fn one_refusal_shows_where_the_logs_part() {
    assert_eq!(found(&[1, 1, 1], &[1], 3, 1), 1, "the follower is short");
    assert_eq!(found(&[1, 1, 4, 4], &[1, 1, 2, 2, 3], 4, 4), 2, "other terms");
    assert_eq!(found(&[1, 2, 2, 6], &[1, 2, 2, 2, 2], 4, 6), 3, "a longer run of one term");
    assert_eq!(found(&[1, 2, 2, 2, 6], &[1, 2, 3, 4, 5], 5, 6), 2, "many terms");
    assert_eq!(found(&[5, 5], &[1, 2, 3], 2, 5), 0, "nothing in common");
}

#[test]
fn terms_that_alternate_between_two_logs_take_one_refusal() {
    let leader: Vec<_> = [1].into_iter().chain((1..20).map(|n| 2 * n + 1)).collect();
    let follower: Vec<_> = [1].into_iter().chain((1..20).map(|n| 2 * n)).collect();
    assert_eq!(found(&leader, &follower, 20, 39), 1);
}

#[test]
fn what_lies_inside_of_the_snapshot_calls_for_the_snapshot() {
    let log = Log::new(position(5, 3), entries(&[4, 4]));
    assert_eq!(possible_match(&log, &[position(4, 3), position(0, 0)]), 4);
    assert_eq!(possible_match(&log, &[position(6, 2), position(5, 1)]), 4);
    assert_eq!(possible_match(&log, &[position(6, 3), position(2, 1)]), 5, "it agrees");
}

#[test]
fn senseless_refusals_lead_nowhere_and_break_nothing() {
    let log = Log::new(position(5, 3), entries(&[4, 4]));
    assert_eq!(possible_match(&log, &[]), 0);
    let far = position(u64::MAX, u64::MAX);
    assert!(possible_match(&log, &[far, position(0, u64::MAX), far]) <= 7);
}
