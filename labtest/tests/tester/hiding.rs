//! What the tester is not shown it does not hold against anybody: a right Raft passes, whatever it hides.
//!
//! `HIDING_SEEDS=3000 cargo test --release -p labtest --test tester hiding` makes more runs.

use crate::common::test_of_name;
use crate::hidden::Hiding;
use labtest::{Implementation, RunOptions, Verdict, run_one};
use std::sync::Arc;

const EXPLORATIONS: [&str; 3] = ["explore::network", "explore::crash", "explore::everything"];

/// How many seeds of each exploration are run, if the environment says nothing.
const SEEDS: u64 = 24;

fn seeds() -> u64 {
    std::env::var("HIDING_SEEDS").map_or(SEEDS, |seeds| seeds.parse().expect("a number of seeds"))
}

/// Every run that did not pass, in a line each.
fn alarms(shown: Hiding) -> Vec<String> {
    let implementation: Arc<dyn Implementation> = Arc::new(shown);
    let mut alarms = Vec::new();
    for name in EXPLORATIONS {
        let test = test_of_name(name);
        for seed in 1..=seeds() {
            match run_one(&test, seed, &implementation, &RunOptions::default()).verdict {
                Verdict::Passed => {}
                other => alarms.push(format!("{shown:?} {name} seed {seed}: {other:?}")),
            }
        }
    }
    println!("{shown:?}: {} alarms in {} runs", alarms.len(), EXPLORATIONS.len() as u64 * seeds());
    alarms
}

fn stays_silent(shown: impl Iterator<Item = Hiding>) {
    let alarms: Vec<String> = shown.flat_map(alarms).collect();
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

#[test]
fn a_right_raft_that_shows_its_state_passes() {
    stays_silent(Hiding::all().filter(|shown| shown.state));
}

#[test]
fn a_right_raft_that_hides_its_state_passes() {
    stays_silent(Hiding::all().filter(|shown| !shown.state));
}

#[test]
fn a_right_raft_that_shows_its_state_without_its_log_passes() {
    let of_state = Hiding::all().filter(|shown| shown.state);
    stays_silent(of_state.map(|shown| Hiding { log: false, ..shown }));
}
