//! What docs/findings.md tells of, by the scenarios that show it.

use adapter_tests::shown;
use labtest::scenario::Scenario;
use labtest::{Failure, RunOptions, property};
use raft_rs::{Mistake, RaftRs};
use std::sync::Arc;

fn scenario(name: &str) -> Scenario {
    adapter_tests::scenario(env!("CARGO_MANIFEST_DIR"), name)
}

fn failures(
    scenario: &Scenario,
    seeds: u64,
    mistake: Option<Mistake>,
) -> impl Iterator<Item = Option<Failure>> {
    shown(scenario, seeds, Arc::new(RaftRs { mistake }), RunOptions::default())
}

#[test]
fn a_server_that_is_alone_leads_a_term_that_is_not_durable() {
    for failure in failures(&scenario("alone-in-a-term-that-is-not-durable"), 3, None) {
        let failure = failure.expect("the crate does so");
        assert_eq!(failure.property, property::ELECTION_SAFETY, "{failure}");
        assert!(failure.message.contains("server 0 in its life 1"), "{failure}");
    }
}

#[test]
fn a_server_that_stands_while_a_snapshot_is_installed_panics() {
    let scenario = scenario("no-leader-while-a-snapshot-is-installed");
    assert_eq!(failures(&scenario, 3, None).flatten().next(), None);
    for failure in failures(&scenario, 3, Some(Mistake::ClockOnWhileInstalling)) {
        let failure = failure.expect("it is a panic");
        assert_eq!(failure.property, property::PANIC, "{failure}");
        let said = "unexpected error getting unapplied entries";
        assert!(failure.message.contains(said), "{failure}");
    }
}

#[test]
fn candidates_that_cannot_win_keep_others_from_it_unless_there_are_pre_votes() {
    let mut scenario = scenario("candidates-that-cannot-win");
    let failure = failures(&scenario, 200, None).flatten().next().expect("some seed shows it");
    assert_eq!(failure.property, property::LEADER_EXISTS, "{failure}");
    scenario.raft.pre_vote = true;
    assert_eq!(failures(&scenario, 200, None).flatten().next(), None);
}
