//! Faults that each break one property.

use crate::common::Fault;
use labtest::clients::{MakeStoreArgs, StoreServer};
use labtest::nemesis::FaultFilter;
use labtest::persister::SyncFuture;
use labtest::raft::message::{InstallSnapshotArgs, RequestVoteArgs};
use labtest::runtime::{Node, sleep, spawn, yield_now};
use labtest::{
    ApplyMsg, BoxFuture, Bytes, ClientEnd, HandleError, Implementation, MakeArgs, NotLeader,
    OurRaft, Peer, PersistError, Persister, ReadIndexError, RunOptions, Service, Started, State,
    Stored, anyhow, decode, encode, kv, persister::MemoryDisk,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Only that fault of the scenario.
pub fn only(fault: &str) -> RunOptions {
    let faults = FaultFilter::parse(fault).expect("a fault of that name");
    RunOptions { faults, ..RunOptions::default() }
}

/// Changes what is applied.
macro_rules! applies {
    ($(#[doc = $doc:literal])+ $fault:ident, $me:ident, $message:ident => $applied:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $fault;
        impl Fault for $fault {
            fn apply(&self, $me: usize, $message: ApplyMsg) -> Vec<ApplyMsg> {
                $applied
            }
        }
    };
}

applies!(
    /// Server 2 applies index 2 twice.
    Twice, me, message => {
        let is_twice = me == 2 && matches!(message, ApplyMsg::Command { index: 2, .. });
        if is_twice { vec![message.clone(), message] } else { vec![message] }
    }
);

applies!(
    /// Hands on empty snapshots.
    TornSnapshot, _me, message => vec![match message {
        ApplyMsg::Snapshot { index, term, .. } => {
            ApplyMsg::Snapshot { index, term, snapshot: Bytes::new() }
        }
        message => message,
    }]
);

applies!(
    /// Says term 0 with every command.
    WithoutTerm, _me, message => vec![match message {
        ApplyMsg::Command { index, command, .. } => ApplyMsg::Command { index, term: 0, command },
        message => message,
    }]
);

applies!(
    /// Server 2 panics when it applies something.
    Panics, me, message => {
        assert!(me != 2, "server 2 can't apply that");
        vec![message]
    }
);

/// Server 2, or every server, applies nothing.
#[derive(Clone)]
pub struct AppliesNothing {
    pub all: bool,
}
impl Fault for AppliesNothing {
    fn apply(&self, me: usize, message: ApplyMsg) -> Vec<ApplyMsg> {
        if self.all || me == 2 { Vec::new() } else { vec![message] }
    }
}

/// Changes what servers say about themselves.
macro_rules! says {
    ($(#[doc = $doc:literal])+ $fault:ident, $me:ident, $state:ident => $said:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $fault;
        impl Fault for $fault {
            fn get_state(&self, $me: usize, $state: State) -> State {
                $said
            }
        }
    };
}

says!(
    /// All claim to lead.
    Usurper, _me, state => State { term: state.term.max(1), is_leader: true }
);
says!(
    /// None claims to lead.
    Modest, _me, state => State { is_leader: false, ..state }
);
says!(
    /// Each says a later term than the one before it.
    TermOfItsOwn, me, state => State { term: state.term + me as u64, ..state }
);

/// Server 0 says a lower term each time.
#[derive(Clone, Default)]
pub struct BackInTerm(Arc<AtomicU64>);
impl Fault for BackInTerm {
    fn get_state(&self, me: usize, state: State) -> State {
        let asked = self.0.fetch_add(u64::from(me == 0), Ordering::Relaxed);
        let term = if me == 0 { 1000 - asked } else { state.term };
        State { term, is_leader: false }
    }
}

/// Who led once says forever that it does, in the term that it led.
#[derive(Clone, Default)]
pub struct LeadsForEver(Arc<Mutex<BTreeMap<usize, u64>>>);
impl Fault for LeadsForEver {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        self.0.lock().remove(&args.me);
        Ok(args)
    }
    fn get_state(&self, me: usize, state: State) -> State {
        let mut led = self.0.lock();
        if state.is_leader {
            led.insert(me, state.term);
        }
        led.get(&me).map_or(state, |&term| State { term, is_leader: true })
    }
}

/// Server 0 applies what nobody asked for and no other server has.
#[derive(Clone)]
pub struct CommitsAlone;
impl Fault for CommitsAlone {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        let (me, apply) = (args.me, args.apply.clone());
        spawn(async move {
            let command = Bytes::from_static(b"7");
            if me == 0 {
                apply.send(ApplyMsg::Command { index: 1, term: 1, command }).await.ok();
            }
        });
        Ok(args)
    }
}

/// Changes what a server does with a command.
macro_rules! starts {
    ($(#[doc = $doc:literal])+ $fault:ident, $raft:ident, $command:ident => $started:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $fault;
        impl Fault for $fault {
            fn start(
                &self,
                _me: usize,
                $raft: &dyn Peer,
                $command: Bytes,
            ) -> Result<Started, NotLeader> {
                $started
            }
        }
    };
}

starts!(
    /// Takes no command.
    Refuses, _raft, _command => Err(NotLeader { leader: None })
);
/// Gives the index of the empty log for every read.
#[derive(Clone)]
pub struct ReadsNoEntry;

impl Fault for ReadsNoEntry {
    fn read_index(&self, _raft: &dyn Peer) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        Some(Box::pin(async { Ok(0) }))
    }
}

/// Ends its own server instead of taking a command.
#[derive(Clone)]
pub struct EndsItself;

impl Fault for EndsItself {
    fn ends_itself(&self) -> bool {
        true
    }

    fn start(&self, _me: usize, _raft: &dyn Peer, _command: Bytes) -> Result<Started, NotLeader> {
        Node::current().kill();
        Err(NotLeader { leader: None })
    }
}

starts!(
    /// Says the index before the command's.
    OneBefore, raft, command => raft.start(command).map(|started| {
        Started { index: started.index - 1, ..started }
    })
);
starts!(
    /// Puts something of its own in front of each command.
    AddsItsOwn, raft, command => {
        raft.start(Bytes::from_static(b"its own"))?;
        raft.start(command)
    }
);

/// Takes that many commands on each server, and no more.
#[derive(Clone)]
pub struct RefusesFrom(pub u64);
impl Fault for RefusesFrom {
    fn start(&self, _me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        match raft.inspect().is_some_and(|known| known.last_index >= self.0) {
            true => Err(NotLeader { leader: None }),
            false => raft.start(command),
        }
    }
}

/// Forgets everything when it crashes.
#[derive(Clone)]
pub struct SavesNothing;
impl Fault for SavesNothing {
    fn persister(&self, _me: usize, _given: Arc<dyn Persister>) -> Arc<dyn Persister> {
        Arc::new(MemoryDisk::new().open())
    }
}

/// Takes a disk that can't be read for an empty one.
#[derive(Clone)]
pub struct ReadsAnything;
impl Fault for ReadsAnything {
    fn persister(&self, _me: usize, given: Arc<dyn Persister>) -> Arc<dyn Persister> {
        Arc::new(Careless(given))
    }
}

struct Careless(Arc<dyn Persister>);

impl Persister for Careless {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.0.save(state, snapshot);
    }
    fn append(&self, record: &[u8]) {
        self.0.append(record);
    }
    fn sync(&self) -> SyncFuture {
        self.0.sync()
    }
    fn read(&self) -> Result<Stored, PersistError> {
        Ok(self.0.read().unwrap_or_default())
    }
    fn state_size(&self) -> usize {
        self.0.state_size()
    }
    fn snapshot_size(&self) -> usize {
        self.0.snapshot_size()
    }
}

