//! Each bug is caught by what clients see, soon; the store without a bug is not.

use labtest::{
    Implementation, LabTest, OurRaft, RunOptions, Verdict, all_tests, property, run_one,
};
use specimen_clients::{Reads, specimens};
use std::sync::Arc;

const SEEDS: u64 = 200;

/// What catches a bug of a store: what its clients saw, and the state of its servers.
const CATCHES: [&str; 6] = [
    property::LINEARIZABLE,
    property::APPENDS,
    property::SESSION,
    property::COUNTER,
    property::DURABILITY,
    property::SNAPSHOT,
];

fn hunters() -> Vec<LabTest> {
    let names = ["explore::kv", "kv_snapshot::everything"];
    let fits = |test: &&LabTest| names.contains(&test.name);
    all_tests().iter().filter(fits).copied().collect()
}

/// The first catch: test, seed, property, sentence.
fn hunt(specimen: &Arc<dyn Implementation>) -> Option<(&'static str, u64, &'static str, String)> {
    for seed in 1..=SEEDS {
        for test in hunters() {
            let outcome = run_one(&test, seed, specimen, &RunOptions::default());
            if let Verdict::Failed(failure) = outcome.verdict
                && CATCHES.contains(&failure.property)
            {
                return Some((test.name, seed, failure.property, failure.message));
            }
        }
    }
    None
}

#[track_caller]
fn caught(specimen: impl Implementation) {
    let specimen: Arc<dyn Implementation> = Arc::new(specimen);
    let caught = hunt(&specimen);
    println!("{}: {caught:?}", specimen.name());
    assert!(caught.is_some(), "{} is not caught in {SEEDS} seeds", specimen.name());
}

#[track_caller]
fn specimen_caught(name: &str) {
    let specimen = specimens().into_iter().find(|specimen| specimen.name == name);
    caught(specimen.expect("there is a diff of that name"));
}

#[test]
fn no_deduplication() {
    specimen_caught("no-deduplication");
}

#[test]
fn deduplication_not_in_snapshot() {
    specimen_caught("deduplication-not-in-snapshot");
}

#[test]
fn reply_before_apply() {
    specimen_caught("reply-before-apply");
}

#[test]
fn lost_leadership_answered() {
    specimen_caught("lost-leadership-answered");
}

#[test]
fn read_from_deposed_leader() {
    caught(Reads::FromDeposedLeader);
}

#[test]
fn read_before_first_commit() {
    caught(Reads::BeforeFirstCommit);
}

#[test]
fn every_diff_has_a_test() {
    assert_eq!(specimens().len(), 4, "a new diff in bugs/ needs a test above");
}

#[test]
fn the_store_without_a_bug_passes() {
    let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
    for seed in 1..=10 {
        for test in hunters() {
            let outcome = run_one(&test, seed, &raft, &RunOptions::default());
            assert_eq!(outcome.verdict, Verdict::Passed, "{} seed {seed}", test.name);
        }
    }
}
