//! Why nothing went on.

use super::replicated;
use super::scene::Scene;
use crate::property;
use labtrace::Place;
use raft::RoleName;

#[test]
fn candidates_that_stand_together_split_the_votes() {
    let mut scene = Scene::of(2);
    for term in 1..=3 {
        for candidate in [0, 1] {
            scene.shows(candidate, |toy| {
                (toy.inside.term, toy.inside.voted_for) = (term, Some(candidate));
                toy.inside.role = RoleName::Candidate;
            });
        }
    }
    let chain = scene.chain(property::LEADER_EXISTS, Place::default());
    let cause = labtrace::first_wrong(&chain).unwrap();
    assert_eq!(cause.fact, "votes-split");
    assert!(
        cause.text.starts_with("server 1 stands in term 1 together with server 0"),
        "{}",
        cause.text
    );
}

#[test]
fn nobody_who_could_be_elected_stands() {
    let mut scene = replicated();
    scene.crashes(0);
    let chain = scene.chain(property::LEADER_EXISTS, Place::default());
    // The leader was there until just now.
    assert_eq!(labtrace::first_wrong(&chain), None);
    scene.commits(1, 1);
    scene.passes(20_000);
    let chain = scene.chain(property::LEADER_EXISTS, Place::default());
    assert_eq!(labtrace::first_wrong(&chain).unwrap().fact, "no-candidate");
}
