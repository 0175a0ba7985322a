//! Each mistake that can be planted is caught within a hundred seeds of an exploration, from inside and from outside, by
//! the property that it breaks and with the sentence that says so. One takes more luck: scenarios.rs has it.

use adapter_tests::Caught;
use labtest::{RunOptions, property};
use openraft_adapter::{Mistake, OpenRaft};

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
        &["asks for votes in term", "before it has stored that term"],
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

#[test]
fn each_is_caught_by_the_property_that_it_breaks() {
    for outside_only in [false, true] {
        let options = RunOptions { outside_only, ..RunOptions::default() };
        let from = if outside_only { "outside" } else { "inside" };
        for caught in &CAUGHT {
            let (seed, failure) = caught.first(&OpenRaft::default(), &options);
            println!("{}, from {from}: seed {seed}: {failure}", caught.0);
        }
    }
}

#[test]
fn all_of_them_are_hunted() {
    let hunted = |name: &str| CAUGHT.iter().any(|caught| caught.0 == name);
    let others: Vec<_> = Mistake::ALL.iter().filter(|(name, _)| !hunted(name)).collect();
    assert_eq!(others, [&("log-cut-first", Mistake::LogCutFirst)]);
}
