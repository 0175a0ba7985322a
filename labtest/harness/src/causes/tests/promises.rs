//! Promises, starts, and what is said in a term that is not one's own.

use super::scene::{Scene, entry, place};
use super::{hard_state, nothing_is_wrong, replicated};
use crate::api::vocabulary::DiskRecord;
use crate::causes::fact::{Fact, What};
use crate::{RaftMessage, property};
use labtrace::{Place, first_wrong};
use raft::RoleName;

/// Server 2, whose log ends there, asks server 1 whether it could win term 2, and is told that it could.
fn promised(last: crate::Position) -> Scene {
    let mut scene = replicated();
    let question = RaftMessage::RequestVote { term: 2, candidate: 2, last, pre_vote: true };
    let call = scene.asks(2, 1, question);
    let yes = RaftMessage::VoteReply { term: 2, granted: true, pre_vote: true };
    scene.replies((2, 1), call, yes);
    scene
}

fn pre_vote_cause(scene: &Scene) -> Option<(String, String)> {
    let place = Place { servers: vec![1, 2], term: Some(2), index: None };
    let chain = scene.chain(property::PRE_VOTE, place);
    first_wrong(&chain).map(|cause| (cause.fact.clone(), cause.text.clone()))
}

#[test]
fn a_promise_to_a_log_that_is_behind() {
    assert_eq!(pre_vote_cause(&promised(place(1, 1))), None);
    let (kind, text) = pre_vote_cause(&promised(place(0, 0))).unwrap();
    assert_eq!(kind, "promised-to-older-log");
    assert_eq!(
        text,
        "server 1 promises its vote in term 2 to server 2, whose log is empty, although its own ends at 1 \
         of term 1"
    );
    // It harms nobody's safety.
    nothing_is_wrong(&promised(place(0, 0)));
}

#[test]
fn a_start_with_something_else_than_the_disk_held() {
    let mut scene = Scene::with_disks(2);
    scene.writes(0, hard_state(3, Some(1)));
    scene.crashes(0);
    scene.toy(0).inside.term = 3;
    scene.toy(0).inside.voted_for = Some(1);
    scene.starts(0);
    nothing_is_wrong(&scene);
    scene.crashes(0);
    scene.toy(0).inside.voted_for = None;
    scene.starts(0);
    assert_eq!(scene.wrongs(), ["started-with-other"]);
}

#[test]
fn requests_of_a_term_that_their_sender_never_led() {
    let mut scene = replicated();
    scene.elects(2, 2, &[1]);
    let late = |scene: &mut Scene, term| {
        let request = RaftMessage::InstallSnapshot { term, last: place(1, 1) };
        scene.asks(2, 1, request);
    };
    late(&mut scene, 2);
    nothing_is_wrong(&scene);
    late(&mut scene, 1);
    late(&mut scene, 1);
    assert_eq!(scene.wrongs(), ["spoke-in-other-term"]);
}

#[test]
fn requests_that_come_late_are_of_a_term_that_was_led() {
    let mut scene = replicated();
    scene.shows(0, |toy| (toy.inside.term, toy.inside.role) = (2, RoleName::Follower));
    scene.asks(0, 1, RaftMessage::InstallSnapshot { term: 1, last: place(1, 1) });
    nothing_is_wrong(&scene);
}

#[test]
fn a_vote_that_is_forgotten_goes_from_the_disk_for_that() {
    let mut scene = Scene::with_disks(2);
    scene.shows(0, |toy| {
        (toy.inside.term, toy.inside.voted_for) = (1, Some(0));
        toy.inside.role = RoleName::Candidate;
    });
    scene.writes(0, hard_state(1, Some(0)));
    let asks =
        RaftMessage::RequestVote { term: 1, candidate: 0, last: place(0, 0), pre_vote: false };
    scene.asks(0, 1, asks);
    nothing_is_wrong(&scene);
    scene.stands_still();
    scene.writes(0, hard_state(1, None));
    scene.shows(0, |toy| toy.inside.voted_for = None);
    assert_eq!(scene.wrongs(), ["vote-twice", "disk-forgot"]);
}

#[test]
fn an_election_that_nobody_needs() {
    let elections = |pause_ms: u64| {
        let mut scene = replicated();
        scene.sends((0, 2), place(1, 1), &[]);
        scene.passes(pause_ms);
        scene.elects(2, 2, &[1]);
        let chain = scene.chain(property::ELECTIONS, Place::default());
        first_wrong(&chain).map(|cause| (cause.fact.clone(), cause.text.clone()))
    };
    let (kind, text) = elections(0).unwrap();
    assert_eq!(kind, "stood-without-need");
    assert_eq!(
        text,
        "server 2 stands for election in term 2, 1 ms after a request of server 0, which leads, has reached it"
    );
    assert_eq!(elections(200), None);
}

#[test]
fn entries_whose_term_is_not_seen() {
    let told = |term| {
        let what = What::Drops { first: 72, last: 73, term, instead: Some(4) };
        Fact { at: 0, server: 1, what }.told().text
    };
    assert_eq!(told(3), "server 1 drops entries 72 to 73 (of term 3), for one of term 4");
    assert_eq!(
        told(0),
        "server 1 drops entries 72 to 73 (the term is not seen), for one of term 4"
    );
}

#[test]
fn entries_that_go_from_a_disk_while_they_are_shown() {
    let entries = |first_index, terms: &[u64]| {
        let entries = terms.iter().map(|term| entry(*term)).collect();
        DiskRecord::Entries { first_index, entries }
    };
    let mut scene = Scene::with_disks(2);
    scene.shows(0, |toy| (toy.inside.term, toy.terms) = (1, vec![1, 1]));
    scene.writes(0, entries(1, &[1, 1]));
    let request = RaftMessage::AppendEntries {
        term: 2,
        prev: place(0, 0),
        entries: vec![entry(2)],
        commit: None,
    };
    scene.asks(1, 0, request);
    let before = scene.wrongs().len();
    // The leader of term 2 has another entry there.
    scene.writes(0, hard_state(2, None));
    scene.writes(0, entries(1, &[2]));
    assert_eq!(scene.wrongs()[before..], [""; 0]);
    let mut scene = Scene::with_disks(2);
    scene.shows(0, |toy| (toy.inside.term, toy.terms) = (1, vec![1, 1]));
    scene.writes(0, entries(1, &[1, 1]));
    scene.asks(1, 0, RaftMessage::Other { name: "hello", term: 1 });
    scene.writes(0, entries(2, &[]));
    assert_eq!(scene.wrongs(), ["dropped-without-conflict"]);
}
