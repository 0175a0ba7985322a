use super::*;
use crate::config::Config;
use crate::core::Role;
use crate::core::restore::restore;
use crate::core::testing::*;
use crate::message::{AppendEntriesReply, Position, RequestVoteReply};
use persister::Stored;

/// What a server finds on an empty disk.
fn empty(servers: usize) -> Restored {
    let stored = Stored::default();
    restore(stored.clone().into(), stored.snapshot.into(), servers).unwrap()
}

fn begun(config: Config, servers: usize, disk: Disk) -> Core {
    let restored = empty(servers);
    let quarantine = disk.quarantine(&restored);
    let mut core = Core::new(config, 0, servers, restored, runtime::Rng::from_seed(1), at(0));
    core.begin_quarantine(quarantine, at(0));
    core
}

/// Server 0 with a new disk.
fn replaced(servers: usize) -> Core {
    begun(Config::default(), servers, Disk::New)
}

/// The same when the others have said that they are in term 7 at most.
fn catching_up(servers: usize) -> Core {
    let mut core = replaced(servers);
    for from in 1..servers {
        answers(&mut core, from, 7);
    }
    assert_eq!(core.quarantine, Some(Quarantine::CatchingUp { above_term: 7 }));
    persist(&mut core);
    core
}

/// What is asked, and whom.
fn questions(core: &mut Core) -> Vec<(usize, RequestVoteArgs)> {
    let requests = sent(core).into_iter().map(|request| match request {
        Outgoing::RequestVote { to, args } => (to, args),
        other => panic!("expected a question, not {other:?}"),
    });
    requests.collect()
}

/// Another server answers the question for its term.
fn answers(core: &mut Core, from: usize, term: u64) {
    let asked = RequestVoteArgs { pre_vote: true, ..vote_request(0, 1, 0, 0) };
    core.handle_vote_reply(at(1), from, &asked, &RequestVoteReply { term, vote_granted: true });
}

fn refused(term: u64) -> AppendEntriesReply {
    AppendEntriesReply { term, success: false, last_of_terms: vec![] }
}

fn votes(core: &mut Core, term: u64) -> bool {
    core.handle_request_vote(at(5000), &vote_request(1, term, 99, term - 1)).vote_granted
}

fn would_vote(core: &mut Core, term: u64) -> bool {
    let asked = RequestVoteArgs { pre_vote: true, ..vote_request(1, term, 99, term - 1) };
    core.handle_request_vote(at(5000), &asked).vote_granted
}

// ---- Asking ----

#[test]
fn it_asks_all_others_at_once_and_who_has_not_answered_again() {
    let mut core = replaced(3);
    assert_eq!(core.deadline(), at(0));
    core.tick(at(0));
    let asked = questions(&mut core);
    let servers: Vec<usize> = asked.iter().map(|(to, _)| *to).collect();
    assert_eq!(servers, [1, 2]);
    assert!(asked.iter().all(|(_, args)| args.pre_vote && args.candidate_id == 0));
    answers(&mut core, 2, 7);
    let again_at = core.deadline();
    assert_eq!(again_at, at(0) + core.config.vote_retry());
    core.tick(again_at);
    let servers: Vec<usize> = questions(&mut core).iter().map(|(to, _)| *to).collect();
    assert_eq!(servers, [1]);
}

#[test]
fn while_it_asks_it_neither_votes_nor_stands_nor_follows() {
    let mut core = replaced(3);
    assert!(!votes(&mut core, 5) && !would_vote(&mut core, 5));
    let reply = core.handle_append_entries(at(1), append(5, position(0, 0), &[5], 1));
    assert_eq!(reply, refused(0));
    let reply = core.handle_install_snapshot(at(1), install(5, position(9, 4), b"s"));
    assert_eq!((reply.term, core.log.snapshot().index), (0, 0));
    for round in 1..100 {
        core.tick(at(round * 1000));
    }
    assert_eq!((core.term, core.voted_for, core.log.last_index()), (0, None, 0));
    assert!(matches!(core.role, Role::Follower));
}

