//! Each bug is caught soon, by whatever property it breaks; the store without a bug breaks none.

use labtest::{
    Implementation, LabTest, OurRaft, RunOptions, Verdict, all_tests, kv_tests, run_one,
};
use specimen_clients::{Reads, specimens};
use std::sync::Arc;

const SEEDS: u64 = 200;

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
            if let Verdict::Failed(failure) = outcome.verdict {
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

#[track_caller]
fn passes(implementation: impl Implementation) {
    let implementation: Arc<dyn Implementation> = Arc::new(implementation);
    for seed in 1..=10 {
        for test in hunters() {
            let outcome = run_one(&test, seed, &implementation, &RunOptions::default());
            assert_eq!(outcome.verdict, Verdict::Passed, "{} seed {seed}", test.name);
        }
    }
    for test in kv_tests() {
        let outcome = run_one(test, 11, &implementation, &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", test.name);
    }
}

#[test]
fn the_store_without_a_bug_passes() {
    passes(OurRaft);
}

/// It reads through the log, and shows neither its messages nor its disk.
#[test]
fn a_harmless_store_passes() {
    passes(Reads::ThroughTheLog);
}
