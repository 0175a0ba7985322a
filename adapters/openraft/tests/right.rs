//! Without a mistake it passes a sample of everything, each run made twice, and everything of it is seen. With
//! `ADAPTER_TIMES=100` the sample is as many times as large.

use adapter_tests::{assert_passed, sample};
use labtest::{Implementation, Repeats, RunOptions};
use openraft_adapter::OpenRaft;
use std::sync::Arc;

fn passes(suites: &[&str], seeds: u64) {
    let raft: Arc<dyn Implementation> = Arc::new(OpenRaft::default());
    let options = RunOptions { repeats: Repeats::Always, ..RunOptions::default() };
    sample(&raft, suites, seeds, &options).for_each(|outcome| assert_passed(&outcome));
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