/// Without the last answer that one's term could be the highest.
#[test]
fn it_goes_on_when_every_other_server_has_answered() {
    let mut core = replaced(4);
    answers(&mut core, 1, 9);
    answers(&mut core, 1, 9);
    answers(&mut core, 3, 2);
    assert_eq!((core.quarantine, core.term), (Some(Quarantine::Asking), 0));
    answers(&mut core, 2, 4);
    assert_eq!(core.quarantine, Some(Quarantine::CatchingUp { above_term: 9 }));
    assert_eq!((core.term, core.voted_for), (10, None), "whoever led in term 9 leads no more");
}

#[test]
fn an_answer_that_is_impossible_is_none() {
    let mut core = replaced(3);
    answers(&mut core, 1, 4);
    answers(&mut core, 0, 4);
    answers(&mut core, 3, 4);
    answers(&mut core, 2, u64::MAX);
    assert_eq!(core.quarantine, Some(Quarantine::Asking));
}

// ---- Catching up ----

#[test]
fn a_leader_whom_the_former_self_may_have_turned_away_or_heard_is_told_to_step_down() {
    let mut core = catching_up(3);
    let reply = core.handle_append_entries(at(2), append(7, position(0, 0), &[7], 0));
    assert_eq!(reply, refused(8));
    assert_eq!(core.log.last_index(), 0);
    let (mut leader, now) = leader(7, &[7]);
    leader.start(bytes::Bytes::from_static(b"x")).unwrap();
    let (_, sent) = flushed_to(&mut leader, now, 1).remove(0);
    leader.handle_append_reply(now, 1, &sent, Some(&reply));
    assert!(matches!(leader.role, Role::Follower));
}

#[test]
fn entries_of_earlier_terms_do_not_end_it() {
    let mut core = catching_up(3);
    let reply = core.handle_append_entries(at(2), append(8, position(0, 0), &[3, 7], 2));
    assert!(reply.success, "what it acknowledges is on its disk");
    core.handle_append_entries(at(3), append(8, position(2, 7), &[], 2));
    assert_eq!(core.quarantine, Some(Quarantine::CatchingUp { above_term: 7 }));
    assert!(!votes(&mut core, 9) && !would_vote(&mut core, 9));
    core.tick(core.deadline());
    assert!(matches!(core.role, Role::Follower) && questions(&mut core).is_empty());
}

#[test]
fn an_entry_of_a_later_term_ends_it() {
    let mut core = catching_up(3);
    core.handle_append_entries(at(2), append(9, position(0, 0), &[3, 7], 0));
    core.handle_append_entries(at(3), append(9, position(2, 7), &[8, 9], 0));
    core.handle_append_entries(at(4), append(9, position(4, 9), &[], 0));
    assert_eq!(core.quarantine, None);
    assert!(votes(&mut core, 10));
    core.tick(core.deadline());
    assert!(matches!(core.role, Role::Candidate(_)));
}

#[test]
fn a_snapshot_up_to_a_later_term_ends_it() {
    let mut core = catching_up(3);
    core.handle_install_snapshot(at(2), install(9, position(50, 7), b"s"));
    core.handle_append_entries(at(3), append(9, position(50, 7), &[], 50));
    assert!(core.quarantine.is_some());
    core.handle_install_snapshot(at(4), install(9, position(60, 8), b"s"));
    core.handle_append_entries(at(5), append(9, position(60, 8), &[], 60));
    assert_eq!(core.quarantine, None);
}

/// What a late leader of the former self's time sends ends nothing.
#[test]
fn a_later_entry_that_comes_from_an_earlier_leader_is_not_taken() {
    let mut core = catching_up(3);
    let reply = core.handle_append_entries(at(2), append(7, position(0, 0), &[9], 0));
    assert_eq!(reply, refused(8));
    assert!(core.quarantine.is_some() && core.log.last_index() == 0);
}

/// The only other server has all that was ever committed, and nobody leads without this one.
#[test]
fn in_a_cluster_of_two_it_votes_while_it_catches_up() {
    let mut core = replaced(2);
    assert!(!votes(&mut core, 5));
    let mut core = catching_up(2);
    assert!(!votes(&mut core, 7), "in no term in which it may have voted");
    assert!(would_vote(&mut core, 9) && votes(&mut core, 8));
    core.tick(core.deadline());
    assert!(matches!(core.role, Role::Follower));
}

// ---- Starts ----

fn stored(quarantine: Option<Quarantine>, term: u64) -> Restored {
    let mut restored = empty(3);
    (restored.quarantine, restored.hard_state.term) = (quarantine, term);
    restored
}

