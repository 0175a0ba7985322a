//! What a newcomer sees first is what the README says.

use labtest::{Implementation, RunOptions, Verdict, lab_tests, run_one};
use std::sync::Arc;

#[test]
fn every_test_of_4a_fails_for_want_of_a_leader() {
    let skeleton: Arc<dyn Implementation> = Arc::new(skeleton::Skeleton);
    for test in lab_tests().iter().filter(|test| test.suite() == "4A") {
        let outcome = run_one(test, 1, &skeleton, &RunOptions::default());
        let Verdict::Failed(failure) = outcome.verdict else { panic!("{} passed", test.name) };
        assert_eq!(failure.message, "expected one leader, got none");
    }
}

/// The tasks and the RPCs that are there do work: the run takes its time and nobody panics.
#[test]
fn every_other_test_fails_for_want_of_agreement_or_a_leader() {
    let skeleton: Arc<dyn Implementation> = Arc::new(skeleton::Skeleton);
    for test in lab_tests().iter().filter(|test| test.suite() != "4A") {
        let outcome = run_one(test, 1, &skeleton, &RunOptions::default());
        let Verdict::Failed(failure) = outcome.verdict else { panic!("{} passed", test.name) };
        assert!(failure.property.starts_with("liveness:"), "{}: {failure}", test.name);
    }
}
