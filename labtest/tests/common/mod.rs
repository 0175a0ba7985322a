//! Rafts with a fault, made from the good one by changing what passes through it.
#![allow(dead_code)] // Each test target uses its own part.

use labtest::runtime::{Node, spawn};
use labtest::{
    ApplyMsg, BoxFuture, Bytes, Decoded, DiskDecoder, Encoded, EntryId, Failure, Implementation,
    Inspection, LabTest, MakeArgs, Message, NotLeader, OurRaft, Overrides, Peer, Persister,
    ReadIndexError, RunOptions, RunOutcome, Service, Started, State, Verdict, all_tests, anyhow,
    mpsc, run_one,
};
use std::sync::Arc;

/// What may be changed between our Raft and the tester; by default nothing is.
pub trait Fault: Clone + Send + Sync + 'static {
    /// What server `me` is made of.
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        Ok(args)
    }

    /// What is done with server `me` once it is made.
    fn made(&self, _me: usize, _raft: &Arc<dyn Peer>) {}

    /// What the service gets instead of a message.
    fn apply(&self, _me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        vec![message]
    }

    /// What is said instead of a state.
    fn get_state(&self, _me: usize, state: State) -> State {
        state
    }

    /// What a server does with a command.
    fn start(&self, _me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        raft.start(command)
    }

    /// The index that a server gives for a read.
    fn read_index(&self, raft: &dyn Peer) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        raft.read_index()
    }

    /// Whether its messages can be read.
    fn is_readable(&self) -> bool {
        true
    }

    /// What a server does with the service's snapshot.
    fn snapshot(&self, _me: usize, raft: &dyn Peer, index: u64, snapshot: Bytes) {
        raft.snapshot(index, snapshot);
    }

    /// What answers the calls of other servers.
    fn service(&self, _me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        service
    }

    /// Whether servers end themselves.
    fn ends_itself(&self) -> bool {
        false
    }

    /// The persister that is used instead of the one given.
    fn persister(&self, _me: usize, persister: Arc<dyn Persister>) -> Arc<dyn Persister> {
        persister
    }
}

/// No fault at all: what the tester must stay silent about.
#[derive(Clone)]
pub struct NoFault;
impl Fault for NoFault {}

/// Server 1 applies another value at index 2.
#[derive(Clone)]
pub struct WrongValue;
impl Fault for WrongValue {
    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        vec![match message {
            ApplyMsg::Command { index: 2, term, .. } if me == 1 => {
                ApplyMsg::Command { index: 2, term, command: Bytes::from_static(b"wrong") }
            }
            message => message,
        }]
    }
}

/// The same, with servers that take a while of real time to be made.
#[derive(Clone)]
pub struct SlowToMake<F>(pub F);
impl<F: Fault> Fault for SlowToMake<F> {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        #[allow(clippy::disallowed_methods)] // That is what it is for.
        std::thread::sleep(std::time::Duration::from_millis(5));
        Ok(args)
    }

    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        self.0.apply(me, message)
    }
}

/// Our Raft with a fault.
pub struct Faulty<F>(pub F);

impl<F: Fault> Implementation for Faulty<F> {
    fn name(&self) -> &str {
        "faulty"
    }

    /// It has no words for its messages.
    fn describe(&self, _message: &Message<'_>) -> Option<String> {
        None
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        if self.0.is_readable() { OurRaft.decode(message) } else { Decoded::Unknown }
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        OurRaft.disk_decoder()
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = self.0.make(args)?;
        let persister = self.0.persister(me, persister);
        let (altered, mut messages) = mpsc::channel(1);
        let fault = self.0.clone();
        spawn(async move {
            while let Some(message) = messages.recv().await {
                for message in fault.apply(me, message) {
                    if apply.send(message).await.is_err() {
                        return;
                    }
                }
            }
        });
        let raft = OurRaft.make(MakeArgs { peers, me, persister, apply: altered, config })?;
        self.0.made(me, &raft);
        Ok(Arc::new(FaultyPeer { raft, me, fault: self.0.clone() }))
    }
}

struct FaultyPeer<F> {
    raft: Arc<dyn Peer>,
    me: usize,
    fault: F,
}

impl<F: Fault> Peer for FaultyPeer<F> {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.fault.start(self.me, &*self.raft, command)
    }

    fn get_state(&self) -> State {
        self.fault.get_state(self.me, self.raft.get_state())
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.fault.snapshot(self.me, &*self.raft, index, snapshot);
    }

    fn kill(&self) {
        if !self.fault.ends_itself() {
            assert!(Node::current().is_alive(), "kill is called before the node is gone");
        }
        self.raft.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.fault.service(self.me, self.raft.service())
    }

    fn read_index(&self) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        self.fault.read_index(&*self.raft)
    }

    fn inspect(&self) -> Option<Inspection> {
        self.raft.inspect()
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        self.raft.entry_at(index)
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        self.raft.match_index(server)
    }
}

/// The test with that name.
pub fn test_of_name(name: &str) -> LabTest {
    *all_tests().iter().find(|test| test.name == name).expect("a test of that name")
}

/// One run of that test with a fault.
pub fn run(test: &str, seed: u64, fault: impl Fault, options: &RunOptions) -> RunOutcome {
    let implementation: Arc<dyn Implementation> = Arc::new(Faulty(fault));
    run_one(&test_of_name(test), seed, &implementation, options)
}

/// How that test fails with a fault.
#[track_caller]
pub fn failure_with(test: &str, fault: impl Fault, options: &RunOptions) -> Failure {
    match run(test, 1, fault, options).verdict {
        Verdict::Failed(failure) => failure,
        other => panic!("{test} should have failed, but it is {other:?}"),
    }
}

/// Checks property and sentence of a failure.
#[track_caller]
pub fn fails(test: &str, fault: impl Fault, property: &str, sentence: &str) -> Failure {
    let failure = failure_with(test, fault, &RunOptions::default());
    assert_eq!((failure.property, failure.message.as_str()), (property, sentence));
    failure
}

/// The first failure of that test, under the seeds from 1 on.
#[track_caller]
pub fn first_failure(
    test: &str,
    seeds: u64,
    implementation: impl Implementation,
    options: &RunOptions,
) -> Failure {
    let (test, implementation) = (test_of_name(test), Arc::new(implementation) as _);
    let failed =
        (1..=seeds).find_map(|seed| match run_one(&test, seed, &implementation, options) {
            RunOutcome { verdict: Verdict::Failed(failure), .. } => Some(failure),
            _ => None,
        });
    failed.expect("a run that fails")
}

/// Options with a configuration in TOML.
pub fn configured(toml: &str) -> RunOptions {
    let overrides = Overrides::from_toml(toml, "test.toml").expect("a good configuration");
    RunOptions { overrides, ..RunOptions::default() }
}
