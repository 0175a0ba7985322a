use super::*;
use runtime::Simulation;

fn state(role: RoleName, term: u64, last_index: u64, commit_index: u64) -> Inspection {
    Inspection {
        term,
        voted_for: None,
        role,
        commit_index,
        last_applied: commit_index,
        snapshot_index: 0,
        snapshot_term: 0,
        last_index,
        last_term: 1,
    }
}

/// What server 0 is seen to do when it goes through these states.
fn seen(states: &[Inspection]) -> Vec<Vec<Event>> {
    let mut before: Option<Seen> = None;
    let mut all = Vec::new();
    for state in states {
        let now = Seen::from(state, before);
        if let Some(before) = before {
            let events = events(&before, &now, 0);
            all.push(Event::ALL.into_iter().filter(|event| events.has(*event)).collect());
        }
        before = Some(now);
    }
    all
}

use RoleName::{Candidate, Follower, Leader, PreCandidate};

#[test]
fn an_election_is_seen_step_by_step() {
    let states = [
        state(Follower, 1, 3, 3),
        state(PreCandidate, 1, 3, 3),
        state(Candidate, 2, 3, 3),
        state(Candidate, 3, 3, 3),
        state(Leader, 3, 3, 3),
        state(Follower, 4, 3, 3),
    ];
    assert_eq!(
        seen(&states),
        [
            vec![Event::Candidacy],
            vec![Event::Candidacy, Event::Term],
            vec![Event::Candidacy, Event::Term],
            vec![Event::Elected],
            vec![Event::StepDown, Event::Term],
        ]
    );
}

#[test]
fn a_vote_for_another_server_is_one_and_for_itself_is_none() {
    let voted = |term, voted_for| Inspection { voted_for, ..state(Follower, term, 0, 0) };
    let states = [voted(1, None), voted(1, Some(2)), voted(1, Some(2)), voted(2, Some(0))];
    assert_eq!(seen(&states), [vec![Event::Vote], vec![], vec![Event::Term]]);
}

#[test]
fn a_leader_appends_and_commits_what_is_new_in_its_term() {
    let states = [
        state(Candidate, 2, 3, 1),
        state(Leader, 2, 3, 1),
        state(Leader, 2, 5, 1),
        state(Leader, 2, 6, 3),
        state(Leader, 2, 6, 4),
        state(Leader, 2, 6, 6),
    ];
    assert_eq!(
        seen(&states),
        [
            vec![Event::Elected],
            vec![Event::Append, Event::FirstAppend],
            // Up to index 3 they are of earlier terms.
            vec![Event::Append, Event::Commit],
            vec![Event::Commit, Event::FirstCommit],
            vec![Event::Commit],
        ]
    );
}

#[test]
fn a_follower_takes_entries_over_and_loses_others() {
    let after = |last_term, state| Inspection { last_term, ..state };
    let states = [
        state(Follower, 2, 5, 1),
        state(Follower, 2, 6, 1),
        after(2, state(Follower, 2, 4, 1)),
        after(3, state(Follower, 3, 4, 1)),
    ];
    assert_eq!(
        seen(&states),
        [
            vec![Event::Replicated],
            vec![Event::Truncated],
            // As long as before, and another entry at the end.
            vec![Event::Term, Event::Truncated],
        ]
    );
}

#[test]
fn a_snapshot_is_seen() {
    let cut = |snapshot_index| Inspection { snapshot_index, ..state(Follower, 1, 9, 9) };
    assert_eq!(seen(&[cut(0), cut(5), cut(5)]), [vec![Event::Snapshot], vec![]]);
}

#[test]
fn whoever_waits_learns_who_did_it_and_when_it_has_happened_often_enough() {
    let waited = Simulation::new(1).run(async {
        let senses = Senses::default();
        let waits = {
            let senses = senses.clone();
            runtime::spawn(async move { senses.wait(1, Event::Vote, None, 2).await })
        };
        runtime::sleep(Duration::from_millis(1)).await;
        for (server, event) in [(3, Event::Vote), (4, Event::Append), (5, Event::Vote)] {
            senses.tell(server, event);
        }
        let waited = waits.await;
        assert!(senses.nobody_waits(), "who has waited is forgotten");
        waited
    });
    assert_eq!(waited.result.unwrap().unwrap(), Some(5));
}

#[test]
fn nobody_waits_for_ever() {
    let waited = Simulation::new(1).run(async {
        let senses = Senses::default();
        let cause = senses.wait(1, Event::Crash, None, 1).await;
        assert!(senses.nobody_waits(), "who has given up is forgotten");
        (cause, runtime::now().since(Instant::START))
    });
    assert_eq!(waited.result.unwrap(), (None, PATIENCE));
}

#[test]
fn what_other_servers_do_is_not_what_a_step_of_one_server_waits_for() {
    let waited = Simulation::new(1).run(async {
        let senses = Senses::default();
        let waits = {
            let senses = senses.clone();
            runtime::spawn(async move { senses.wait(1, Event::Elected, Some(4), 1).await })
        };
        runtime::sleep(Duration::from_millis(1)).await;
        senses.tell(3, Event::Elected);
        runtime::sleep(Duration::from_millis(1)).await;
        assert!(!senses.nobody_waits(), "it was another server");
        senses.tell(4, Event::Elected);
        waits.await
    });
    assert_eq!(waited.result.unwrap().unwrap(), Some(4));
}