/// Keeps its log whole, whatever snapshots there are.
#[derive(Clone)]
pub struct KeepsItsLog;
impl Fault for KeepsItsLog {
    fn snapshot(&self, _me: usize, _raft: &dyn Peer, _index: u64, _snapshot: Bytes) {}
}

/// Can't be made a second time.
#[derive(Clone, Default)]
pub struct MadeOnce(Arc<AtomicU64>);
impl Fault for MadeOnce {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        anyhow::ensure!(self.0.fetch_add(1, Ordering::Relaxed) < 3, "no room");
        Ok(args)
    }
}

/// Calls a method that no server has.
#[derive(Clone)]
pub struct UnknownMethod;
impl Fault for UnknownMethod {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        let peer = args.peers[2].clone();
        spawn(async move { peer.call("Raft.Nonsense", Vec::new()).await });
        Ok(args)
    }
}

/// Gives way to other tasks, and not to time.
#[derive(Clone)]
pub struct YieldsForEver;
impl Fault for YieldsForEver {
    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        spawn(async {
            loop {
                yield_now().await;
            }
        });
        Ok(args)
    }
}

/// Answers other servers after 40 ms.
#[derive(Clone)]
pub struct Slow;
impl Fault for Slow {
    fn service(&self, _me: usize, service: Arc<dyn Service>) -> Arc<dyn Service> {
        Arc::new(SlowService(service))
    }
}

