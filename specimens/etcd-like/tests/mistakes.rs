//! Each mistake that can be planted is caught within a hundred seeds of an exploration, by the property
//! that it breaks and with the sentence that says so.

use etcd_like::{EtcdLike, Mistake};
use labtest::{
    Failure, Implementation, LabTest, RunOptions, Verdict, all_tests, property, run_one, select,
};
use std::sync::Arc;

const SEEDS: u64 = 100;

/// A mistake by its option's name, the exploration that finds it (or all, where it takes luck), the property
/// that it breaks, and what the sentence must say.
struct Caught(&'static str, &'static str, &'static str, &'static [&'static str]);

const CAUGHT: [Caught; 8] = [
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
        "clock-on-while-installing",
        "explore",
        property::TERM_MONOTONIC,
        &["'s term went back from"],
    ),
    Caught(
        "commit-header-wrong",
        "explore::everything",
        property::COMMITTED_ENTRIES,
        &["considers entry", "committed, one of term"],
    ),
    Caught(
        "vote-forgotten",
        "explore::crash",
        property::RESTART,
        &["starts with no vote in term", "but its disk holds a vote for server"],
    ),
];

/// What the seeds show, in order, of a Raft with that mistake.
fn failures(mistake: &str, tests: &[LabTest]) -> impl Iterator<Item = Failure> {
    let option = ("bug".to_owned(), mistake.to_owned());
    let raft = EtcdLike::default().with_options(&[option]).expect("it is an option");
    let runs = (1..=SEEDS).flat_map(move |seed| tests.iter().map(move |test| (test, seed)));
    runs.filter_map(move |(test, seed)| {
        match run_one(test, seed, &raft, &RunOptions::default()).verdict {
            Verdict::Passed => None,
            Verdict::Failed(failure) => Some(failure),
            Verdict::Undecided(reason) => panic!("{mistake}, seed {seed}: {reason}"),
        }
    })
}

#[test]
fn each_is_caught_by_the_property_that_it_breaks() {
    for Caught(mistake, explorations, property, words) in CAUGHT {
        let tests = select(all_tests(), &[explorations.to_owned()]).expect("there are such tests");
        let is_it = |failure: &Failure| {
            // It may break something else first, but never shows as a panic or a standstill.
            assert!(failure.property.starts_with("safety:"), "{mistake}: {failure:?}");
            failure.property == property && words.iter().all(|it| failure.message.contains(it))
        };
        let caught = failures(mistake, &tests).any(|failure| is_it(&failure));
        assert!(caught, "{mistake}: {explorations} does not find {property} in {SEEDS} seeds");
    }
}

#[test]
fn all_of_them_are_hunted() {
    assert_eq!(CAUGHT.map(|caught| caught.0), Mistake::ALL.map(|(name, _)| name));
}

#[test]
fn an_option_that_there_is_not_is_named_with_those_that_there_are() {
    let refused = |key: &str, value: &str| {
        let raft: Arc<dyn Implementation> = Arc::new(EtcdLike::default());
        match raft.with_options(&[(key.to_owned(), value.to_owned())]) {
            Ok(_) => panic!("{key}={value} is taken"),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(refused("bugs", "x"), "etcd-like has no option `bugs`, only `bug`");
    let sentence = refused("bug", "ack-before-sync");
    assert!(
        sentence.starts_with("there is no bug `ack-before-sync`, expected one of"),
        "{sentence}"
    );
    assert!(sentence.contains("`acks-before-sync`"), "{sentence}");
}
