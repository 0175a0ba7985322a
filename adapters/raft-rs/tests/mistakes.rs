//! Each mistake that can be planted is caught within a hundred seeds of an exploration, by the property
//! that it breaks and with the sentence that says so. One takes more luck: scenarios.rs has it.

use labtest::{
    Failure, Implementation, LabTest, RunOptions, Verdict, all_tests, property, run_one, select,
};
use raft_rs::{Mistake, RaftRs};

const SEEDS: u64 = 100;

/// A mistake by its option's name, the exploration that finds it, the property that it breaks, and what the sentence
/// must say.
struct Caught(&'static str, &'static str, &'static str, &'static [&'static str]);

const CAUGHT: [Caught; 6] = [
    Caught(
        "messages-before-sync",
        "explore::everything",
        property::ACKNOWLEDGED,
        &["asks for votes in term", "before its disk holds it"],
    ),
    Caught(
        "acks-before-sync",
        "explore::everything",
        property::ACKNOWLEDGED,
        &["accepts entry", "before its disk holds it"],
    ),
    Caught(
        "term-not-written",
        "explore::everything",
        property::ACKNOWLEDGED,
        &["accepts entry", "before its disk holds it: term"],
    ),
    Caught(
        "one-entry-written",
        "explore::everything",
        property::ACKNOWLEDGED,
        &["accepts entry", "before its disk holds it", "entries up to"],
    ),
    Caught(
        "snapshot-before-durable",
        "explore::crash",
        property::ACKNOWLEDGED,
        &["accepts entry", "before its disk holds it"],
    ),
    Caught(
        "vote-forgotten",
        "explore::crash",
        property::RESTART,
        &["starts with no vote in term", "but its disk holds a vote for server"],
    ),
];

/// What the seeds show, in order, of a Raft with that mistake.
fn failures(mistake: &str, tests: &[LabTest]) -> impl Iterator<Item = (u64, Failure)> {
    let option = ("bug".to_owned(), mistake.to_owned());
    let raft = RaftRs::default().with_options(&[option]).expect("it is an option");
    let runs = (1..=SEEDS).flat_map(move |seed| tests.iter().map(move |test| (test, seed)));
    runs.filter_map(move |(test, seed)| {
        match run_one(test, seed, &raft, &RunOptions::default()).verdict {
            Verdict::Passed => None,
            Verdict::Failed(failure) => Some((seed, failure)),
            Verdict::Undecided(reason) => panic!("{mistake}, seed {seed}: {reason}"),
        }
    })
}

#[test]
fn each_is_caught_by_the_property_that_it_breaks() {
    for Caught(mistake, explorations, property, words) in CAUGHT {
        let tests = select(all_tests(), &[explorations.to_owned()]).expect("there are such tests");
        let is_it = |failure: &Failure| {
            failure.property == property && words.iter().all(|it| failure.message.contains(it))
        };
        let caught = failures(mistake, &tests).find(|(_, failure)| is_it(failure));
        let Some((seed, failure)) = caught else {
            panic!("{mistake}: {explorations} does not find {property} in {SEEDS} seeds");
        };
        println!("{mistake}: seed {seed}: {failure}");
    }
}

#[test]
fn all_of_them_are_hunted() {
    let hunted = |name: &str| CAUGHT.iter().any(|caught| caught.0 == name);
    let others: Vec<_> = Mistake::ALL.iter().filter(|(name, _)| !hunted(name)).collect();
    assert_eq!(others, [&("clock-on-while-installing", Mistake::ClockOnWhileInstalling)]);
}
