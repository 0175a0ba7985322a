//! A run is a function of test and seed: the same again, on any thread, with any number of jobs.

use crate::common::{Fault, Faulty, NoFault, run};
use labtest::formats::Measures;
use labtest::pool::{Plan, Seeds, Shard, run_all};
use labtest::summary::{Spread, Summary};
use labtest::{
    Bytes, Implementation, NotLeader, OurRaft, Peer, RunOptions, RunOutcome, Started, Verdict,
    lab_tests, run_one,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// All of an outcome but the time it took here.
fn repeatable(outcome: &RunOutcome) -> (Verdict, u64, Duration, Measures) {
    let RunOutcome { verdict, trace_hash, virtual_time, measures, .. } = outcome;
    (verdict.clone(), *trace_hash, *virtual_time, measures.clone())
}

#[test]
fn a_seed_repeats_itself_on_any_thread() {
    for test in ["4A::many_elections", "4C::figure8_unreliable", "4D::snapshot_install_crash"] {
        let here = run(test, 7, NoFault, &RunOptions::default());
        let again = run(test, 7, NoFault, &RunOptions::default());
        let there = thread::scope(|scope| {
            scope.spawn(|| run(test, 7, NoFault, &RunOptions::default())).join().unwrap()
        });
        assert_eq!(repeatable(&here), repeatable(&again), "{test}");
        assert_eq!(repeatable(&here), repeatable(&there), "{test}");
    }
}

#[test]
fn another_seed_is_another_run() {
    let hashes: Vec<u64> = (1..=20)
        .map(|seed| run("4B::basic_agree", seed, NoFault, &RunOptions::default()).trace_hash)
        .collect();
    let distinct: std::collections::BTreeSet<&u64> = hashes.iter().collect();
    assert_eq!(distinct.len(), hashes.len());
}

/// An earlier run on the same thread leaves nothing over.
#[test]
fn a_run_does_not_depend_on_what_ran_before() {
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let run = |place: usize| {
        run_one(&lab_tests()[place], 3, &implementation, &RunOptions::default()).trace_hash
    };
    let first = thread::scope(|scope| scope.spawn(|| run(5)).join().unwrap());
    let after_others = thread::scope(|scope| {
        let work = || (0..=5).map(run).next_back().unwrap();
        scope.spawn(work).join().unwrap()
    });
    assert_eq!(first, after_others);
}

fn all_runs(jobs: usize) -> (BTreeMap<(usize, u64), u64>, Summary) {
    let plan = Plan {
        tests: lab_tests()[..13].to_vec(),
        seeds: Seeds::new(1, 3),
        shard: Shard::WHOLE,
        jobs,
        fail_fast: false,
        options: RunOptions::default(),
    };
    let implementation: Arc<dyn Implementation> = Arc::new(Faulty(NoFault));
    let mut hashes = BTreeMap::new();
    let summary = run_all(&plan, &implementation, |place, outcome, _| {
        hashes.insert((place, outcome.seed), outcome.trace_hash);
        ControlFlow::Continue(())
    });
    (hashes, summary.unwrap())
}

#[test]
fn jobs_change_only_the_time_it_takes() {
    let (hashes_of_one, mut one) = all_runs(1);
    let (hashes_of_three, mut three) = all_runs(3);
    assert_eq!(hashes_of_one.len(), 39);
    assert_eq!(hashes_of_one, hashes_of_three);
    for summary in [&mut one, &mut three] {
        summary.tests.iter_mut().for_each(|test| test.wall_us = Spread::default());
    }
    assert_eq!(one, three);
    assert_eq!(one.total().runs(), 39);
}

#[test]
fn a_runner_can_be_stopped() {
    let plan = Plan {
        tests: lab_tests()[..1].to_vec(),
        seeds: Seeds::new(1, 1_000_000),
        shard: Shard::WHOLE,
        jobs: 2,
        fail_fast: true,
        options: RunOptions::default(),
    };
    let implementation: Arc<dyn Implementation> = Arc::new(OurRaft);
    let summary = run_all(&plan, &implementation, |_, _, _| ControlFlow::Break(())).unwrap();
    assert_eq!(summary.total().runs(), 1);
}

/// Is held by every server.
#[derive(Clone)]
struct Held(Arc<()>);
impl Fault for Held {
    fn start(&self, _me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        assert!(Arc::strong_count(&self.0) > 1, "the test holds it, too");
        raft.start(command)
    }
}

#[test]
fn nothing_of_a_run_is_left_after_it() {
    let held = Arc::new(());
    for test in
        ["4A::initial_election", "4C::persist1", "4D::snapshot_init", "4C::unreliable_churn"]
    {
        let outcome = run(test, 1, Held(Arc::clone(&held)), &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "{test}");
        assert_eq!(Arc::strong_count(&held), 1, "{test}");
    }
}