#[test]
fn what_is_thought_of_a_disk_depends_on_what_is_there() {
    let catching_up = Some(Quarantine::CatchingUp { above_term: 3 });
    let (asking, suspected) = (Some(Quarantine::Asking), Some(Quarantine::Suspected));
    // What is stored, and what Trusted, Kept and New make of it.
    let table = [
        (stored(None, 0), [None, suspected, asking]),
        (stored(None, 4), [None, None, None]),
        (stored(suspected, 1), [suspected, suspected, asking]),
        (stored(asking, 0), [asking; 3]),
        (stored(catching_up, 4), [catching_up; 3]),
    ];
    for (stored, expected) in table {
        let made = [Disk::Trusted, Disk::Kept, Disk::New].map(|disk| disk.quarantine(&stored));
        assert_eq!(made, expected, "{stored:?}");
    }
}

#[test]
fn a_restart_while_asking_asks_everybody_anew() {
    let mut restored = stored(Some(Quarantine::Asking), 0);
    restored.hard_state.term = 0;
    let rng = runtime::Rng::from_seed(1);
    let mut core = Core::new(Config::default(), 0, 3, restored, rng, at(0));
    core.begin_quarantine(core.quarantine, at(0));
    core.tick(at(0));
    assert_eq!(questions(&mut core).len(), 2);
}

// ---- An empty disk that nobody has called new ----

fn suspected() -> Core {
    begun(Config::default(), 3, Disk::Kept)
}

#[test]
fn what_shows_a_history_stops_a_server_whose_disk_is_empty() {
    let appended = |prev: Position, terms: &'static [u64], commit| {
        move |core: &mut Core| {
            core.handle_append_entries(at(1), append(5, prev, terms, commit));
        }
    };
    type Message = Box<dyn Fn(&mut Core)>;
    let messages: [(&str, Message); 6] = [
        ("a position", Box::new(appended(position(7, 4), &[], 0))),
        ("a commit index", Box::new(appended(position(0, 0), &[5], 7))),
        ("older entries", Box::new(appended(position(0, 0), &[1, 1, 2, 2, 2, 3, 4, 5], 0))),
        (
            "a snapshot",
            Box::new(|core| {
                core.handle_install_snapshot(at(1), install(5, position(7, 4), b"s"));
            }),
        ),
        (
            "a candidate's log",
            Box::new(|core| {
                core.handle_request_vote(at(1), &vote_request(1, 5, 7, 4));
            }),
        ),
        (
            "a pre-candidate's log",
            Box::new(|core| {
                let asked = RequestVoteArgs { pre_vote: true, ..vote_request(1, 5, 7, 4) };
                core.handle_request_vote(at(1), &asked);
            }),
        ),
    ];
    for (what, message) in messages {
        let mut core = suspected();
        message(&mut core);
        let failure = core.failure.unwrap_or_else(|| panic!("{what} shows a history"));
        assert!(
            failure.starts_with("the disk is empty, but server 1 knows of entries up to 7: ")
                && failure.ends_with("start the server with Disk::New (--new-disk)"),
            "{what}: {failure}"
        );
        assert_eq!((core.term, core.log.last_index()), (0, 0), "{what}");
    }
}

#[test]
fn a_trusted_disk_that_is_empty_takes_what_comes() {
    let mut core = begun(Config::default(), 3, Disk::Trusted);
    core.handle_append_entries(at(1), append(5, position(0, 0), &[4], 1));
    assert_eq!((core.failure.take(), core.log.last_index()), (None, 1));
}

#[test]
fn in_a_new_cluster_an_empty_disk_is_as_any_other() {
    let mut core = suspected();
    assert!(core.handle_request_vote(at(1), &vote_request(1, 1, 0, 0)).vote_granted);
    assert!(core.handle_append_entries(at(2), append(1, position(0, 0), &[1], 0)).success);
    assert_eq!(core.quarantine, None, "a leader without a history leads");
    core.handle_append_entries(at(3), append(2, position(1, 1), &[2], 2));
    assert_eq!((core.failure.take(), core.log.last_index()), (None, 2));
    let (core, _) = elect(suspected());
    assert_eq!(core.quarantine, None, "it leads itself");
}
