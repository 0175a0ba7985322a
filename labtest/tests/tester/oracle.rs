//! The oracle judges whole runs: from outside it sees the same run, stays silent about a good Raft,
//! and catches bad ones by what they say and write.

use crate::common::{Fault, NoFault, failure_with, run};
use labtest::persister::{MemoryDisk, PersistError, Stored};
use labtest::raft::message::{AppendEntriesReply, RequestVoteArgs, RequestVoteReply};
use labtest::{
    BoxFuture, Bytes, HandleError, Persister, RunOptions, Service, Verdict, decode, encode,
    lab_tests,
};
use std::sync::Arc;

fn outside() -> RunOptions {
    RunOptions { outside_only: true, ..RunOptions::default() }
}

#[test]
fn from_outside_a_good_raft_passes_and_the_run_is_the_same() {
    for test in lab_tests() {
        for seed in [3, 4] {
            let outcome = run(test.name, seed, NoFault, &outside());
            assert_eq!(outcome.verdict, Verdict::Passed, "{} {seed}", test.name);
            let looked_at = run(test.name, seed, NoFault, &RunOptions::default());
            assert_eq!(outcome.trace_hash, looked_at.trace_hash, "{} {seed}", test.name);
        }
    }
}

/// Keeps what it is to save somewhere else than on its disk.
#[derive(Clone)]
struct Forgetful;
impl Fault for Forgetful {
    fn persister(&self, _me: usize, _given: Arc<dyn Persister>) -> Arc<dyn Persister> {
        Arc::new(MemoryDisk::new().open())
    }
}

#[test]
fn a_candidate_that_saves_nothing_is_caught_at_its_first_request() {
    for options in [RunOptions::default(), outside()] {
        let failure = failure_with("4A::initial_election", Forgetful, &options);
        assert_eq!(failure.property, "safety:acknowledged", "{failure}");
        assert!(failure.message.contains("asks for votes in term 1 before it has stored that"));
        assert_eq!((failure.place.servers.len(), failure.place.term), (1, Some(1)));
    }
}

/// Cuts the last record off whatever a server finds at its start: a vote or an entry.
#[derive(Clone)]
struct ForgetsLast;
impl Fault for ForgetsLast {
    fn persister(&self, _me: usize, given: Arc<dyn Persister>) -> Arc<dyn Persister> {
        Arc::new(LosesLast(given))
    }
}

struct LosesLast(Arc<dyn Persister>);

impl Persister for LosesLast {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.0.save(state, snapshot);
    }
    fn append(&self, record: &[u8]) {
        self.0.append(record);
    }
    fn sync(&self) -> labtest::persister::SyncFuture {
        self.0.sync()
    }
    fn read(&self) -> Result<Stored, PersistError> {
        let mut stored = self.0.read()?;
        stored.records.pop();
        Ok(stored)
    }
    fn state_size(&self) -> usize {
        self.0.state_size()
    }
    fn snapshot_size(&self) -> usize {
        self.0.snapshot_size()
    }
}

#[test]
fn servers_that_do_not_read_all_they_have_written_are_caught() {
    for options in [RunOptions::default(), outside()] {
        let caught = (1..=20).any(|seed| {
            let outcome = run("4C::persist1", seed, ForgetsLast, &options);
            matches!(outcome.verdict, Verdict::Failed(failure) if failure.property.starts_with("safety:"))
        });
        assert!(caught);
    }
}

/// Changes the answers of a server.
struct Altered {
    service: Arc<dyn Service>,
    alter: fn(&str, &[u8], Vec<u8>) -> Vec<u8>,
}

impl Service for Altered {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        let (handled, alter) = (Arc::clone(&self.service).handle(method, args.clone()), self.alter);
        Box::pin(async move { handled.await.map(|reply| alter(method, &args, reply)) })
    }
}

/// Votes for everyone.
#[derive(Clone)]
struct Generous;
impl Fault for Generous {
    fn service(&self, _me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        let alter = |method: &str, args: &[u8], reply: Vec<u8>| {
            let Ok(RequestVoteArgs { term, pre_vote: false, .. }) = decode(args) else {
                return reply;
            };
            if method != "Raft.RequestVote" {
                return reply;
            }
            encode(&RequestVoteReply { term, vote_granted: true }).unwrap_or(reply)
        };
        Arc::new(Altered { service, alter })
    }
}

/// Accepts whatever it is sent, and keeps what it likes.
#[derive(Clone)]
struct Agreeable;
impl Fault for Agreeable {
    fn service(&self, _me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        let alter = |method: &str, _: &[u8], reply: Vec<u8>| match decode(&reply) {
            Ok(AppendEntriesReply { term, .. }) if method == "Raft.AppendEntries" => {
                let reply_to_all =
                    AppendEntriesReply { term, success: true, last_of_terms: vec![] };
                encode(&reply_to_all).unwrap_or(reply)
            }
            _ => reply,
        };
        Arc::new(Altered { service, alter })
    }
}

fn is_caught(fault: impl Fault, options: &RunOptions, properties: &[&str]) {
    let tests = ["4A::many_elections", "4B::rejoin", "4B::backup"];
    let failed = tests.iter().flat_map(|test| (1..=5).map(move |seed| (test, seed)));
    let mut verdicts = failed.map(|(test, seed)| run(test, seed, fault.clone(), options).verdict);
    let caught = verdicts.any(
        |verdict| matches!(&verdict, Verdict::Failed(failure) if properties.contains(&failure.property)),
    );
    assert!(caught, "by none of {properties:?}");
}

#[test]
fn votes_that_are_not_ones_own_to_give_are_caught() {
    for options in [RunOptions::default(), outside()] {
        is_caught(
            Generous,
            &options,
            &["safety:acknowledged", "safety:one-vote", "safety:election-restriction"],
        );
    }
}

#[test]
fn entries_that_are_accepted_and_not_kept_are_caught() {
    for options in [RunOptions::default(), outside()] {
        is_caught(Agreeable, &options, &["safety:acknowledged", "safety:stale-request"]);
    }
}
