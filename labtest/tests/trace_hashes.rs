//! The hashes of runs, kept in a file: the same in every process, on every machine, in debug and in
//! release. Each test has a line with its run under seed 1, and each fault that explorations draw one
//! with an exploration that has this fault and no other.
//!
//! A change in what Raft, the network or the tester does changes hashes, and then `UPDATE=1 cargo test -p
//! labtest --test trace_hashes` writes the file again. A change that should not have changed any run, and does,
//! shows here.

use labtest::nemesis::{FAULTS, FaultFilter, FaultKind};
use labtest::scenario::{Exploration, Scenario, run_scenario};
use labtest::{Implementation, LabTest, OurRaft, Repeats, RunOptions, Verdict, all_tests, run_one};
use std::path::Path;
use std::sync::Arc;

/// Name, seed, hash, virtual nanoseconds, RPCs.
fn line(name: &str, test: &LabTest, seed: u64, faults: FaultFilter) -> String {
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let options = RunOptions { faults, repeats: Repeats::Always, ..RunOptions::default() };
    let outcome = run_one(test, seed, &implementation, &options);
    assert_eq!(outcome.verdict, Verdict::Passed, "{name}, seed {seed}");
    let (hash, virtual_ns) = (outcome.trace_hash, outcome.virtual_time.as_nanos());
    format!("{name:42} {seed:>4} {hash:016x} {virtual_ns:>13} {:>6}\n", outcome.measures.rpcs)
}

fn of_tests() -> impl Iterator<Item = String> {
    all_tests().iter().map(|test| line(test.name, test, 1, FaultFilter::all()))
}

fn drawn_faults() -> impl Iterator<Item = &'static FaultKind> {
    FAULTS.iter().filter(|fault| fault.is_drawn())
}

/// The most seeds that are looked at for a scenario with a fault: one that is drawn is in one of a few hundred.
const SEEDS: u64 = 100_000;

/// Whether a seed's scenario has that fault, and another run than without its steps: a step may wait for what never
/// happens, and the name may be that of a group, too.
fn changes_the_run(exploration: Exploration, seed: u64, fault: &str, only: &FaultFilter) -> bool {
    let scenario = Scenario::draw(exploration, seed, only);
    if !scenario.steps.iter().any(|step| step.fault.name() == fault) {
        return false;
    }
    let raft: Arc<dyn Implementation> = Arc::new(OurRaft);
    let hash = |it: &Scenario| run_scenario(it, seed, &raft, &RunOptions::default()).trace_hash;
    hash(&scenario) != hash(&Scenario { steps: Vec::new(), ..scenario.clone() })
}

fn of_faults() -> impl Iterator<Item = String> {
    let explorations = [
        ("explore::everything", Exploration::Everything),
        // Only clients of a store can be cut off.
        ("explore::kv", Exploration::Kv),
    ];
    drawn_faults().map(move |fault| {
        let only = FaultFilter::parse(fault.name).expect("a fault");
        let found = explorations.iter().find_map(|&(name, exploration)| {
            let mut seeds = 1..SEEDS;
            seeds
                .find(|&seed| changes_the_run(exploration, seed, fault.name, &only))
                .map(|seed| (name, seed))
        });
        let (name, seed) = found.expect("a scenario with every fault");
        let test = all_tests().iter().find(|test| test.name == name).expect("a test of that name");
        line(&format!("{name} with {}", fault.name), test, seed, only)
    })
}

#[test]
fn every_run_is_the_one_on_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/trace_hashes.txt");
    let hashes: String = of_tests().chain(of_faults()).collect();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &hashes).expect("the file can be written");
    }
    let on_file = std::fs::read_to_string(&path).expect("the file is there");
    let changed: Vec<&str> = hashes
        .lines()
        .filter(|line| !on_file.lines().any(|known| known == *line))
        .map(|line| line.split("  ").next().unwrap_or(line))
        .collect();
    assert!(
        changed.is_empty(),
        "these runs are not those on file: {}. If they are meant to be others now: UPDATE=1 cargo \
         test -p labtest --test trace_hashes",
        changed.join(", ")
    );
    assert_eq!(on_file.lines().count(), all_tests().len() + drawn_faults().count());
}
