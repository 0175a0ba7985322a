use super::*;
use crate::core::testing::*;

fn success(core: &mut Core, args: AppendEntriesArgs) -> bool {
    core.handle_append_entries(at(1), args).success
}

// ---- Figure 2, AppendEntries RPC, receiver implementation ----

#[test]
fn append_entries_rule_1_rejects_a_lower_term() {
    let mut core = server(5, &[5]);
    let deadline = core.election_deadline;
    let reply = core.handle_append_entries(at(1), append(4, position(0, 0), &[4], 1));
    assert_eq!((reply.term, reply.success), (5, false));
    assert_eq!((terms(&core), core.commit_index), (vec![5], 0));
    assert_eq!((core.leader, core.election_deadline), (None, deadline), "nor does it count");
}

#[test]
fn append_entries_rule_2_rejects_without_a_matching_previous_entry() {
    let mut core = server(5, &[1, 2]);
    assert!(!success(&mut core, append(5, position(3, 2), &[5], 0)), "it has no entry 3");
    assert!(!success(&mut core, append(5, position(2, 3), &[5], 0)), "entry 2 is of term 2");
    assert_eq!(terms(&core), [1, 2]);
    assert!(success(&mut core, append(5, position(2, 2), &[5], 0)));
    assert_eq!(terms(&core), [1, 2, 5]);
}

#[test]
fn append_entries_rule_3_deletes_a_conflicting_entry_and_all_that_follow() {
    let mut core = server(5, &[1, 2, 2, 2]);
    assert!(success(&mut core, append(5, position(1, 1), &[2, 5], 0)));
    assert_eq!(terms(&core), [1, 2, 5]);
}

#[test]
fn append_entries_rule_4_appends_what_is_not_already_in_the_log() {
    let mut core = server(5, &[1, 2]);
    assert!(success(&mut core, append(5, position(1, 1), &[2, 5, 5], 0)));
    assert_eq!(terms(&core), [1, 2, 5, 5]);
}

#[test]
fn append_entries_rule_5_commits_up_to_the_leaders_commit_index() {
    let mut core = server(5, &[1, 5]);
    assert!(success(&mut core, append(5, position(2, 5), &[5], 2)));
    assert_eq!(core.commit_index, 2);
}

/// The follower's own tail may be of another history: only what the request shows counts.
#[test]
fn append_entries_rule_5_commits_no_further_than_the_last_new_entry() {
    let mut core = server(5, &[1, 2, 2, 2]);
    assert!(success(&mut core, append(5, position(1, 1), &[], 4)));
    assert_eq!(core.commit_index, 1);
    assert!(success(&mut core, append(5, position(1, 1), &[5], 4)));
    assert_eq!(core.commit_index, 2);
}

// ---- Late, repeated and reordered requests ----

#[test]
fn a_short_old_request_does_not_truncate_what_a_longer_one_brought() {
    let mut core = server(5, &[]);
    assert!(success(&mut core, append(5, position(0, 0), &[5, 5, 5], 3)));
    assert!(success(&mut core, append(5, position(0, 0), &[5], 0)));
    assert_eq!((terms(&core), core.commit_index), (vec![5, 5, 5], 3));
}

#[test]
fn a_heartbeat_removes_nothing() {
    let mut core = server(5, &[1, 5, 5]);
    assert!(success(&mut core, append(5, position(1, 1), &[], 0)));
    assert_eq!(terms(&core), [1, 5, 5]);
}

#[test]
fn a_repeated_request_changes_nothing_and_is_answered_alike() {
    let mut core = server(5, &[1]);
    let request = append(5, position(1, 1), &[5, 5], 2);
    let first = core.handle_append_entries(at(1), request.clone());
    persist(&mut core);
    assert_eq!(core.handle_append_entries(at(2), request), first);
    assert_eq!((terms(&core), persist(&mut core)), (vec![1, 5, 5], vec![]));
}

#[test]
fn the_commit_index_never_goes_back() {
    let mut core = server(5, &[1, 5]);
    assert!(success(&mut core, append(5, position(2, 5), &[], 2)));
    assert!(success(&mut core, append(5, position(2, 5), &[], 1)));
    assert_eq!(core.commit_index, 2);
}

#[test]
fn stepping_down_removes_nothing() {
    let (mut core, now) = leader(5, &[1, 2]);
    core.start(bytes::Bytes::from_static(b"mine")).unwrap();
    core.handle_append_entries(now, append(6, position(2, 2), &[], 0));
    assert_eq!(terms(&core), [1, 2, 5]);
}

