//! What docs/findings.md tells of, by the scenarios that show it.

use labtest::scenario::{Scenario, run_scenario};
use labtest::{Failure, RunOptions, Verdict, property};
use raft_rs::{Mistake, RaftRs};
use std::sync::Arc;

/// What the scenario of that name shows under a few seeds.
fn failures(name: &str, mistake: Option<Mistake>) -> Vec<Option<Failure>> {
    let file = format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).expect("it is there");
    let scenario = Scenario::from_toml(&text, &file).expect("it is a scenario");
    let run = |seed| {
        let raft = Arc::new(RaftRs { mistake }) as _;
        match run_scenario(&scenario, seed, &raft, &RunOptions::default()).verdict {
            Verdict::Passed => None,
            Verdict::Failed(failure) => Some(failure),
            Verdict::Undecided(reason) => panic!("{name}, seed {seed}: {reason}"),
        }
    };
    (1..=3).map(run).collect()
}

#[test]
fn a_server_that_is_alone_leads_a_term_that_is_not_durable() {
    for failure in failures("alone-in-a-term-that-is-not-durable", None) {
        let failure = failure.expect("the crate does so");
        assert_eq!(failure.property, property::ELECTION_SAFETY, "{failure}");
        assert!(failure.message.contains("server 0 in its life 1"), "{failure}");
    }
}

#[test]
fn a_server_that_stands_while_a_snapshot_is_installed_panics() {
    let name = "no-leader-while-a-snapshot-is-installed";
    assert_eq!(failures(name, None), [None, None, None]);
    for failure in failures(name, Some(Mistake::ClockOnWhileInstalling)) {
        let failure = failure.expect("it is a panic");
        assert_eq!(failure.property, property::PANIC, "{failure}");
        let said = "unexpected error getting unapplied entries";
        assert!(failure.message.contains(said), "{failure}");
    }
}
