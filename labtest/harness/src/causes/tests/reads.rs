//! Reads that are given too low an index, and those that are not.

use super::scene::{Scene, place};
use super::{commits_another, nothing_is_wrong, replicated};
use crate::property;
use labtrace::Place;

/// Server 0 has committed an entry in term 1.
fn committed() -> Scene {
    let mut scene = replicated();
    scene.commits(0, 1);
    scene
}

/// Server 0 does not know that server 2 leads term 2 and has committed another entry.
fn deposed() -> Scene {
    let mut scene = committed();
    commits_another(&mut scene);
    scene
}

/// The kind of the only wrong, and its sentence.
fn only_wrong(scene: &Scene) -> (&'static str, String) {
    let wrongs: Vec<_> = scene.causes.facts.iter().filter_map(|fact| fact.wrong()).collect();
    let [wrong] = wrongs[..] else { panic!("{wrongs:?}") };
    (wrong.kind.name, wrong.text.clone())
}

#[test]
fn an_index_that_reaches_what_was_applied() {
    let mut scene = committed();
    scene.reads(0, 0, (1, 1));
    scene.reads(0, 5, (0, 1));
    nothing_is_wrong(&scene);
}

#[test]
fn a_lease_that_others_no_longer_keep() {
    let mut deposed = deposed();
    deposed.reads(0, 0, (2, 1));
    let (kind, text) = only_wrong(&deposed);
    assert_eq!(kind, "read-on-lost-lease");
    assert_eq!(
        text,
        "gives index 1 for a read that began at 0.044 s, when 2 was applied: as the leader of term 1 it \
         asked nobody, and a majority has answered nothing; server 2 leads term 2 since 0.035 s"
    );
}

#[test]
fn an_answer_to_what_was_sent_before_the_read_began() {
    let kind = |asks_again: bool, is_old: bool| {
        let mut scene = committed();
        let old = scene.sends((0, 1), place(1, 1), &[]);
        scene.accepts((0, 1), old, &[1]);
        scene.passes(10);
        let asked = if asks_again { scene.sends((0, 1), place(1, 1), &[]) } else { old };
        scene.hears((0, 1), if is_old { old } else { asked });
        // It has begun after the first request, and in front of the second one.
        scene.reads(0, 8, (2, 1));
        only_wrong(&scene).0
    };
    assert_eq!(kind(false, true), "read-on-lost-lease");
    assert_eq!(kind(true, true), "read-unconfirmed");
    assert_eq!(kind(true, false), "read-too-low");
}

#[test]
fn a_leader_that_has_committed_nothing_of_its_term() {
    let mut scene = committed();
    scene.commits(2, 1);
    scene.elects(2, 2, &[1]);
    scene.reads(2, 0, (2, 1));
    let (kind, text) = only_wrong(&scene);
    assert_eq!(kind, "read-before-own-commit");
    assert!(
        text.ends_with("it leads term 2 and has committed nothing of it, the last is of term 1")
    );
}

#[test]
fn a_server_that_does_not_lead() {
    let mut scene = deposed();
    scene.reads(1, 0, (2, 1));
    let (kind, text) = only_wrong(&scene);
    assert_eq!(kind, "read-too-low");
    assert!(text.ends_with("when 2 was applied: it does not lead"), "{text}");
}

#[test]
fn a_chain_tells_who_deposed_the_leader_and_what_the_read_lacks() {
    let mut scene = deposed();
    scene.reads(0, 0, (2, 1));
    for (property, place) in [
        (property::READ_INDEX, Place { servers: vec![0], term: None, index: Some(2) }),
        (property::LINEARIZABLE, Place::default()),
    ] {
        let chain = scene.chain(property, place);
        let told: Vec<&str> = chain.iter().map(|fact| fact.fact.as_str()).collect();
        let expected =
            ["leads", "stands", "votes", "leads", "commits", "applies", "read-on-lost-lease"];
        assert_eq!(told, expected, "{property}");
    }
}
