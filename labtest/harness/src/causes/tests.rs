//! Every kind of wrong, once as it is and once as it is right; and chains.

mod promises;
mod reads;
mod refusals;
mod scene;
mod sentences;
mod stalls;

use crate::api::vocabulary::DiskRecord;
use crate::{RaftMessage, property};
use labtrace::Place;
use raft::RoleName;
use scene::{Scene, place};

/// Server 0 leads term 1, and all three have an entry of it.
fn replicated() -> Scene {
    let mut scene = Scene::of(3);
    replicate(&mut scene);
    scene
}

fn replicate(scene: &mut Scene) {
    scene.elects(0, 1, &[1, 2]);
    scene.shows(0, |toy| toy.terms = vec![1]);
    for follower in [1, 2] {
        let call = scene.sends((0, follower), place(0, 0), &[1]);
        scene.accepts((0, follower), call, &[1]);
    }
}

fn hard_state(term: u64, voted_for: Option<usize>) -> DiskRecord {
    DiskRecord::HardState { term, voted_for }
}

fn nothing_is_wrong(scene: &Scene) {
    assert_eq!(scene.wrongs(), [""; 0]);
}

#[test]
fn what_is_right_is_not_wrong() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.counts = vec![1, 1, 1]);
    scene.commits(0, 1);
    scene.sends((0, 1), place(1, 1), &[]);
    scene.commits(1, 1);
    scene.applies(0, 1, 1, "x");
    scene.applies(1, 1, 1, "x");
    scene.crashes(2);
    scene.starts(2);
    scene.elects(1, 2, &[2]);
    nothing_is_wrong(&scene);
}

#[test]
fn a_second_vote_in_a_term() {
    let mut scene = Scene::of(3);
    scene.elects(0, 1, &[2]);
    nothing_is_wrong(&scene);
    scene.shows(2, |toy| toy.inside.voted_for = Some(1));
    assert_eq!(scene.wrongs(), ["vote-twice"]);
}

#[test]
fn a_vote_that_a_later_life_gives_to_another() {
    let mut scene = Scene::of(3);
    scene.elects(0, 1, &[2]);
    scene.crashes(2);
    scene.toy(2).inside.voted_for = None;
    scene.starts(2);
    let request =
        RaftMessage::RequestVote { term: 1, candidate: 1, last: place(0, 0), pre_vote: false };
    let call = scene.asks(1, 2, request);
    nothing_is_wrong(&scene);
    scene.replies((1, 2), call, RaftMessage::VoteReply { term: 1, granted: true, pre_vote: false });
    assert_eq!(scene.wrongs(), ["vote-twice"]);
}

#[test]
fn a_vote_for_a_log_that_is_behind() {
    let mut scene = replicated();
    scene.shows(1, |toy| toy.terms = vec![1, 1]);
    let before = scene.wrongs();
    scene.elects(2, 2, &[1]);
    assert_eq!(before, [""; 0]);
    assert_eq!(scene.wrongs(), ["vote-for-older-log"]);
}

#[test]
fn a_leader_without_votes() {
    let mut scene = Scene::of(3);
    scene.elects(0, 1, &[]);
    assert_eq!(scene.wrongs(), ["led-without-votes"]);
}

#[test]
fn a_request_of_a_term_that_is_over() {
    let mut scene = replicated();
    scene.shows(1, |toy| toy.inside.term = 2);
    let call = scene.sends((0, 1), place(1, 1), &[]);
    nothing_is_wrong(&scene);
    let reply = RaftMessage::AppendReply { term: 2, success: true, match_index: None };
    scene.replies((0, 1), call, reply);
    assert_eq!(scene.wrongs(), ["stale-request-accepted"]);
}

#[test]
fn what_goes_back_within_a_life() {
    let mut scene = replicated();
    scene.commits(0, 1);
    scene.shows(0, |toy| toy.inside.commit_index = 0);
    scene.shows(1, |toy| toy.inside.term = 0);
    assert_eq!(scene.wrongs(), ["commit-went-back", "term-went-back"]);
}

#[test]
fn what_is_told_before_it_is_on_the_disk() {
    let mut scene = Scene::with_disks(2);
    scene.writes(0, hard_state(1, Some(0)));
    let asks =
        |term| RaftMessage::RequestVote { term, candidate: 0, last: place(0, 0), pre_vote: false };
    scene.asks(0, 1, asks(1));
    nothing_is_wrong(&scene);
    scene.asks(0, 1, asks(2));
    assert_eq!(scene.wrongs(), ["told-before-stored"]);
}

