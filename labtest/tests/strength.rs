//! What makes the lab's own tester hard is in the suites here, too.

mod common;

use common::{Fault, run};
use labtest::{Bytes, NotLeader, Peer, RunOptions, Started, Verdict};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

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