#[test]
fn entries_keep_the_term_in_which_they_were_received() {
    let (mut core, now) = leader(5, &[1, 2]);
    core.handle_append_entries(now, append(6, position(2, 2), &[6], 0));
    let (core, _) = elect(core);
    assert_eq!((core.term, terms(&core)), (7, vec![1, 2, 6]));
}

// ---- Where the logs may agree ----

fn refusal(core: &mut Core, args: AppendEntriesArgs) -> Vec<Position> {
    let reply = core.handle_append_entries(at(1), args);
    assert!(!reply.success);
    reply.last_of_terms
}

#[test]
fn a_refusal_by_a_short_log_begins_with_its_end() {
    let mut core = server(5, &[1, 1, 4]);
    let named = refusal(&mut core, append(5, position(7, 5), &[], 0));
    assert_eq!(named, [position(3, 4), position(2, 1), position(0, 0)]);
}

#[test]
fn a_refusal_skips_terms_that_the_leader_can_not_have_there() {
    let mut core = server(6, &[1, 1, 2, 4, 4, 5]);
    let named = refusal(&mut core, append(6, position(6, 3), &[], 0));
    assert_eq!(named, [position(3, 2), position(2, 1), position(0, 0)]);
}

#[test]
fn a_refusal_ends_with_what_is_committed() {
    let mut core = server(5, &[1, 2, 3, 4]);
    core.commit_index = 2;
    let named = refusal(&mut core, append(5, position(9, 5), &[], 0));
    assert_eq!(named, [position(4, 4), position(3, 3), position(2, 2)]);
}

#[test]
fn a_refusal_names_no_more_terms_than_fit() {
    let log: Vec<_> = (1..=100).collect();
    let mut core = server(100, &log);
    let named = refusal(&mut core, append(100, position(101, 100), &[], 0));
    assert_eq!(named.len(), TERMS_IN_REFUSAL_MAX);
    assert_eq!(named[0], position(100, 100));
}

#[test]
fn entries_inside_of_the_snapshot_are_passed_over() {
    let mut core = server(5, &[1, 1, 2]);
    core.commit_index = 2;
    core.last_applied = 2;
    core.take_snapshot(2, whole(b"state"));
    assert!(success(&mut core, append(5, position(0, 0), &[1, 1, 2, 5], 0)));
    assert_eq!((core.log.snapshot(), terms(&core)), (position(2, 1), vec![2, 5]));
    assert!(success(&mut core, append(5, position(0, 0), &[1], 0)), "all of it is known");
}

// ---- What can't be true ----

#[test]
fn a_server_stops_rather_than_replace_what_is_committed() {
    let mut core = server(5, &[1, 2]);
    core.commit_index = 2;
    assert!(!success(&mut core, append(5, position(1, 1), &[3], 0)));
    assert_eq!(terms(&core), [1, 2]);
    assert_eq!(
        core.failure.as_deref(),
        Some(
            "the leader of term 5 replaces entry 2 of term 2, which is committed, by one of term 3"
        )
    );
}

#[test]
fn a_second_leader_of_ones_own_term_is_not_followed() {
    let (mut core, now) = leader(5, &[1]);
    let reply = core.handle_append_entries(now, append(5, position(1, 1), &[5], 0));
    assert!(!reply.success);
    assert!(matches!(core.role, Role::Leader(_)));
    assert_eq!(terms(&core), [1]);
}

#[test]
fn requests_that_no_leader_can_send_are_refused() {
    let base = append(5, position(1, 1), &[], 0);
    let impossible = [
        AppendEntriesArgs { leader_id: 0, ..base.clone() },
        AppendEntriesArgs { leader_id: 3, ..base.clone() },
        AppendEntriesArgs { term: u64::MAX, ..base.clone() },
        AppendEntriesArgs { prev_log_index: u64::MAX, entries: entries(&[1]), ..base.clone() },
        AppendEntriesArgs { entries: entries(&[6]), ..base.clone() },
        AppendEntriesArgs { entries: entries(&[3, 2]), ..base },
    ];
    for args in impossible {
        let mut core = server(4, &[1]);
        assert!(!success(&mut core, args.clone()), "{args:?}");
        assert_eq!((core.term, terms(&core)), (4, vec![1]), "{args:?}");
    }
}
