//! Rafts with a fault must fail, each with the very sentence that tells it; the good one must not.

use crate::common::{Fault, NoFault, WrongValue, configured, fails, failure_with, run};
use labtest::persister::MemoryDisk;
use labtest::runtime::{Node, sleep, spawn, yield_now};
use labtest::{
    ApplyMsg, Bytes, MakeArgs, NotLeader, Peer, Persister, Repeats, RunOptions, Started, State,
    Verdict, anyhow, lab_tests,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[test]
fn a_server_that_applies_another_value() {
    let failure = failure_with("4B::basic_agree", WrongValue, &RunOptions::default());
    assert_eq!(failure.property, "safety:applied-values");
    let sentences = ["server 1 applies wrong ", "where server 1 applied wrong"];
    let tells = |part: &str| failure.message.contains(part);
    assert!(sentences.iter().any(|part| tells(part)), "{}", failure.message);
    // Server 1 may apply it before any other does: then it is not what was committed.
    let committed = "where another entry is committed, one of term 1 (as server ";
    let is_told = tells(" 200") || tells(committed);
    assert!(tells(" at index 2, where ") && is_told, "{}", failure.message);
}

/// Leaves out an index.
#[derive(Clone)]
struct Gap;
impl Fault for Gap {
    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        let is_left_out = me == 1 && matches!(message, ApplyMsg::Command { index: 2, .. });
        if is_left_out { Vec::new() } else { vec![message] }
    }
}

#[test]
fn a_server_that_leaves_out_an_index() {
    fails(
        "4C::persist1",
        Gap,
        "safety:apply-order",
        "server 1 apply out of order, expected index 2, got 3",
    );
}

/// Applies an index twice.
#[derive(Clone)]
struct Twice;
impl Fault for Twice {
    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        let is_twice = me == 2 && matches!(message, ApplyMsg::Command { index: 2, .. });
        if is_twice { vec![message.clone(), message] } else { vec![message] }
    }
}

#[test]
fn a_server_that_applies_an_index_twice() {
    fails(
        "4B::basic_agree",
        Twice,
        "safety:apply-order",
        "server 2 apply out of order, expected index 3, got 2",
    );
}

/// Always says that it leads.
#[derive(Clone)]
struct Usurper;
impl Fault for Usurper {
    fn get_state(&self, _me: usize, state: State) -> State {
        State { term: state.term.max(1), is_leader: true }
    }
}

#[test]
fn servers_that_all_claim_to_lead() {
    let failure = fails(
        "4A::initial_election",
        Usurper,
        "safety:election",
        "term 1 has 2 (>1) leaders: server 0 and server 1",
    );
    assert!(failure.at.as_millis() >= 450);
}

/// Says that nobody leads.
#[derive(Clone)]
struct Modest;
impl Fault for Modest {
    fn get_state(&self, _me: usize, state: State) -> State {
        State { is_leader: false, ..state }
    }
}

#[test]
fn servers_of_which_none_claims_to_lead() {
    let failure =
        fails("4A::initial_election", Modest, "liveness:leader", "expected one leader, got none");
    assert!((4500..=5490).contains(&failure.at.as_millis()));
}

/// Forgets everything when it crashes.
#[derive(Clone)]
struct Forgetful;
impl Fault for Forgetful {
    fn persister(&self, _me: usize, _given: Arc<dyn Persister>) -> Arc<dyn Persister> {
        Arc::new(MemoryDisk::new().open())
    }
}

#[test]
fn servers_that_save_nothing() {
    // All crash at once. Whatever shows first, an old term again, a second leader in it or another
    // value at index 1, is a violation of safety.
    for seed in 1..=20 {
        let outcome = run("4C::persist1", seed, Forgetful, &RunOptions::default());
        let Verdict::Failed(failure) = outcome.verdict else { panic!("seed {seed} passed") };
        assert!(failure.property.starts_with("safety:"), "seed {seed}: {failure}");
    }
}

/// Says a lower term than before, as a server does that forgot it.
#[derive(Clone)]
struct BackInTerm(Arc<AtomicU64>);
impl Fault for BackInTerm {
    fn get_state(&self, me: usize, state: State) -> State {
        let asked = self.0.fetch_add(u64::from(me == 0), Ordering::Relaxed);
        let term = if me == 0 { 1000 - asked } else { state.term };
        State { term, is_leader: false }
    }
}

