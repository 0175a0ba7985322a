//! What docs/findings.md tells of, by the scenarios that show it.

use adapter_tests::shown;
use labtest::scenario::Scenario;
use labtest::{Failure, RunOptions, property};
use openraft_adapter::{Mistake, OpenRaft};
use std::sync::Arc;

fn scenario(name: &str) -> Scenario {
    adapter_tests::scenario(env!("CARGO_MANIFEST_DIR"), name)
}

/// From outside.
fn failures(
    scenario: &Scenario,
    seeds: u64,
    raft: OpenRaft,
) -> impl Iterator<Item = Option<Failure>> {
    let options = RunOptions { outside_only: true, ..RunOptions::default() };
    shown(scenario, seeds, Arc::new(raft), options)
}

fn with(mistake: Mistake) -> OpenRaft {
    OpenRaft { mistake: Some(mistake), ..OpenRaft::default() }
}

#[test]
fn a_leader_that_is_restored_gives_a_place_to_two_commands() {
    let scenario = scenario("leader-restored-without-its-entry");
    assert_eq!(failures(&scenario, 3, OpenRaft::default()).flatten().next(), None);
    for failure in failures(&scenario, 3, with(Mistake::LeaderRestored)) {
        let failure = failure.expect("the crate does so");
        assert_eq!(failure.property, property::ELECTION_SAFETY, "{failure}");
        assert!(failure.message.contains("server 0 in its life 1"), "{failure}");
    }
    let hidden = OpenRaft { is_hidden: true, ..with(Mistake::LeaderRestored) };
    for failure in failures(&scenario, 3, hidden) {
        let failure = failure.expect("the crate does so");
        assert_eq!(failure.property, property::START, "{failure}");
        let said = "server 0 promised index 2 in term 1 to 1000002, but the entry of that index and term is 1000001";
        assert_eq!(failure.message, said);
    }
}

#[test]
fn a_snapshot_is_answered_for_by_entries_that_are_not_durable() {
    let scenario = scenario("snapshot-answered-from-memory");
    assert_eq!(failures(&scenario, 20, OpenRaft::default()).flatten().next(), None);
    let mut shown = failures(&scenario, 20, with(Mistake::SnapshotAnsweredAtOnce)).flatten();
    let failure = shown.next().expect("some seed shows it");
    assert_eq!(failure.property, property::ACKNOWLEDGED, "{failure}");
    assert!(failure.message.contains("accepts a snapshot up to 1"), "{failure}");
}

#[test]
fn a_log_is_cut_before_the_snapshot_is_there_that_takes_its_place() {
    let scenario = scenario("log-cut-before-its-snapshot-is-there");
    assert_eq!(failures(&scenario, 100, OpenRaft::default()).flatten().next(), None);
    let mut shown = failures(&scenario, 100, with(Mistake::LogCutFirst)).flatten();
    let failure = shown.next().expect("some seed shows it");
    assert_eq!(failure.property, property::DURABILITY, "{failure}");
    assert!(failure.message.contains("but its log now ends at"), "{failure}");
}
