//! Each bug is caught by explorations, by whatever property it breaks; the disk without a bug breaks none.

use labtest::{Implementation, LabTest, OurRaft, RunOptions, Verdict, all_tests, run_one};
use specimen_disks::specimens;
use std::sync::Arc;

const SEEDS: u64 = 1000;

fn hunters() -> Vec<LabTest> {
    let names = ["explore::crash", "explore::everything"];
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
fn caught(name: &str) {
    let specimen = specimens().into_iter().find(|specimen| specimen.name == name);
    let specimen: Arc<dyn Implementation> =
        Arc::new(specimen.expect("there is a diff of that name"));
    let caught = hunt(&specimen);
    println!("{name}: {caught:?}");
    assert!(caught.is_some(), "{name} is not caught in {SEEDS} seeds");
}

#[test]
fn cut_before_rename() {
    caught("cut-before-rename");
}

#[test]
fn directory_not_synced() {
    caught("directory-not-synced");
}

#[test]
fn stale_batch() {
    caught("stale-batch");
}

#[test]
fn wrong_file_synced() {
    caught("wrong-file-synced");
}

#[test]
fn acknowledged_by_sync_before() {
    caught("acknowledged-by-sync-before");
}

#[test]
fn torn_tail_is_data() {
    caught("torn-tail-is-data");
}

#[test]
fn every_diff_has_a_test() {
    assert_eq!(specimens().len(), 6, "a new diff in bugs/ needs a test above");
}

#[test]
fn the_disk_without_a_bug_passes() {
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    for seed in 1..=100 {
        for test in hunters() {
            let outcome = run_one(&test, seed, &implementation, &RunOptions::default());
            assert_eq!(outcome.verdict, Verdict::Passed, "{} seed {seed}", test.name);
        }
    }
}