struct SlowService(Arc<dyn Service>);

impl Service for SlowService {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        let service = Arc::clone(&self.0);
        Box::pin(async move {
            sleep(Duration::from_millis(40)).await;
            service.handle(method, args).await
        })
    }
}

/// Sends messages without need, a while after the first command: thirty to each other server.
#[derive(Clone)]
pub struct Chatters {
    after: Duration,
    bytes: usize,
    peers: Arc<Mutex<BTreeMap<usize, Vec<ClientEnd>>>>,
}

impl Chatters {
    pub fn soon(bytes: usize) -> Chatters {
        // What is large comes when the first command is agreed on.
        let after = Duration::from_millis(if bytes == 0 { 0 } else { 100 });
        Chatters { after, bytes, peers: Arc::default() }
    }

    pub fn later() -> Chatters {
        Chatters { after: Duration::from_millis(500), ..Chatters::soon(0) }
    }

    fn message(&self) -> (&'static str, Vec<u8>) {
        let args = RequestVoteArgs {
            term: 0,
            candidate_id: 0,
            last_log_index: 0,
            last_log_term: 0,
            pre_vote: true,
        };
        if self.bytes == 0 {
            return ("Raft.RequestVote", encode(&args).unwrap());
        }
        let snapshot = InstallSnapshotArgs {
            term: 0,
            leader_id: 0,
            last_included_index: 0,
            last_included_term: 0,
            offset: 0,
            data: vec![0; self.bytes].into(),
            done: true,
        };
        ("Raft.InstallSnapshot", encode(&snapshot).unwrap())
    }
}

impl Fault for Chatters {
    /// Its snapshots are none of a leader.
    fn is_readable(&self) -> bool {
        self.bytes == 0
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<MakeArgs> {
        self.peers.lock().insert(args.me, args.peers.clone());
        Ok(args)
    }

    fn start(&self, me: usize, raft: &dyn Peer, command: Bytes) -> Result<Started, NotLeader> {
        let started = raft.start(command)?;
        let ends = self.peers.lock().remove(&me).unwrap_or_default();
        for end in ends.into_iter().enumerate().filter(|(to, _)| *to != me).map(|(_, end)| end) {
            for _ in 0..30 {
                let (after, end, (method, bytes)) = (self.after, end.clone(), self.message());
                spawn(async move {
                    sleep(after).await;
                    end.call(method, bytes).await
                });
            }
        }
        Ok(started)
    }
}

/// A store that says to every reader that there is nothing.
pub struct ReadsNothing;

impl Implementation for ReadsNothing {
    fn name(&self) -> &str {
        "reads nothing"
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        OurRaft.make(args)
    }

    fn make_store(&self, args: MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>> {
        let MakeStoreArgs { replica, applied, persister, options } = args;
        Ok(Arc::new(Blind(kv::KvServer::over(replica, applied, persister, options)?)))
    }
}

struct Blind(kv::KvServer);

impl StoreServer for Blind {
    fn service(&self) -> Arc<dyn Service> {
        Arc::new(BlindService(self.0.service()))
    }

    fn failure(&self) -> Option<String> {
        self.0.failure()
    }

    fn kill(&self) {
        self.0.kill();
    }
}

struct BlindService(Arc<dyn Service>);

impl Service for BlindService {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        let handled = Arc::clone(&self.0).handle(method, args);
        Box::pin(async move { handled.await.map(|reply| blind(method, reply)) })
    }
}

fn blind(method: &str, reply: Vec<u8>) -> Vec<u8> {
    let Ok(kv::Reply::Answered(kv::Answer::Got(_))) = decode(&reply) else { return reply };
    let nothing = kv::Reply::Answered(kv::Answer::Got(kv::Versioned::default()));
    match method {
        "Kv.Get" => encode(&nothing).unwrap_or(reply),
        _ => reply,
    }
}
