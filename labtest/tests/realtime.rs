//! The same scenarios on the real clock.

mod common;

use common::{Fault, NoFault, fails, run};
use labtest::{ApplyMsg, RunOptions, Verdict};
use std::time::Duration;

fn realtime() -> RunOptions {
    RunOptions { realtime: true, ..RunOptions::default() }
}

#[test]
fn a_test_passes_and_is_measured() {
    let outcome = run("4B::basic_agree", 1, NoFault, &realtime());
    assert_eq!(outcome.verdict, Verdict::Passed);
    // The scenario takes at least the first look for a leader.
    assert!(outcome.virtual_time >= Duration::from_millis(20), "{outcome:?}");
    assert!(outcome.wall_time >= outcome.virtual_time, "{outcome:?}");
    assert_eq!((outcome.trace_hash, outcome.measures.commits), (0, 3));
    assert!(outcome.measures.rpcs > 0);
}

#[test]
fn servers_crash_and_restart() {
    let outcome = run("4D::snapshot_init", 1, NoFault, &realtime());
    assert_eq!(outcome.verdict, Verdict::Passed);
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
fn a_panic_in_a_task_ends_the_run() {
    let outcome = run("4B::basic_agree", 1, PanicInTask, &realtime());
    let Verdict::Failed(failure) = outcome.verdict else { panic!("it passed") };
    assert_eq!(failure.property, "run:panic");
    assert!(failure.message.contains("server 2 can't apply that"), "{failure}");
    assert_eq!(failure.details, ["in a task of server 2"]);
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
fn the_background_checks_fire_as_in_a_simulation() {
    let sentence = "server 1 apply out of order, expected index 2, got 3";
    fails("4C::persist1", Gap, "safety:apply-order", sentence);
    let outcome = run("4C::persist1", 1, Gap, &realtime());
    let Verdict::Failed(failure) = outcome.verdict else { panic!("it passed") };
    assert_eq!((failure.property, failure.message.as_str()), ("safety:apply-order", sentence));
}
