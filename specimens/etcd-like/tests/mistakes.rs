//! Each mistake that can be planted is caught within a hundred seeds of an exploration, by the property
//! that it breaks and with the sentence that says so.

use adapter_tests::{Caught, SEEDS};
use etcd_like::{EtcdLike, Mistake};
use labtest::{Implementation, RunOptions, property};
use std::sync::Arc;

const CAUGHT: [Caught; 8] = [
    Caught(
        "messages-before-sync",
        "explore::everything",
        property::ACKNOWLEDGED,
        &["asks for votes in term", "before it has stored that term"],
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

#[test]
fn each_is_caught_by_the_property_that_it_breaks() {
    for caught in &CAUGHT {
        let Caught(mistake, explorations, property, _) = caught;
        let mut failures = caught.failures(&EtcdLike::default(), &RunOptions::default());
        let is_caught = failures.any(|(_, failure)| {
            // It may break something else first, but never shows as a panic or a standstill.
            assert!(failure.property.starts_with("safety:"), "{mistake}: {failure:?}");
            caught.is_it(&failure)
        });
        assert!(is_caught, "{mistake}: {explorations} does not find {property} in {SEEDS} seeds");
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
