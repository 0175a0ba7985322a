//! What a fact says beside its kind: the message on which something happened, and what came with it.

use super::replicated;
use super::scene::{Scene, place};
use crate::{RaftMessage, property};
use labtrace::Place;
use raft::RoleName;

/// What is told of the last wrong.
fn last_wrong(scene: &Scene) -> String {
    let wrongs = scene.causes.wrongs();
    let last = wrongs.last().expect("something is wrong");
    last.split_once(": ").expect("a text").1.to_owned()
}

#[test]
fn entries_that_are_gone_on_a_heartbeat() {
    let mut scene = replicated();
    scene.stands_still();
    let call = scene.sends((0, 1), place(0, 0), &[]);
    scene.accepts((0, 1), call, &[]);
    let sent_at = "0.029 s";
    assert_eq!(
        last_wrong(&scene),
        format!(
            "server 1 drops entry 1 (of term 1), on a heartbeat without a previous entry that server 0 sent at \
             {sent_at}, although nothing contradicts it"
        )
    );
}

#[test]
fn of_two_messages_at_one_moment_neither_is_named() {
    let mut scene = replicated();
    scene.stands_still();
    scene.sends((0, 1), place(1, 1), &[]);
    let call = scene.sends((0, 1), place(0, 0), &[]);
    scene.accepts((0, 1), call, &[]);
    assert!(!last_wrong(&scene).contains("heartbeat"), "{}", last_wrong(&scene));
}

#[test]
fn what_a_leader_counts_on_an_answer() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    let call = scene.sends((0, 1), place(1, 1), &[]);
    scene.accepts((0, 1), call, &[1]);
    scene.stands_still();
    scene.hears((0, 1), call);
    scene.shows(0, |toy| toy.counts = vec![2, 2, 1]);
    assert_eq!(
        last_wrong(&scene),
        "server 0 counts entry 2 as stored on server 1, which has confirmed no more than 1 in term 1, on server 1's \
         answer to a heartbeat after entry 1 sent at 0.030 s"
    );
}

#[test]
fn what_a_leader_counts_of_one_is_not_put_down_to_the_answer_of_another() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    let call = scene.sends((0, 2), place(1, 1), &[]);
    scene.accepts((0, 2), call, &[1]);
    scene.stands_still();
    scene.hears((0, 2), call);
    scene.shows(0, |toy| toy.counts = vec![2, 2, 1]);
    assert!(last_wrong(&scene).ends_with("has confirmed no more than 1 in term 1"));
}

#[test]
fn a_snapshot_that_is_put_together_from_two() {
    let mut scene = replicated();
    scene.takes_snapshot(0, 4, b"four");
    for index in [3, 4, 4] {
        scene.asks(0, 1, RaftMessage::InstallSnapshot { term: 1, last: place(index, 1) });
    }
    scene.gets_snapshot(1, 4, b"thur");
    assert_eq!(
        last_wrong(&scene),
        "server 1 is handed 4 bytes as the snapshot up to 4; no server's snapshot up to 4 is these bytes; it was sent \
         server 0's snapshot up to 3 in one request at 0.031 s, then server 0's snapshot up to 4 in 2 requests from \
         0.033 s on"
    );
}

#[test]
fn what_a_wrong_says_is_not_told_twice() {
    let mut scene = replicated();
    scene.stands_still();
    let call = scene.sends((0, 1), place(0, 0), &[]);
    scene.accepts((0, 1), call, &[]);
    let place = Place { servers: vec![1], term: Some(1), index: Some(1) };
    let chain = scene.chain(property::DURABILITY, place);
    let facts: Vec<&str> = chain.iter().map(|fact| fact.fact.as_str()).collect();
    assert!(facts.contains(&"dropped-without-conflict") && !facts.contains(&"drops"), "{facts:?}");
}

#[test]
fn a_vote_for_another_after_the_own() {
    let mut scene = Scene::of(3);
    scene.elects(0, 1, &[2]);
    scene.shows(1, |toy| {
        (toy.inside.term, toy.inside.voted_for) = (1, Some(1));
        toy.inside.role = RoleName::Candidate;
    });
    scene.shows(1, |toy| toy.inside.voted_for = Some(0));
    assert!(
        last_wrong(&scene).contains("votes for server 0 in term 1, having voted for itself at ")
    );
}
