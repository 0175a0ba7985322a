//! Without a mistake it passes a sample of everything, and everything of it is seen.

use adapter_tests::{assert_passed, sample};
use etcd_like::EtcdLike;
use labtest::formats::Coverage;
use labtest::{Implementation, RunOptions};
use std::sync::Arc;

fn passes(suites: &[&str], seeds: u64) {
    let raft: Arc<dyn Implementation> = Arc::new(EtcdLike::default());
    for outcome in sample(&raft, suites, seeds, &RunOptions::default()) {
        assert_passed(&outcome);
        let seen = outcome.coverage.expect("it came to its end");
        // A message from before the calm may disturb it.
        let off = seen.off.iter().filter(|off| off.what != Coverage::ELECTIONS_IN_THE_CALM);
        assert_eq!(off.count(), 0, "{}, seed {}: {seen:?}", outcome.test, outcome.seed);
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
