use super::*;
use RoleName::{Candidate, Follower, Leader, PreCandidate};

/// Of server 1, in a role in a term, whose log ends there.
fn inside(role: RoleName, term: u64, last_index: u64, last_term: u64) -> Inspection {
    let voted_for = matches!(role, Candidate | Leader).then_some(1);
    Inspection {
        term,
        voted_for,
        role,
        commit_index: 4,
        last_applied: 4,
        snapshot_index: 0,
        snapshot_term: 0,
        last_index,
        last_term,
    }
}

fn said(before: Inspection, after: Inspection) -> Vec<String> {
    changes(1, Some(&before), &after).iter().map(|change| change.words(Naming::Node)).collect()
}

/// What is said of a change of role and term alone.
fn role(before: (RoleName, u64), after: (RoleName, u64)) -> Vec<String> {
    said(inside(before.0, before.1, 7, 2), inside(after.0, after.1, 7, 2))
}

#[test]
fn a_start_says_what_the_disk_held() {
    let starts = |after: Inspection| changes(1, None, &after)[0].words(Naming::Node);
    assert_eq!(starts(inside(Follower, 0, 0, 0)), "starts in term 0, with an empty log");
    let voted = Inspection { voted_for: Some(0), ..inside(Follower, 3, 7, 2) };
    assert_eq!(
        starts(voted),
        "starts in term 3, in which it has voted for node 0, with a log that ends at 7 of term 2"
    );
}

#[test]
fn a_server_that_does_not_change_says_nothing() {
    assert_eq!(role((Leader, 3), (Leader, 3)), [""; 0]);
}

#[test]
fn an_election_is_told_from_its_first_question_to_its_end() {
    assert_eq!(role((Follower, 2), (PreCandidate, 2)), ["asks whether it could win term 3"]);
    assert_eq!(role((PreCandidate, 2), (Candidate, 3)), ["becomes candidate for term 3"]);
    assert_eq!(role((Candidate, 3), (Candidate, 4)), ["becomes candidate for term 4"]);
    assert_eq!(role((Candidate, 4), (Leader, 4)), ["is leader for term 4"]);
}

#[test]
fn a_server_that_steps_down_says_why() {
    assert_eq!(
        role((Leader, 3), (Follower, 4)),
        ["steps down as leader of term 3: term 4 has begun"]
    );
    // It looks no longer as if it had voted for itself, as an implementation with a bug might.
    assert_eq!(
        role((Leader, 3), (Follower, 3)),
        ["steps down as leader of term 3", "forgets its vote in term 3"]
    );
    assert_eq!(
        role((Candidate, 3), (Follower, 4)),
        ["stands no more for term 3: term 4 has begun"]
    );
    assert_eq!(
        role((PreCandidate, 3), (Follower, 3)),
        ["asks no more whether it could win term 4"]
    );
    assert_eq!(
        role((Leader, 3), (Candidate, 4)),
        ["steps down as leader of term 3: term 4 has begun", "becomes candidate for term 4"]
    );
}

#[test]
fn a_candidate_that_finds_a_leader_follows_it() {
    let mut after = inside(Follower, 3, 7, 2);
    after.voted_for = Some(1);
    assert_eq!(
        said(inside(Candidate, 3, 7, 2), after),
        ["stands no more for term 3: the term has a leader"]
    );
}

#[test]
fn votes_and_terms() {
    let follower = |term, voted_for| Inspection { voted_for, ..inside(Follower, term, 7, 2) };
    assert_eq!(
        said(follower(2, Some(2)), follower(3, Some(0))),
        ["moves to term 3", "votes for node 0 in term 3"]
    );
    assert_eq!(said(follower(3, None), follower(3, Some(0))), ["votes for node 0 in term 3"]);
    assert_eq!(said(follower(3, Some(0)), follower(4, None)), ["moves to term 4"]);
}

#[test]
fn broken_rules_are_said_plainly() {
    let follower = |term, voted_for| Inspection { voted_for, ..inside(Follower, term, 7, 2) };
    assert_eq!(said(follower(4, None), follower(3, None)), ["goes back from term 4 to term 3"]);
    assert_eq!(
        said(follower(3, Some(0)), follower(3, Some(2))),
        ["changes its vote in term 3 from node 0 to node 2"]
    );
    assert_eq!(said(follower(3, Some(0)), follower(3, None)), ["forgets its vote in term 3"]);
    let committed = Inspection { commit_index: 3, ..follower(3, None) };
    assert_eq!(said(follower(3, None), committed), ["goes back from commit index 4 to 3"]);
}

#[test]
fn a_log_grows_or_is_cut() {
    let log = |role, before: (u64, u64), after: (u64, u64)| {
        said(inside(role, 3, before.0, before.1), inside(role, 3, after.0, after.1)).concat()
    };
    assert_eq!(log(Leader, (7, 2), (8, 3)), "appends entry 8 of term 3");
    assert_eq!(log(Follower, (7, 2), (9, 2)), "appends entries 8 to 9 of term 2");
    assert_eq!(log(Follower, (0, 0), (2, 1)), "appends entries 1 to 2 of term 1");
    // After 7 of term 2 there may be an entry that took the place of another one.
    assert_eq!(log(Follower, (7, 2), (9, 3)), "has a log that ends at 9 of term 3 now");
    assert_eq!(log(Follower, (7, 2), (7, 3)), "has a log that ends at 7 of term 3 now");
    assert_eq!(
        log(Follower, (7, 2), (5, 2)),
        "drops entries 6 to 7 of its log, which ends at 5 of term 2 now"
    );
    assert_eq!(log(Follower, (1, 2), (0, 0)), "drops entry 1 of its log, which is empty now");
}

#[test]
fn commits_are_decided_by_the_leader_and_learned_by_others() {
    let commit = |role, commit_index| {
        let after = Inspection { commit_index, ..inside(role, 3, 7, 2) };
        said(inside(role, 3, 7, 2), after).concat()
    };
    assert_eq!(commit(Leader, 5), "commits entry 5");
    assert_eq!(commit(Leader, 7), "commits entries 5 to 7");
    assert_eq!(commit(Follower, 5), "learns that entry 5 is committed");
    assert_eq!(commit(Follower, 7), "learns that entries 5 to 7 are committed");
}

#[test]
fn a_snapshot_and_the_order_of_all() {
    let after = Inspection {
        snapshot_index: 6,
        commit_index: 6,
        voted_for: Some(0),
        ..inside(Follower, 4, 5, 2)
    };
    let changes = changes(1, Some(&inside(Leader, 3, 7, 2)), &after);
    let kinds: Vec<&str> = changes.iter().map(Change::kind).collect();
    assert_eq!(kinds, ["role", "vote", "log", "snapshot", "commit"]);
    assert_eq!(changes[3].words(Naming::Node), "keeps a snapshot in place of its log up to 6");
}
