//! What is told of causes over whole runs of a Raft in which nothing is wrong.

use super::*;
use crate::{OurRaft, all_tests};

/// What should not have been in a run, in words.
fn wrongs(test: &LabTest, seed: u64) -> Vec<String> {
    let (raft, options): (Arc<dyn Implementation>, _) = (Arc::new(OurRaft), RunOptions::default());
    let what = Runnable::Test(test);
    let subject = what.subject(seed, &*raft, &options);
    let recording = Recording::new(&subject, &raft, Output::memory(), Output::memory());
    let case = what.case(seed, &raft.supports(), &options).recorded(&recording);
    let outcome = timed(case, seed, &raft, &options);
    assert_eq!(outcome.verdict, Verdict::Passed, "{}, seed {seed}", test.name);
    recording.wrongs()
}

#[test]
fn nothing_is_wrong_in_runs_of_a_raft_that_passes() {
    for test in all_tests().iter().filter(|test| !test.name.starts_with("kv")) {
        let seeds = if test.exploration().is_some() { 25 } else { 2 };
        for seed in 1..=seeds {
            let wrongs = wrongs(test, seed);
            assert!(wrongs.is_empty(), "{}, seed {seed}: {wrongs:#?}", test.name);
        }
    }
}
