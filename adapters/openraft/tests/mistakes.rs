//! Each mistake that can be planted is caught within a hundred seeds of an exploration, from inside and from outside, by
//! the property that it breaks and with the sentence that says so. One takes more luck: scenarios.rs has it.

use labtest::{
    Failure, Implementation, LabTest, RunOptions, Verdict, all_tests, property, run_one, select,
};
use openraft_adapter::{Mistake, OpenRaft};

const SEEDS: u64 = 100;

/// A mistake by its option's name, the exploration that finds it, the property that it breaks, and what the sentence
/// must say.
struct Caught(&'static str, &'static str, &'static str, &'static [&'static str]);

const CAUGHT: [Caught; 9] = [
    Caught(
        "acks-before-sync",
        "explore::crash",
        property::ACKNOWLEDGED,
        &["accepts entry", "before its disk holds it"],
    ),
    Caught(
        "votes-before-sync",
        "explore::crash",
        property::ACKNOWLEDGED,
        &["asks for votes in term", "before its disk holds it"],
    ),
    Caught("vote-forgotten", "explore::crash", property::TERM_MONOTONIC, &["server"]),
    Caught(
        "one-entry-written",
        "explore::everything",
        property::ACKNOWLEDGED,
        &["accepts entry", "before its disk holds it", "entries up to"],
    ),
    Caught(
        "applied-too-far",
        "explore::crash",
        property::APPLY_ORDER,
        &["apply out of order, expected index"],
    ),
    Caught(
        "own-entries-kept-back",
        "explore::crash",
        property::APPLY_ORDER,
        &["expected index 1, got 2"],
    ),
    Caught("index-of-metrics", "explore::crash", property::START, &["promises index", "to two"]),
    Caught(
        "leader-restored",
        "explore::crash",
        property::ELECTION_SAFETY,
        &["has 2 (>1) leaders: server", "in its life 1"],
    ),
    Caught(
        "snapshot-answered-at-once",
        "explore::crash",
        property::ACKNOWLEDGED,
        &["accepts a snapshot up to", "before its disk holds it"],
    ),
];

/// What the seeds show, in order, of a Raft with that mistake.
fn failures<'a>(
    mistake: &'a str,
    tests: &'a [LabTest],
    options: &'a RunOptions,
) -> impl Iterator<Item = (u64, Failure)> + 'a {
    let option = ("bug".to_owned(), mistake.to_owned());
    let raft = OpenRaft::default().with_options(&[option]).expect("it is an option");
    let runs = (1..=SEEDS).flat_map(move |seed| tests.iter().map(move |test| (test, seed)));
    runs.filter_map(move |(test, seed)| match run_one(test, seed, &raft, options).verdict {
        Verdict::Passed => None,
        Verdict::Failed(failure) => Some((seed, failure)),
        Verdict::Undecided(reason) => panic!("{mistake}, seed {seed}: {reason}"),
    })
}

#[test]
fn each_is_caught_by_the_property_that_it_breaks() {
    for outside_only in [false, true] {
        let options = RunOptions { outside_only, ..RunOptions::default() };
        for Caught(mistake, exploration, property, words) in CAUGHT {
            let tests =
                select(all_tests(), &[exploration.to_owned()]).expect("there is such a test");
            let is_it = |failure: &Failure| {
                failure.property == property && words.iter().all(|it| failure.message.contains(it))
            };
            let caught = failures(mistake, &tests, &options).find(|(_, failure)| is_it(failure));
            let Some((seed, failure)) = caught else {
                panic!("{mistake}: {exploration} does not find {property} in {SEEDS} seeds");
            };
            let from = if outside_only { "outside" } else { "inside" };
            println!("{mistake}, from {from}: seed {seed}: {failure}");
        }
    }
}

#[test]
fn all_of_them_are_hunted() {
    let hunted = |name: &str| CAUGHT.iter().any(|caught| caught.0 == name);
    let others: Vec<_> = Mistake::ALL.iter().filter(|(name, _)| !hunted(name)).collect();
    assert_eq!(others, [&("log-cut-first", Mistake::LogCutFirst)]);
}
