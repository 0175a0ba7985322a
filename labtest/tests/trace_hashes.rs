//! The hash of each test's run under seed 1, kept in a file: the same in every process, on every
//! machine, in debug and in release.
//!
//! A change in what Raft, the network or the tester does changes hashes, and then
//! `UPDATE=1 cargo test -p labtest --test trace_hashes` writes the file anew. A change that should not
//! have changed any run, and does, shows here.

use labtest::{Implementation, OurRaft, RunOptions, lab_tests, run_one};
use std::path::Path;
use std::sync::Arc;

const SEED: u64 = 1;

/// A line a test: name, hash, virtual nanoseconds, RPCs.
fn hashes() -> String {
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let line = |test| {
        let outcome = run_one(test, SEED, &implementation, &RunOptions::default());
        let (hash, rpcs) = (outcome.trace_hash, outcome.rpcs);
        format!(
            "{:38} {hash:016x} {:>12} {rpcs:>6}\n",
            outcome.test,
            outcome.virtual_time.as_nanos()
        )
    };
    lab_tests().iter().map(line).collect()
}

#[test]
fn every_run_is_the_one_on_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/trace_hashes.txt");
    let hashes = hashes();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &hashes).expect("the file can be written");
    }
    let on_file = std::fs::read_to_string(&path).expect("the file is there");
    let changed: Vec<&str> = hashes
        .lines()
        .filter(|line| !on_file.lines().any(|known| known == *line))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(on_file.lines().count(), lab_tests().len());
    assert!(
        changed.is_empty(),
        "these runs are not those on file: {}. If they are meant to be others now: UPDATE=1 cargo \
         test -p labtest --test trace_hashes",
        changed.join(", ")
    );
}