#[test]
fn what_a_disk_has_no_more() {
    let mut scene = Scene::with_disks(2);
    scene.writes(0, hard_state(1, Some(0)));
    let asks =
        RaftMessage::RequestVote { term: 1, candidate: 0, last: place(0, 0), pre_vote: false };
    scene.asks(0, 1, asks);
    nothing_is_wrong(&scene);
    scene.writes(0, hard_state(1, None));
    assert_eq!(scene.wrongs(), ["disk-forgot"]);
}

#[test]
fn entries_behind_one_that_is_not_there() {
    let mut scene = replicated();
    scene.elects(2, 2, &[0]);
    scene.shows(2, |toy| toy.terms = vec![1, 2]);
    let call = scene.sends((2, 1), place(1, 1), &[2]);
    scene.accepts((2, 1), call, &[1, 2]);
    nothing_is_wrong(&scene);
    // The leader has an entry of term 2 there, and the follower one of term 1.
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    let call = scene.sends((2, 0), place(2, 2), &[2]);
    scene.accepts((2, 0), call, &[1, 1, 2]);
    assert_eq!(scene.wrongs(), ["appended-without-match"]);
}

#[test]
fn an_entry_that_contradicts_what_was_sent() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    scene.elects(2, 2, &[1]);
    scene.shows(2, |toy| toy.terms = vec![1, 2, 2]);
    let call = scene.sends((2, 0), place(1, 1), &[2, 2]);
    nothing_is_wrong(&scene);
    scene.accepts((2, 0), call, &[1, 1, 2]);
    assert_eq!(scene.wrongs(), ["kept-conflict"]);
}

#[test]
fn entries_that_nothing_contradicts() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    scene.elects(2, 2, &[1]);
    let call = scene.sends((2, 0), place(1, 1), &[2]);
    scene.accepts((2, 0), call, &[1, 2]);
    nothing_is_wrong(&scene);
    let call = scene.sends((2, 0), place(1, 1), &[]);
    scene.accepts((2, 0), call, &[1]);
    assert_eq!(scene.wrongs(), ["dropped-without-conflict"]);
}

#[test]
fn entries_behind_a_snapshot_that_contradicts_them() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.terms = vec![1, 1, 1]);
    scene.elects(2, 2, &[1]);
    let last = place(2, 2);
    scene.asks(2, 0, RaftMessage::InstallSnapshot { term: 2, last });
    scene.shows(0, |toy| {
        (toy.inside.snapshot_index, toy.inside.snapshot_term) = (2, 2);
        (toy.inside.term, toy.inside.role) = (2, RoleName::Follower);
        toy.terms = Vec::new();
    });
    nothing_is_wrong(&scene);
}

#[test]
fn a_leader_that_changes_its_log() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    nothing_is_wrong(&scene);
    scene.shows(0, |toy| toy.terms = vec![1]);
    assert_eq!(scene.wrongs(), ["overwrote-own-log"]);
}

#[test]
fn an_entry_that_a_majority_does_not_have() {
    let mut scene = replicated();
    scene.commits(0, 1);
    nothing_is_wrong(&scene);
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    scene.commits(0, 2);
    assert_eq!(scene.wrongs(), ["committed-without-majority"]);
}

#[test]
fn more_than_a_follower_has_confirmed() {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.counts = vec![1, 1, 1]);
    nothing_is_wrong(&scene);
    scene.shows(0, |toy| {
        toy.terms = vec![1, 1];
        toy.counts = vec![2, 2, 1];
    });
    assert_eq!(scene.wrongs(), ["counted-unconfirmed"]);
}

#[test]
fn an_entry_of_an_earlier_term() {
    let mut scene = replicated();
    scene.shows(2, |toy| toy.terms = Vec::new());
    let before = scene.wrongs().len();
    scene.elects(1, 2, &[2]);
    scene.commits(1, 1);
    assert_eq!(scene.wrongs()[before..], ["committed-earlier-term"]);
}

#[test]
fn further_than_a_leader_has_shown() {
    let mut scene = replicated();
    scene.commits(0, 1);
    scene.commits(1, 1);
    nothing_is_wrong(&scene);
    scene.shows(1, |toy| toy.terms = vec![1, 1]);
    scene.commits(1, 2);
    assert_eq!(scene.wrongs(), ["committed-unmatched"]);
}

#[test]
fn an_index_that_is_applied_twice_or_left_out() {
    let mut scene = replicated();
    scene.commits(0, 1);
    scene.applies(0, 1, 1, "x");
    nothing_is_wrong(&scene);
    scene.applies(0, 1, 1, "x");
    scene.applies(0, 3, 1, "x");
    assert_eq!(scene.wrongs(), ["applied-out-of-order", "applied-out-of-order"]);
}

