//! A server that is made of a core, as its users and the other servers see it.

use super::TICK;
use super::core::Core;
use super::driver::{Driver, Life};
use super::receiving::Receiving;
use super::sending::{Sending, TRIES_MAX};
use super::wire::{RECEIVED, Wire};
use crate::MakeArgs;
use bytes::Bytes;
use futures::future;
use labrpc::{BoxFuture, HandleError, Service, decode};
use parking_lot::Mutex;
use raft_api::{EntryId, Inspection, NotLeader, Peer, ReadIndexError, Started, State};
use runtime::Node;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Starts a server of that core, which has been made of what is on the disk. To be called where
/// [`Implementation::make`](crate::Implementation::make) is, on the server's node.
pub fn start<C: Core>(core: C, args: MakeArgs) -> Arc<dyn Peer> {
    let MakeArgs { peers, me, persister, apply, config } = args;
    let raft = &config.raft;
    // A round trip that takes longer than an election is none to wait for.
    let patience = super::ticks(raft.election_timeout_max_ms);
    let sending = Sending::new(me, raft.snapshot_piece_bytes_max, patience);
    let receiving = Receiving::new(me, patience * u64::from(TRIES_MAX + 1));
    let driver = Arc::new(Driver {
        life: Mutex::new(Life::new(core, sending, receiving)),
        changes: AtomicU64::new(0),
        me,
        peers,
        persister,
        pump: Notify::new(),
        applier: Notify::new(),
    });
    // Of each life another: servers that start again must not do the same again.
    let phase = runtime::rng("tick phase", Node::current().id()).duration(Duration::ZERO..=TICK);
    runtime::detach(Arc::clone(&driver).ticks(phase));
    runtime::detach(Arc::clone(&driver).pumps());
    runtime::detach(Arc::clone(&driver).applies(apply));
    Arc::new(Server(driver))
}

struct Server<C>(Arc<Driver<C>>);

/// What comes from outside the node only changes the core; a task of the node does the rest.
impl<C: Core> Peer for Server<C> {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        let mut life = self.0.life.lock();
        if life.is_over {
            return Err(NotLeader { leader: None });
        }
        let started = life.core.propose(command)?;
        self.0.note_change();
        self.0.pump.notify_one();
        Ok(started)
    }

    fn get_state(&self) -> State {
        self.0.life.lock().core.state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        let mut life = self.0.life.lock();
        if !life.is_over {
            life.applied(index);
            life.core.compact(index, snapshot);
            self.0.note_change();
            self.0.pump.notify_one();
        }
    }

    fn kill(&self) {
        self.0.life.lock().end();
    }

    fn service(&self) -> Arc<dyn Service> {
        Arc::new(Server(Arc::clone(&self.0)))
    }

    fn read_index(&self) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        const NOT_LEADER: ReadIndexError = ReadIndexError::NotLeader(NotLeader { leader: None });
        let mut life = self.0.life.lock();
        let read = life.reads.next_number();
        let begun = life.core.read_index(read)?;
        if life.is_over {
            return Some(Box::pin(future::ready(Err(NOT_LEADER))));
        }
        if let Err(error) = begun {
            return Some(Box::pin(future::ready(Err(error))));
        }
        let term = life.core.state().term;
        let answer = life.reads.begin(read, term);
        self.0.pump.notify_one();
        Some(Box::pin(async move { answer.await.unwrap_or(Err(NOT_LEADER)) }))
    }

    fn changes(&self) -> Option<u64> {
        Some(self.0.changes.load(Ordering::Relaxed))
    }

    fn inspect(&self) -> Option<Inspection> {
        self.0.life.lock().core.inspect()
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        self.0.life.lock().core.entry_at(index)
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        self.0.life.lock().core.match_index(server)
    }
}

impl<C: Core> Service for Server<C> {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(async move {
            if !C::METHODS.contains(&method) && method != RECEIVED {
                return Err(HandleError::UnknownMethod);
            }
            let wire: Wire = decode(&args).map_err(HandleError::BadArguments)?;
            let driver = &self.0;
            let stepped = driver.act(&mut driver.life.lock(), |life| driver.hears(life, wire));
            match stepped {
                Some(Err(reason)) => Err(HandleError::BadArguments(reason)),
                Some(Ok(())) | None => Err(HandleError::Silent),
            }
        })
    }

    fn methods(&self) -> Vec<&'static str> {
        [C::METHODS, &[RECEIVED]].concat()
    }
}
