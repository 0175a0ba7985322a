//! Without a mistake it passes a sample of everything, and everything of it is seen.

use etcd_like::EtcdLike;
use labtest::formats::Coverage;
use labtest::nemesis::FaultFilter;
use labtest::scenario::{Exploration, Scenario};
use labtest::{Implementation, RunOptions, Verdict, all_tests, run_one, select};
use std::sync::Arc;

const EXPLORATIONS: [(&str, Exploration); 4] = [
    ("explore::network", Exploration::Network),
    ("explore::crash", Exploration::Crash),
    ("explore::everything", Exploration::Everything),
    ("explore::kv", Exploration::Kv),
];

fn passes(suites: &[&str], seeds: u64) {
    let raft: Arc<dyn Implementation> = Arc::new(EtcdLike::default());
    let suites: Vec<String> = suites.iter().map(|suite| (*suite).to_owned()).collect();
    for test in select(all_tests(), &suites).expect("there are such tests") {
        for seed in 1..=seeds {
            let outcome = run_one(&test, seed, &raft, &RunOptions::default());
            let run = format!("{}, seed {seed}", test.name);
            assert_eq!(outcome.verdict, Verdict::Passed, "{run}");
            let seen = outcome.coverage.expect("it came to its end");
            assert!(seen.applied && seen.disk && seen.inside, "{run}: {seen:?}");
            // A server that is alone sends nothing.
            let is_alone = EXPLORATIONS.iter().any(|(name, exploration)| {
                let draw = || Scenario::draw(*exploration, seed, &FaultFilter::all());
                *name == test.name && draw().servers == 1
            });
            assert!(seen.messages || is_alone, "{run}: {seen:?}");
            // A message from before the calm may disturb it.
            let off = seen.off.iter().filter(|off| off.what != Coverage::ELECTIONS_IN_THE_CALM);
            assert_eq!(off.count(), 0, "{run}: {seen:?}");
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
