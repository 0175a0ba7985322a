//! Votes that were refused without a reason.

use super::scene::{Scene, place};
use crate::{RaftMessage, property};
use labtrace::{Cause, Place, first_wrong};
use raft::RoleName;

/// Servers 0 and 1 of three stand by turns, and each keeps the vote for itself over the terms.
fn kept_votes() -> Scene {
    let mut scene = Scene::of(3);
    for term in 1..=30 {
        let candidate = (term % 2) as usize;
        let voter = 1 - candidate;
        scene.shows(candidate, |toy| {
            (toy.inside.term, toy.inside.voted_for) = (term, Some(candidate));
            toy.inside.role = RoleName::Candidate;
        });
        let last = place(0, 0);
        let request = RaftMessage::RequestVote { term, candidate, last, pre_vote: false };
        let call = scene.asks(candidate, voter, request);
        scene.stands_still();
        let no = RaftMessage::VoteReply { term, granted: false, pre_vote: false };
        scene.replies((candidate, voter), call, no);
        scene.shows(voter, |toy| {
            toy.inside.term = term;
            toy.inside.role = RoleName::Follower;
        });
        scene.goes_on();
        scene.passes(1_000);
    }
    scene
}

fn cause(scene: &Scene) -> Cause {
    let chain = scene.chain(property::LEADER_EXISTS, Place::default());
    first_wrong(&chain).cloned().expect("it has a cause")
}

#[test]
fn the_first_of_the_run_is_the_cause_and_says_what_the_voter_holds() {
    let cause = cause(&kept_votes());
    // Server 1 stands in term 1, and server 0 has no vote yet; in term 2 server 1 keeps the one for itself.
    assert_eq!((cause.fact.as_str(), cause.place.term), ("votes-refused", Some(1)));
    assert!(cause.text.ends_with("; 30 votes were refused like this"), "{cause:?}");
    let scene = kept_votes();
    let refused: Vec<String> =
        scene.told().into_iter().filter(|it| it.contains("refuses")).collect();
    assert_eq!(
        refused[1],
        "server 1 refuses server 0 its vote in term 2, in which it has voted for nobody, although the candidate's \
         log is not behind its own; it still shows a vote for itself, given in term 1"
    );
}

#[test]
fn the_chain_shows_who_stood_from_the_beginning_on() {
    let chain = kept_votes().chain(property::LEADER_EXISTS, Place::default());
    let first = chain.iter().find(|fact| fact.fact == "stands").unwrap();
    assert_eq!(first.place.term, Some(1));
}
