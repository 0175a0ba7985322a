//! Each mistake that can be planted is caught within a hundred seeds of an exploration, by the property
//! that it breaks and with the sentence that says so. One takes more luck: scenarios.rs has it.

use adapter_tests::Caught;
use labtest::{RunOptions, property};
use raft_rs::{Mistake, RaftRs};

const CAUGHT: [Caught; 6] = [
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
        "vote-forgotten",
        "explore::crash",
        property::RESTART,
        &["starts with no vote in term", "but its disk holds a vote for server"],
    ),
];

#[test]
fn each_is_caught_by_the_property_that_it_breaks() {
    for caught in &CAUGHT {
        let (seed, failure) = caught.first(&RaftRs::default(), &RunOptions::default());
        println!("{}: seed {seed}: {failure}", caught.0);
    }
}

#[test]
fn all_of_them_are_hunted() {
    let hunted = |name: &str| CAUGHT.iter().any(|caught| caught.0 == name);
    let others: Vec<_> = Mistake::ALL.iter().filter(|(name, _)| !hunted(name)).collect();
    assert_eq!(others, [&("clock-on-while-installing", Mistake::ClockOnWhileInstalling)]);
}
