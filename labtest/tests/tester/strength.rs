//! What makes the lab's own tester hard is in the suites here, too.

use crate::common::{Fault, failure_with, run};
use labtest::runtime::spawn;
use labtest::{
    Bytes, MakeArgs, NotLeader, Patience, Peer, RunOptions, Started, State, Verdict, anyhow, mpsc,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Notes what a test submits.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Bytes>>>);

impl Fault for Notes {
    fn start(&self, _me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        self.0.lock().unwrap().push(command.clone());
        raft.start(command)
    }
}

/// How many commands a test submits, and how many different ones.
fn submitted_in(test: &str) -> (usize, usize) {
    let notes = Notes::default();
    let outcome = run(test, 1, notes.clone(), &RunOptions::default());
    assert!(matches!(outcome.verdict, Verdict::Passed), "{:?}", outcome.verdict);
    let commands = notes.0.lock().unwrap();
    (commands.len(), commands.iter().collect::<BTreeSet<_>>().len())
}

#[test]
fn each_server_of_a_figure_8_step_gets_a_value_of_its_own() {
    // The same one only when it is submitted again: at the beginning and at the end.
    let (all, different) = submitted_in("4C::figure8");
    assert!(all > 2500 && all - different < 100, "{different} of {all}");
    // Of ten thousand numbers five thousand draws have nearly four thousand different ones.
    let (all, different) = submitted_in("4C::figure8_unreliable");
    assert!(all > 5000 && different > 3500, "{different} of {all}");
}

/// A Raft with one lock, which is held over `apply.send().await`.
#[derive(Clone, Default)]
struct SendsUnderLock {
    /// Whether the lock of each server is held.
    held: Arc<Mutex<[bool; 5]>>,
    released: Arc<Condvar>,
}

impl SendsUnderLock {
    fn lock(&self, me: usize) {
        let held = self.held.lock().unwrap();
        self.released.wait_while(held, |held| held[me]).unwrap()[me] = true;
    }

    fn unlock(&self, me: usize) {
        self.held.lock().unwrap()[me] = false;
        self.released.notify_all();
    }
}

impl Fault for SendsUnderLock {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        let (fault, me, apply) = (self.clone(), args.me, args.apply.clone());
        let (altered, mut messages) = mpsc::channel(64);
        self.unlock(me);
        spawn(async move {
            let mut batch = Vec::new();
            while messages.recv_many(&mut batch, 64).await > 0 {
                fault.lock(me);
                for message in batch.drain(..) {
                    let _ = apply.send(message).await;
                }
                fault.unlock(me);
            }
        });
        Ok(MakeArgs { apply: altered, ..args })
    }

    fn get_state(&self, me: usize, state: State) -> State {
        self.lock(me);
        self.unlock(me);
        state
    }
}

#[test]
fn a_raft_that_sends_what_is_applied_under_its_lock_comes_to_a_halt() {
    let patience = Patience::Poll(Duration::from_secs(3));
    let options = RunOptions { patience, ..RunOptions::default() };
    for test in ["4B::backup", "4C::unreliable_agree", "4D::snapshot_basic"] {
        let failure = failure_with(test, SendsUnderLock::default(), &options);
        assert_eq!(failure.property, "run:stuck", "{test}: {failure}");
        let names = failure.message.starts_with("server ") && failure.message.contains("a lock");
        assert!(names, "{test}: {failure}");
    }
}
