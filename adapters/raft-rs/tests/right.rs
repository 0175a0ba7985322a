//! Without a mistake it passes a sample of everything, each run made twice, and everything of it is seen. With
//! `ADAPTER_TIMES=100` the sample is as many times as large.

use labtest::nemesis::FaultFilter;
use labtest::scenario::{Exploration, Scenario};
use labtest::{
    Implementation, Repeats, RunOptions, RunOutcome, Verdict, all_tests, property, run_one, select,
};
use raft_rs::RaftRs;
use std::sync::Arc;

/// What docs/findings.md tells of: a server that is alone leads one term in two lives, and without pre-votes
/// candidates that can't win keep others from it.
fn is_known(outcome: &RunOutcome) -> bool {
    let Verdict::Failed(failure) = &outcome.verdict else { return false };
    let exploration = match outcome.test {
        "explore::network" => Exploration::Network,
        "explore::crash" => Exploration::Crash,
        "explore::everything" => Exploration::Everything,
        "explore::kv" => Exploration::Kv,
        _ => return false,
    };
    let scenario = Scenario::draw(exploration, outcome.seed, &FaultFilter::all());
    match failure.property {
        property::ELECTION_SAFETY => scenario.servers == 1,
        property::LEADER_EXISTS => !scenario.raft.pre_vote,
        _ => false,
    }
}

fn passes(suites: &[&str], seeds: u64) {
    let times = std::env::var("ADAPTER_TIMES").map_or(1, |it| it.parse().expect("a number"));
    let raft: Arc<dyn Implementation> = Arc::new(RaftRs::default());
    let options = RunOptions { repeats: Repeats::Always, ..RunOptions::default() };
    let suites: Vec<String> = suites.iter().map(|suite| (*suite).to_owned()).collect();
    for test in select(all_tests(), &suites).expect("there are such tests") {
        for seed in 1..=seeds * times {
            let outcome = run_one(&test, seed, &raft, &options);
            let run = format!("{}, seed {seed}", test.name);
            if is_known(&outcome) {
                println!("{run}: {:?}", outcome.verdict);
                continue;
            }
            assert_eq!(outcome.verdict, Verdict::Passed, "{run}");
            let seen = outcome.coverage.expect("it came to its end");
            assert!(seen.applied && seen.disk && seen.inside, "{run}: {seen:?}");
            // A server that is alone says nothing; where there is a store its clients do.
            let is_silent = outcome.measures.rpcs == 0 || test.name == "explore::kv";
            assert!(seen.messages || is_silent, "{run}: {seen:?}");
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