#[test]
fn what_is_not_in_the_log_there() {
    let mut scene = replicated();
    scene.commits(0, 1);
    scene.applies(0, 1, 1, "x");
    nothing_is_wrong(&scene);
    scene.applies(1, 1, 1, "y");
    assert_eq!(scene.wrongs(), ["applied-other"]);
}

#[test]
fn what_is_applied_before_it_is_committed() {
    let mut scene = replicated();
    scene.shows(0, |toy| (toy.inside.commit_index, toy.inside.last_applied) = (1, 1));
    nothing_is_wrong(&scene);
    scene.shows(1, |toy| toy.inside.last_applied = 1);
    assert_eq!(scene.wrongs(), ["applied-uncommitted"]);
}

#[test]
fn a_snapshot_that_nobody_took_or_that_goes_back() {
    let mut scene = Scene::of(3);
    scene.takes_snapshot(0, 4, b"four");
    scene.gets_snapshot(1, 4, b"four");
    nothing_is_wrong(&scene);
    scene.gets_snapshot(2, 4, b"five");
    scene.gets_snapshot(1, 3, b"four");
    assert_eq!(scene.wrongs(), ["snapshot-wrong-state", "snapshot-went-back"]);
}

#[test]
fn a_snapshot_of_another_term_than_its_entry() {
    let mut scene = replicated();
    scene.commits(0, 1);
    let before = scene.wrongs();
    scene.shows(0, |toy| {
        (toy.inside.snapshot_index, toy.inside.snapshot_term) = (1, 7);
        toy.terms = Vec::new();
    });
    assert_eq!(before, [""; 0]);
    assert_eq!(scene.wrongs()[0], "snapshot-wrong-term");
}

/// In (c) of figure 8 an entry of term 2 is on a majority. Here its leader is gone, and a server without it
/// gets votes all the same.
fn lost_over_an_election() -> Scene {
    let mut scene = replicated();
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    let call = scene.sends((0, 1), place(1, 1), &[1]);
    scene.accepts((0, 1), call, &[1, 1]);
    scene.commits(0, 2);
    scene.applies(0, 1, 1, "x");
    scene.applies(0, 2, 1, "x");
    scene.crashes(0);
    commits_another(&mut scene);
    scene
}

/// Server 2 leads term 2, and commits an entry of it at index 2.
fn commits_another(scene: &mut Scene) {
    scene.elects(2, 2, &[1]);
    scene.shows(2, |toy| toy.terms = vec![1, 2]);
    let call = scene.sends((2, 1), place(1, 1), &[2]);
    scene.accepts((2, 1), call, &[1, 2]);
    scene.commits(2, 2);
    scene.applies(2, 1, 1, "x");
    scene.applies(2, 2, 2, "x");
}

#[test]
fn a_chain_goes_back_from_an_index_to_the_vote_that_lost_it() {
    let scene = lost_over_an_election();
    let place = Place { servers: vec![0, 2], term: None, index: Some(2) };
    let chain = scene.chain(property::APPLIED_VALUES, place);
    let told: Vec<&str> = chain.iter().map(|fact| fact.text.as_str()).collect();
    assert_eq!(
        told,
        [
            "server 0 leads term 1 with the votes of servers 0, 1 and 2; its log is empty",
            "server 0 commits entries 1 to 2 as the leader of term 1: 2 of term 1 is in the logs of \
             servers 0 and 1 (not seen: disk)",
            "server 0 applies x at index 2",
            "server 2 stands for election in term 2; its log ends at 1 of term 1",
            "server 1 votes in term 2 for server 2, whose log ends at 1 of term 1, although its own ends \
             at 2 of term 1: the candidate's is shorter, of the same last term",
            "server 2 leads term 2 with the votes of servers 1 and 2; its log ends at 1 of term 1",
            "server 1 drops entry 2 (of term 1), for one of term 2",
            "server 2 applies x at index 2",
        ]
    );
    let wrong: Vec<&str> =
        chain.iter().filter(|fact| fact.wrong).map(|fact| fact.fact.as_str()).collect();
    assert_eq!(wrong, ["vote-for-older-log"]);
}

#[test]
fn a_chain_without_a_wrong_says_what_was_not_seen() {
    let scene = replicated();
    let chain = scene.chain(property::APPLIED_VALUES, Place::default());
    let last = chain.last().unwrap();
    assert_eq!((last.fact.as_str(), last.wrong), ("not-seen", false));
    assert_eq!(last.text, "the act that should not have been is not seen: disk");
}