#[test]
fn a_server_whose_term_goes_back() {
    fails(
        "4A::initial_election",
        BackInTerm(Arc::default()),
        "safety:term",
        "server 0's term went back from 1000 to 999",
    );
}

/// Hands the service a snapshot that is not what the service made.
#[derive(Clone)]
struct TornSnapshot;
impl Fault for TornSnapshot {
    fn apply(&self, _me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        vec![match message {
            ApplyMsg::Snapshot { index, term, .. } => {
                ApplyMsg::Snapshot { index, term, snapshot: Bytes::new() }
            }
            message => message,
        }]
    }
}

#[test]
fn a_server_that_loses_the_snapshots_bytes() {
    let failure = failure_with("4D::snapshot_install", TornSnapshot, &RunOptions::default());
    assert_eq!(failure.property, "safety:snapshot");
    assert!(failure.message.ends_with(": nil snapshot"), "{}", failure.message);
}

/// Declares another index than the snapshot's.
#[derive(Clone)]
struct WrongSnapshotIndex;
impl Fault for WrongSnapshotIndex {
    fn apply(&self, _me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        vec![match message {
            ApplyMsg::Snapshot { index, term, snapshot } => {
                ApplyMsg::Snapshot { index: index + 1, term, snapshot }
            }
            message => message,
        }]
    }
}

#[test]
fn a_server_that_declares_another_snapshot_index() {
    let failure = failure_with("4D::snapshot_install", WrongSnapshotIndex, &RunOptions::default());
    assert_eq!(failure.property, "safety:snapshot");
    let expected = ", but its contents end at ";
    assert!(failure.message.contains(expected), "{}", failure.message);
}

/// Never tells the service anything.
#[derive(Clone)]
struct Silent;
impl Fault for Silent {
    fn apply(&self, _me: usize, _message: ApplyMsg) -> Vec<ApplyMsg> {
        Vec::new()
    }
}

#[test]
fn servers_that_come_to_a_halt() {
    fails("4B::basic_agree", Silent, "liveness:agreement", "one(100) failed to reach agreement");
}

/// Leads, and takes no command.
#[derive(Clone)]
struct Refuses;
impl Fault for Refuses {
    fn start(&self, _me: usize, _raft: &dyn Peer, _: Bytes) -> Result<Started, NotLeader> {
        Err(NotLeader { leader: None })
    }
}

/// Code that asks again at once asks forever: no time passes in a simulation.
#[test]
fn a_leader_that_accepts_nothing() {
    let failure = failure_with("explore::everything", Refuses, &RunOptions::default());
    assert_eq!(failure.property, "liveness:agreement");
    assert!(failure.message.contains("did not agree in "), "{}", failure.message);
    let sentence = "one(100) failed to reach agreement";
    fails("4B::basic_agree", Refuses, "liveness:agreement", sentence);
}

/// Promises the same index again and again.
#[derive(Clone)]
struct OneIndex;
impl Fault for OneIndex {
    fn start(&self, _me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        raft.start(command).map(|started| Started { index: 1, ..started })
    }
}

/// Nobody waits forever for what was promised to two.
#[test]
fn a_leader_that_promises_one_index_to_all() {
    let failure = failure_with("4C::reliable_churn", OneIndex, &RunOptions::default());
    assert_eq!(failure.property, "contract:start", "{failure}");
    let sentence = "server 1 promised index 1 in term 1 to ";
    assert!(failure.message.contains(sentence), "{}", failure.message);
}

/// Panics where the tester calls it.
#[derive(Clone)]
struct PanicInStart;
impl Fault for PanicInStart {
    fn start(&self, me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        assert!(me != 1, "server 1 can't take that");
        raft.start(command)
    }
}

#[test]
fn a_server_that_panics_when_it_is_called() {
    let failure = failure_with("4B::basic_agree", PanicInStart, &RunOptions::default());
    assert_eq!(failure.property, "run:panic");
    assert!(failure.message.contains("server 1 can't take that"), "{}", failure.message);
    assert!(failure.message.contains("catches.rs"), "{}", failure.message);
}

/// Panics in a task of its own.
#[derive(Clone)]
struct PanicInTask;
impl Fault for PanicInTask {
    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        assert!(me != 2, "server 2 can't apply that");
        vec![message]
    }
}

