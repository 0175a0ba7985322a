//! What surrounds the core: a lock, ticks, the disk, the network, the service.

use crate::core::{Core, Options, Ready};
use crate::disk::{Restored, Write};
use crate::message::{METHODS, Message};
use crate::mistake::Mistake;
use labtest::parking_lot::{Mutex, MutexGuard};
use labtest::persister::SyncFuture;
use labtest::runtime::{self, Node};
use labtest::{
    ApplyMsg, BoxFuture, Bytes, ClientEnd, EntryId, HandleError, Inspection, MakeArgs, NotLeader,
    Notify, Peer, PersistError, Persister, Service, Started, State, anyhow, decode, encode, mpsc,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The unit of all times in the core.
const TICK: Duration = Duration::from_millis(10);

/// One life of a server.
#[derive(Clone)]
pub(crate) struct Server(Arc<Shared>);

struct Shared {
    core: Mutex<Live>,
    /// How often the lock was taken to change something.
    changes: AtomicU64,
    peers: Vec<ClientEnd>,
    persister: Arc<dyn Persister>,
    mistake: Option<Mistake>,
    /// Something was done from outside of the node, and has to be carried out on it.
    pump: Notify,
    applier: Notify,
}

struct Live {
    core: Core,
    is_over: bool,
}

fn ticks(ms: u64) -> u64 {
    ms.div_ceil(TICK.as_millis() as u64).max(1)
}

impl Server {
    pub(crate) fn make(args: MakeArgs, mistake: Option<Mistake>) -> anyhow::Result<Server> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        let raft = &config.raft;
        let options = Options {
            me,
            servers: peers.len(),
            heartbeat_ticks: ticks(raft.heartbeat_interval_ms),
            election_ticks_min: ticks(raft.election_timeout_min_ms),
            election_ticks_max: ticks(raft.election_timeout_max_ms),
            batch_bytes_max: raft.batch_bytes_max,
            inflight_max: raft.inflight_max,
            mistake,
        };
        let restored = Restored::read(persister.read()?)?;
        // Another stream for each life: servers that start again must not do the same again.
        let rng = |name| runtime::rng(name, Node::current().id());
        let core = Core::new(options, restored, rng("etcd-like election timeout"));
        let server = Server(Arc::new(Shared {
            core: Mutex::new(Live { core, is_over: false }),
            changes: AtomicU64::new(0),
            peers,
            persister,
            mistake,
            pump: Notify::new(),
            applier: Notify::new(),
        }));
        // Servers that tick in step would stand for election at the same moment.
        let phase = rng("etcd-like tick phase").duration(Duration::ZERO..=TICK);
        runtime::detach(server.clone().ticks(phase));
        runtime::detach(server.clone().pumps());
        runtime::detach(server.clone().applies(apply));
        Ok(server)
    }

    /// Ticks that a machine misses while it stands still are lost.
    async fn ticks(self, phase: Duration) {
        runtime::sleep(phase).await;
        loop {
            runtime::sleep(TICK).await;
            let mut live = self.0.core.lock();
            if !live.is_over && live.core.tick() {
                self.act(&mut live, |_| ());
            }
        }
    }

    async fn pumps(self) {
        loop {
            self.0.pump.notified().await;
            self.act(&mut self.0.core.lock(), |_| ());
        }
    }

    /// What is committed goes to the service, in order.
    async fn applies(self, service: mpsc::Sender<ApplyMsg>) {
        loop {
            let next = {
                let mut live = self.0.core.lock();
                self.note_change();
                if live.is_over { None } else { live.core.next_to_apply() }
            };
            match next {
                Some(message) => {
                    if service.send(message).await.is_err() {
                        return;
                    }
                }
                None => self.0.applier.notified().await,
            }
        }
    }

    fn note_change(&self) {
        self.0.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Changes the core, and carries out what it wants then.
    fn act(&self, live: &mut MutexGuard<'_, Live>, change: impl FnOnce(&mut Core)) {
        if live.is_over {
            return;
        }
        self.note_change();
        change(&mut live.core);
        loop {
            let Ready { messages, write } = live.core.ready();
            let is_done = messages.is_empty() && write.is_none();
            messages.into_iter().for_each(|message| self.send(&message));
            if let Some((number, write)) = write {
                self.write(live, number, write);
            }
            if is_done || live.is_over {
                break;
            }
        }
        self.0.applier.notify_one();
    }

    fn send(&self, message: &Message) {
        let bytes = encode(message).expect("numbers and bytes have an encoding");
        self.0.peers[message.to].send(message.body.method(), bytes);
    }

    fn write(&self, live: &mut MutexGuard<'_, Live>, number: u64, write: Write) {
        match write {
            Write::Record(record) => {
                self.0.persister.append(&encode(&record).expect("a record has an encoding"));
            }
            Write::Save(saved, snapshot) => {
                let state = encode(&saved).expect("a state has an encoding");
                self.0.persister.save(&state, Some(snapshot));
            }
        }
        let takes_it_for_durable = self.0.mistake == Some(Mistake::SnapshotBeforeDurable);
        if takes_it_for_durable && live.core.is_installing() {
            live.core.durable(number);
        }
        match self.0.persister.sync() {
            SyncFuture::Ready(Some(outcome)) => self.synced(live, number, outcome),
            wait => {
                let server = self.clone();
                runtime::detach(async move {
                    let outcome = wait.await;
                    let mut live = server.0.core.lock();
                    server.synced(&mut live, number, outcome);
                    server.act(&mut live, |_| ());
                });
            }
        }
    }

    /// A disk that has failed may have lost what this server builds on: it must not go on.
    fn synced(
        &self,
        live: &mut MutexGuard<'_, Live>,
        number: u64,
        outcome: Result<(), PersistError>,
    ) {
        match outcome {
            _ if live.is_over => {}
            Ok(()) => live.core.durable(number),
            Err(_) => {
                live.is_over = true;
                Node::current().kill();
            }
        }
    }
}

impl Peer for Server {
    /// Only appends: this comes from outside of the node.
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        let mut live = self.0.core.lock();
        if live.is_over {
            return Err(NotLeader { leader: None });
        }
        let started = live.core.propose(command)?;
        self.note_change();
        self.0.pump.notify_one();
        Ok(started)
    }

    fn get_state(&self) -> State {
        let live = self.0.core.lock();
        State { term: live.core.term(), is_leader: live.core.is_leader() }
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        let mut live = self.0.core.lock();
        if !live.is_over {
            live.core.compact(index, snapshot);
            self.note_change();
            self.0.pump.notify_one();
        }
    }

    fn kill(&self) {
        self.0.core.lock().is_over = true;
    }

    fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.clone())
    }

    fn changes(&self) -> Option<u64> {
        Some(self.0.changes.load(Ordering::Relaxed))
    }

    fn inspect(&self) -> Option<Inspection> {
        Some(self.0.core.lock().core.inspect())
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        self.0.core.lock().core.entry_at(index).map(crate::words::id)
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        self.0.core.lock().core.match_index(server)
    }
}

impl Service for Server {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(async move {
            if !METHODS.contains(&method) {
                return Err(HandleError::UnknownMethod);
            }
            let message = decode::<Message>(&args)
                .map_err(|error| HandleError::BadArguments(error.to_string()))?;
            if message.from.max(message.to) >= self.0.peers.len() {
                let sentence = format!("there is no server {}", message.from.max(message.to));
                return Err(HandleError::BadArguments(sentence));
            }
            self.act(&mut self.0.core.lock(), |core| core.step(message));
            Err(HandleError::Silent)
        })
    }

    fn methods(&self) -> Vec<&'static str> {
        METHODS.to_vec()
    }
}
