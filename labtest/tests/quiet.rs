//! A panic of the code under test is a result and is not printed; a target of its own, because the
//! panic hook belongs to the whole process.

mod common;

use common::{Fault, failure_with};
use labtest::{Bytes, NotLeader, Peer, RunOptions, Started};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone)]
struct PanicInStart;
impl Fault for PanicInStart {
    fn start(&self, _me: usize, _raft: &dyn Peer, _: Bytes) -> Result<Started, NotLeader> {
        panic!("told, not printed");
    }
}

#[test]
fn only_panics_outside_of_runs_reach_the_hook_that_was_there() {
    let printed = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&printed);
    std::panic::set_hook(Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    }));

    for realtime in [false, true] {
        let options = RunOptions { realtime, ..RunOptions::default() };
        let failure = failure_with("4B::basic_agree", PanicInStart, &options);
        assert_eq!(failure.property, "run:panic");
        assert!(failure.message.contains("told, not printed"), "{}", failure.message);
    }
    assert_eq!(printed.load(Ordering::Relaxed), 0);

    std::panic::catch_unwind(|| panic!("outside")).unwrap_err();
    assert_eq!(printed.load(Ordering::Relaxed), 1);
}