#[test]
fn a_server_that_panics_in_a_task_ends_only_its_run() {
    let failure = failure_with("4B::basic_agree", PanicInTask, &RunOptions::default());
    assert_eq!(failure.property, "run:panic");
    assert!(failure.message.contains("server 2 can't apply that"), "{}", failure.message);
    let place = failure.details.join("\n");
    assert!(place.contains("server 2, spawned at"), "{place}");
    assert!(place.contains("common/mod.rs"), "{place}");

    assert_eq!(run("4B::basic_agree", 1, NoFault, &RunOptions::default()).verdict, Verdict::Passed);
}

/// Calls a method that no server has.
#[derive(Clone)]
struct UnknownMethod;
impl Fault for UnknownMethod {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        let peer = args.peers[2].clone();
        spawn(async move {
            sleep(Duration::from_millis(100)).await;
            peer.call("Raft.Nonsense", Vec::new()).await
        });
        Ok(args)
    }
}

#[test]
fn a_server_that_calls_an_unknown_method() {
    fails(
        "4A::initial_election",
        UnknownMethod,
        "mistake:rpc",
        "server 2 was called with the unknown method Raft.Nonsense",
    );
}

/// Spins, giving way to other tasks but not to time.
#[derive(Clone)]
struct EndlessLoop;
impl Fault for EndlessLoop {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        spawn(async {
            loop {
                yield_now().await;
            }
        });
        Ok(args)
    }
}

#[test]
fn a_server_in_an_endless_loop() {
    let options = configured("[limits]\nsteps = 10_000");
    let failure = failure_with("4A::initial_election", EndlessLoop, &options);
    assert_eq!(failure.property, "run:step-limit");
    assert_eq!(failure.message, "no end after 10000 steps: an endless loop");
}

/// Can't be made a second time.
#[derive(Clone)]
struct Unmakeable(Arc<AtomicU64>);
impl Fault for Unmakeable {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        let made = self.0.fetch_add(1, Ordering::Relaxed);
        anyhow::ensure!(made < 3, "no room for {}", Node::current().name());
        Ok(args)
    }
}

#[test]
fn a_server_that_can_not_be_made() {
    fails(
        "4C::persist1",
        Unmakeable(Arc::default()),
        "contract:make",
        "server 0 can't be made: no room for server 0",
    );
}

#[test]
fn a_raft_with_too_many_heartbeats() {
    let options = configured("[raft]\nheartbeat_interval_ms = 5");
    let failure = failure_with("4B::count", NoFault, &options);
    assert_eq!(failure.property, "efficiency:rpc-count");
    assert!(failure.message.starts_with("too many"), "{}", failure.message);
}

#[test]
fn a_test_that_takes_too_long() {
    let failure =
        failure_with("4A::initial_election", NoFault, &configured("[limits]\ntest_s = 2"));
    assert_eq!(failure.property, "liveness:test-time");
    assert_eq!(failure.message, "test took longer than 2 seconds");
    assert_eq!(failure.at.as_secs(), 2);
}

/// Draws from outside the run: whether a message takes a turn more.
#[derive(Clone)]
struct Unrepeatable(Arc<AtomicU64>);
impl Fault for Unrepeatable {
    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        let calls = self.0.fetch_add(1, Ordering::Relaxed);
        labtest::runtime::trace(&[me as u64, calls]);
        vec![message]
    }
}

#[test]
fn a_run_that_can_not_be_repeated_is_undecided() {
    let options = RunOptions { repeats: Repeats::Always, ..RunOptions::default() };
    let outcome = run("4B::basic_agree", 1, Unrepeatable(Arc::default()), &options);
    assert!(matches!(outcome.verdict, Verdict::Undecided(reason) if reason.contains("two runs")));
    assert_eq!(run("4B::basic_agree", 1, NoFault, &options).verdict, Verdict::Passed);
}

#[test]
fn the_good_one_passes_everything() {
    for test in lab_tests() {
        let outcome = run(test.name, 2, NoFault, &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", test.name);
        assert!(outcome.measures.rpcs > 0 && outcome.measures.bytes > 0, "{}", test.name);
        assert!(outcome.measures.terms > 0, "{}", test.name);
        assert_eq!(outcome.measures.commits > 0, test.suite() != "4A", "{}", test.name);
    }
}
