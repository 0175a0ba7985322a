//! The tests of the key/value store, and what explorations with it have found.

use labtest::clients::{MakeStoreArgs, StoreServer};
use labtest::{
    Implementation, LabTest, MakeArgs, OurRaft, Peer, Repeats, RunOptions, Service, Verdict,
    all_tests, anyhow, kv_tests, record_one, run_one,
};
use std::sync::Arc;

fn raft() -> Arc<dyn Implementation> {
    Arc::new(OurRaft)
}

fn exploration() -> &'static LabTest {
    all_tests().iter().find(|test| test.name == "explore::kv").expect("a test of that name")
}

#[test]
fn every_test_passes_and_is_repeatable() {
    let options = RunOptions { repeats: Repeats::Always, ..RunOptions::default() };
    for test in kv_tests() {
        let outcome = run_one(test, 1, &raft(), &options);
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", test.name);
    }
}

#[test]
fn explorations_pass() {
    for seed in 1..=30 {
        let outcome = run_one(exploration(), seed, &raft(), &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "seed {seed}");
    }
}

#[test]
fn a_recorded_history_can_be_judged_by_itself() {
    for test in kv_tests() {
        let history = record_one(test, 2, &raft(), &RunOptions::default()).history;
        let (_, report) = lincheck::check_jsonl(&history, "kv").expect("a history");
        assert!(report.verdict.is_pass(), "{}: {}", test.name, report.verdict);
    }
}

/// A store that stops by itself.
struct Stopping;

struct Stopped(kv::KvServer);

impl StoreServer for Stopped {
    fn service(&self) -> Arc<dyn Service> {
        self.0.service()
    }

    fn failure(&self) -> Option<String> {
        (self.0.applied() > 2).then(|| "it is tired".to_owned())
    }

    fn kill(&self) {
        self.0.kill();
    }
}

impl Implementation for Stopping {
    fn name(&self) -> &str {
        "stopping"
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        OurRaft.make(args)
    }

    fn make_store(&self, args: MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>> {
        let MakeStoreArgs { replica, applied, persister, options } = args;
        Ok(Arc::new(Stopped(kv::KvServer::over(replica, applied, persister, options)?)))
    }
}

#[test]
fn a_store_that_stops_by_itself_fails_the_run() {
    let outcome = run_one(&kv_tests()[0], 1, &(Arc::new(Stopping) as _), &RunOptions::default());
    let Verdict::Failed(failure) = outcome.verdict else { panic!("{:?}", outcome.verdict) };
    assert_eq!(failure.property, labtest::property::STORE);
    assert!(failure.message.ends_with("has stopped: it is tired"), "{failure}");
}

/// Without a read index in the Raft, reads go through the log.
struct WithoutReadIndex;

struct NoReads(Arc<dyn Peer>);

impl Peer for NoReads {
    fn start(&self, command: labtest::Bytes) -> Result<labtest::Started, labtest::NotLeader> {
        self.0.start(command)
    }

    fn get_state(&self) -> labtest::State {
        self.0.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: labtest::Bytes) {
        self.0.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.0.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.0.service()
    }
}

impl Implementation for WithoutReadIndex {
    fn name(&self) -> &str {
        "without read index"
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        Ok(Arc::new(NoReads(OurRaft.make(args)?)))
    }
}

#[test]
fn a_raft_without_a_read_index_passes_too() {
    for test in kv_tests() {
        let implementation: Arc<dyn Implementation> = Arc::new(WithoutReadIndex);
        let outcome = run_one(test, 3, &implementation, &RunOptions::default());
        assert_eq!(outcome.verdict, Verdict::Passed, "{}", test.name);
    }
}
