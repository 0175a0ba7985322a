//! Without a mistake it passes a sample of everything, each run made twice, and everything of it is seen. With
//! `ADAPTER_TIMES=100` the sample is as many times as large.

use adapter_tests::{assert_passed, drawn, sample};
use labtest::{Implementation, Repeats, RunOptions, RunOutcome, Verdict, property};
use raft_rs::RaftRs;
use std::sync::Arc;

/// What docs/findings.md tells of: a server that is alone leads one term in two lives, and without pre-votes
/// candidates that can't win keep others from it.
fn is_known(outcome: &RunOutcome) -> bool {
    let Verdict::Failed(failure) = &outcome.verdict else { return false };
    let Some(scenario) = drawn(outcome) else { return false };
    match failure.property {
        property::ELECTION_SAFETY => scenario.servers == 1,
        property::LEADER_EXISTS => !scenario.raft.pre_vote,
        _ => false,
    }
}

fn passes(suites: &[&str], seeds: u64) {
    let raft: Arc<dyn Implementation> = Arc::new(RaftRs::default());
    let options = RunOptions { repeats: Repeats::Always, ..RunOptions::default() };
    for outcome in sample(&raft, suites, seeds, &options) {
        match is_known(&outcome) {
            true => println!("{}, seed {}: {:?}", outcome.test, outcome.seed, outcome.verdict),
            false => assert_passed(&outcome),
        }
    }
}

#[test]
fn the_suites_of_the_lab() {
    passes(&["4A", "4B", "4C", "4D"], 2);
}

#[test]
fn clients_of_a_store() {
    passes(&["kv", "kv_snapshot"], 1);
}

#[test]
fn explorations() {
    passes(&["explore"], 25);
}
