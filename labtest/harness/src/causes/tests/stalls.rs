//! Why nothing went on.

use super::scene::{Scene, place};
use super::{replicate, replicated};
use crate::{RaftMessage, property};
use labtrace::{Cause, Place, first_wrong};
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
    let cause = first_wrong(&chain).unwrap();
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
    assert_eq!(first_wrong(&chain), None);
    scene.commits(1, 1);
    scene.passes(20_000);
    let chain = scene.chain(property::LEADER_EXISTS, Place::default());
    assert_eq!(first_wrong(&chain).unwrap().fact, "no-candidate");
}

/// The cause of a failure that shows twenty seconds after the last commit.
fn cause(scene: &Scene) -> Cause {
    let chain = scene.chain(property::AGREEMENT, Place::default());
    first_wrong(&chain).cloned().expect("it has a cause")
}

/// Server 0 leads, has another entry, and sends server 1 what `send` says, again and again.
fn sends_again(send: impl Fn(&mut Scene)) -> Scene {
    let mut scene = replicated();
    scene.commits(0, 1);
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    for _ in 0..12 {
        scene.passes(500);
        let call = scene.sends((0, 2), place(1, 1), &[]);
        scene.accepts((0, 2), call, &[1]);
        scene.hears((0, 2), call);
        send(&mut scene);
    }
    scene
}

#[test]
fn a_follower_that_refuses_what_it_lacks() {
    let scene = sends_again(|scene| {
        let call = scene.sends((0, 1), place(1, 1), &[1]);
        let no = RaftMessage::AppendReply { term: 1, success: false, match_index: None };
        scene.replies((0, 1), call, no);
    });
    let cause = cause(&scene);
    assert_eq!((cause.fact.as_str(), &cause.place.servers[..]), ("never-catches-up", &[1, 0][..]));
}

#[test]
fn a_leader_that_sends_nothing_to_a_follower_that_lacks_something() {
    let scene = sends_again(|scene| {
        let call = scene.sends((0, 1), place(1, 1), &[]);
        scene.accepts((0, 1), call, &[1]);
        scene.hears((0, 1), call);
    });
    let cause = cause(&scene);
    assert_eq!(cause.fact, "sent-again");
    assert_eq!(
        cause.text,
        "server 0 has sent server 1 12 heartbeats and no entry since 0.021 s, although that answers, its log ends \
         at 1 of term 1, and the leader's own ends at 2 of term 1"
    );
}

/// The follower answers heartbeats, and its log was changed by what came before them.
#[test]
fn a_leader_that_sends_nothing_more_after_a_request_was_lost() {
    let mut scene = replicated();
    scene.commits(0, 1);
    scene.shows(0, |toy| toy.terms = vec![1, 1]);
    scene.loses((0, 1), place(1, 1), &[1]);
    for _ in 0..12 {
        scene.passes(500);
        let call = scene.sends((0, 1), place(1, 1), &[]);
        scene.accepts((0, 1), call, &[1]);
        scene.hears((0, 1), call);
    }
    let cause = cause(&scene);
    assert_eq!((cause.fact.as_str(), &cause.place.servers[..]), ("sent-again", &[0, 1][..]));
    assert!(
        cause.text.ends_with("; the last request that carried something was lost at 0.032 s"),
        "{cause:?}"
    );
    // It is the moment in which that request left.
    assert_eq!(cause.when, 31_000_000);
}

/// What is sent again, and is refused or does not arrive, may yet bring it on.
#[test]
fn a_leader_that_tries_again_does_not_send_nothing() {
    let scene = sends_again(|scene| {
        for _ in 0..3 {
            let call = scene.sends((0, 1), place(1, 1), &[]);
            scene.accepts((0, 1), call, &[1]);
            scene.hears((0, 1), call);
        }
        scene.loses((0, 1), place(1, 1), &[1]);
    });
    assert_eq!(cause(&scene).fact, "never-catches-up");
}

#[test]
fn a_leader_whose_term_is_over_and_that_is_not_told() {
    let mut scene = sends_again(|scene| {
        scene.sends((0, 1), place(1, 1), &[1]);
    });
    scene.shows(1, |toy| toy.inside.term = 2);
    for _ in 0..12 {
        scene.passes(50);
        let call = scene.sends((0, 1), place(1, 1), &[1]);
        let no = RaftMessage::AppendReply { term: 1, success: false, match_index: None };
        scene.replies((0, 1), call, no);
    }
    let cause = cause(&scene);
    assert_eq!((cause.fact.as_str(), &cause.place.servers[..]), ("sent-again", &[0, 1][..]));
    assert!(cause.text.contains("which is in term 2, has refused 12 of its requests"), "{cause:?}");
}

fn leads_unheard(mut scene: Scene) -> Cause {
    scene.commits(0, 1);
    for _ in 0..40 {
        scene.passes(500);
        scene.sends((0, 1), place(1, 1), &[]);
    }
    cause(&scene)
}

#[test]
fn a_leader_that_is_to_check_its_quorum_and_goes_on() {
    let mut scene = Scene::that_checks_quorums();
    replicate(&mut scene);
    let cause = leads_unheard(scene);
    assert_eq!(
        (cause.fact.as_str(), &cause.place.servers[..]),
        ("led-without-quorum", &[0, 1][..])
    );
    assert!(cause.text.contains("a majority has answered none of its requests after"), "{cause:?}");
}

#[test]
fn a_leader_that_nobody_answers_keeps_others_from_standing() {
    let cause = leads_unheard(replicated());
    assert_eq!((cause.fact.as_str(), &cause.place.servers[..]), ("no-candidate", &[1, 0][..]));
    assert!(
        cause.text.contains("it hears server 0, which goes on as the leader of term 1"),
        "{cause:?}"
    );
}

#[test]
fn a_candidate_need_not_be_heard_by_who_has_a_leader() {
    let asks = |scene: &mut Scene| {
        let request =
            RaftMessage::RequestVote { term: 7, candidate: 2, last: place(1, 1), pre_vote: false };
        scene.asks(2, 1, request);
        scene.passes(20_000);
        let chain = scene.chain(property::AGREEMENT, Place::default());
        first_wrong(&chain).map(|cause| cause.fact.clone())
    };
    let mut scene = replicated();
    scene.passes(2_000);
    assert_eq!(asks(&mut scene).as_deref(), Some("term-ignored"));
    let mut scene = replicated();
    scene.sends((0, 1), place(1, 1), &[]);
    assert_ne!(asks(&mut scene).as_deref(), Some("term-ignored"));
}
