//! What surrounds the core: its lock, its disk, its peers and its tasks.
//!
//! Everything that happens to a server is one *step*: lock the core, let it act, hand its writes to
//! the persister, unlock. What follows a step needs no lock: wait until the writes are durable,
//! send, answer. The lock is never held across an `await`.
//!
//! [`tasks`] has the tasks, [`wire`] what crosses the network, [`applier`] the way to the service and
//! [`reads`] those who wait for a read.

mod applier;
mod reads;
mod tasks;
pub mod wire;

use crate::core::durability::{Write, WriteMark};
use crate::core::{Core, Role};
use crate::message::Outgoing;
use bytes::Bytes;
use futures::future::BoxFuture;
use parking_lot::{Mutex, MutexGuard};
use persister::{PersistError, Persister, SyncFuture};
use raft_api::{ApplyMsg, NotLeader, RoleName, Started};
use reads::Reader;
use runtime::{Instant, JoinHandle};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc};
use wire::RaftClient;

/// The first word of a role change in the hash of the run.
const TRACE_ROLE: u64 = u64::from_be_bytes(*b"raftrole");

/// One server: what its handles, its tasks and its service share.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// How often the lock was taken to change something. Changed under the lock, read without: it is
    /// read after every step of a simulation.
    changes: AtomicU64,
    peers: Vec<RaftClient>,
    persister: Arc<dyn Persister>,
    ticker: Notify,
    pump: Notify,
    applier: Notify,
}

/// What the lock protects.
pub(crate) struct State {
    pub(crate) core: Core,
    stopped: Option<Stopped>,
    tasks: Vec<JoinHandle<()>>,
    /// `None` when the server has stopped.
    service: Option<mpsc::Sender<ApplyMsg>>,
    /// Until when the ticker sleeps.
    ticker_wakes_at: Instant,
    /// Kept for its capacity.
    write_buffer: Vec<u8>,
    /// Writes handed to the persister, and how many of them are durable.
    writes: u64,
    durable_writes: u64,
    traced: (RoleName, u64),
    /// Who waits for reads, in the order in which they began.
    readers: VecDeque<Reader>,
}

/// Why a server does nothing any more.
enum Stopped {
    Killed,
    Failed(String),
}

/// What remains to be done after a step, without the lock.
struct Effects {
    outbox: Vec<Outgoing>,
    sync: Option<PendingSync>,
}

/// What is left of a step when everything is done that need not wait. A plain value and not a
/// future, so that the many tasks that have nothing to wait for stay small.
enum Rest {
    Done { stopped: bool },
    AfterSync(BoxFuture<'static, bool>),
}

impl Rest {
    /// Leaves the wait to a task of its own. True when the server has stopped.
    fn detach(self) -> bool {
        match self {
            Rest::Done { stopped } => stopped,
            Rest::AfterSync(wait) => {
                runtime::detach(async move {
                    wait.await;
                });
                false
            }
        }
    }
}

struct PendingSync {
    future: SyncFuture,
    writes: u64,
    mark: WriteMark,
}

impl Shared {
    pub(crate) fn new(
        core: Core,
        peers: Vec<RaftClient>,
        persister: Arc<dyn Persister>,
    ) -> Arc<Shared> {
        let state = State {
            traced: (core.role_name(), 0),
            core,
            stopped: None,
            tasks: Vec::new(),
            service: None,
            ticker_wakes_at: Instant::START,
            write_buffer: Vec::new(),
            writes: 0,
            durable_writes: 0,
            readers: VecDeque::new(),
        };
        Arc::new(Shared {
            state: Mutex::new(state),
            changes: AtomicU64::new(0),
            peers,
            persister,
            ticker: Notify::new(),
            pump: Notify::new(),
            applier: Notify::new(),
        })
    }

    /// For looking only.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// For changes that may be seen from outside.
    fn lock_to_change(&self) -> MutexGuard<'_, State> {
        let state = self.state.lock();
        self.note_change();
        state
    }

    /// Called with the lock.
    fn note_change(&self) {
        self.changes.store(self.changes() + 1, Ordering::Relaxed);
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Leaves it to the pump to write and to send: this comes from outside the node, which
    /// has another clock.
    pub(crate) fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        let mut state = self.lock();
        if state.stopped.is_some() {
            return Err(NotLeader { leader: None });
        }
        let started = match self.refusal() {
            None => state.core.start(command)?,
            // Who asks for the leader finds it here, and asks it why.
            Some(_) => return Err(NotLeader { leader: state.core.leader }),
        };
        // Only now: a client that looks for the leader asks every server, and that changes none.
        self.note_change();
        self.pump.notify_one();
        Ok(started)
    }

    /// Why no command is taken, whoever leads.
    pub(crate) fn refusal(&self) -> Option<String> {
        let sentence = "the server's disk is nearly full: it takes no commands until there is room";
        (!self.persister.has_room()).then(|| sentence.to_owned())
    }

    /// The disk is handed the snapshot at once; the pump waits until it is durable.
    pub(crate) fn snapshot(&self, index: u64, snapshot: Bytes) {
        let mut state = self.lock_to_change();
        if state.stopped.is_none() {
            state.core.take_snapshot(index, snapshot);
            self.write(&mut state);
            self.pump.notify_one();
        }
    }

    /// One step; `None` when the server has stopped.
    fn step<R>(&self, act: impl FnOnce(&mut Core, Instant) -> R) -> Option<(R, Effects)> {
        let now = runtime::now();
        let mut state = self.lock_to_change();
        if state.stopped.is_some() {
            return None;
        }
        let result = act(&mut state.core, now);
        Some((result, self.end_step(&mut state, 0)?))
    }

    /// Carries out what the core wants after it has acted; `None` when the server has stopped. What
    /// is sent or answered need not wait for the first `settled` writes.
    fn end_step(&self, state: &mut State, settled: u64) -> Option<Effects> {
        let sync = self.write_and_sync(state, settled);
        if let Some(reason) = state.core.failure.take() {
            state.stop(Stopped::Failed(reason));
        }
        state.trace_role();
        state.answer_readers();
        self.wake_tasks(state);
        let outbox = std::mem::take(&mut state.core.outbox);
        match state.stopped {
            None => Some(Effects { outbox, sync }),
            Some(_) => None,
        }
    }

    /// Has the disk make durable what is not. A disk that is durable at once is done here, and may
    /// let the core go on to what has to be written next. A server that has stopped writes nothing.
    fn write_and_sync(&self, state: &mut State, settled: u64) -> Option<PendingSync> {
        while !state.is_stopped() {
            self.write(state);
            if state.writes <= settled.max(state.durable_writes) {
                break;
            }
            let (writes, mark) = (state.writes, state.core.durability.mark());
            match self.persister.sync() {
                SyncFuture::Ready(Some(outcome)) => state.synced(outcome, writes, mark),
                future => return Some(PendingSync { future, writes, mark }),
            }
        }
        None
    }

    fn write(&self, state: &mut State) {
        while let Some(write) = state.core.next_write(&mut state.write_buffer) {
            match write {
                Write::Append => self.persister.append(&state.write_buffer),
                Write::Save(snapshot) => self.persister.save(&state.write_buffer, snapshot),
                Write::Compact(snapshot) => {
                    self.persister.compact(&state.write_buffer, Some(snapshot));
                }
            }
            state.writes += 1;
        }
    }

    fn wake_tasks(&self, state: &mut State) {
        if state.core.flush_wanted {
            self.pump.notify_one();
        }
        if !state.hand_over() {
            self.applier.notify_one();
        }
        if state.core.deadline() < state.ticker_wakes_at {
            self.ticker.notify_one();
        }
    }

    /// What follows a step: sends what may leave at once, and the rest when the disk is done.
    fn finish(self: &Arc<Self>, effects: Effects) -> Rest {
        let Effects { outbox, sync } = effects;
        let Some(sync) = sync else {
            outbox.into_iter().for_each(|request| self.send(request));
            return Rest::Done { stopped: false };
        };
        let (promises, others): (Vec<_>, Vec<_>) =
            outbox.into_iter().partition(Outgoing::waits_for_disk);
        others.into_iter().for_each(|request| self.send(request));
        Rest::AfterSync(Box::pin(Arc::clone(self).finish_after(sync, promises)))
    }

    /// Returns whether the server has stopped meanwhile.
    async fn finish_after(self: Arc<Self>, sync: PendingSync, promises: Vec<Outgoing>) -> bool {
        let PendingSync { future, writes, mark } = sync;
        let outcome = future.await;
        let effects = {
            let mut state = self.lock_to_change();
            // What has been written meanwhile has syncs of its own.
            let settled = state.writes;
            state.synced(outcome, writes, mark);
            self.end_step(&mut state, settled)
        };
        let Some(effects) = effects else { return true };
        promises.into_iter().for_each(|request| self.send(request));
        // An election may be won now that a term is durable: a step of its own.
        self.finish(effects).detach()
    }

    /// A step, what it has marked for sending, and what follows.
    fn run(self: &Arc<Self>, act: impl FnOnce(&mut Core, Instant)) -> Rest {
        let step = |core: &mut Core, now| {
            act(core, now);
            if core.flush_wanted {
                core.flush(now);
            }
        };
        match self.step(step) {
            Some(((), effects)) => self.finish(effects),
            None => Rest::Done { stopped: true },
        }
    }

    /// Answers a request, once everything that the answer promises is durable. A server that has
    /// stopped never answers.
    pub(crate) async fn answer<R>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Core, Instant) -> R,
    ) -> R {
        if let Some((reply, effects)) = self.step(act) {
            let stopped = match self.finish(effects) {
                Rest::Done { stopped } => stopped,
                Rest::AfterSync(wait) => wait.await,
            };
            if !stopped {
                return reply;
            }
        }
        std::future::pending().await
    }

    /// Ends the server's tasks. It sends and answers nothing more.
    pub(crate) fn kill(&self) {
        self.lock_to_change().stop(Stopped::Killed);
    }
}

impl State {
    /// A disk that fails a sync has lost writes that this server may have built upon: it must not
    /// go on, nor try again.
    fn synced(&mut self, outcome: Result<(), PersistError>, writes: u64, mark: WriteMark) {
        // A sync that succeeds after one that failed says nothing about what that one lost.
        if self.is_stopped() {
            return;
        }
        match outcome {
            Ok(()) => {
                self.durable_writes = self.durable_writes.max(writes);
                self.core.synced(runtime::now(), mark);
            }
            Err(error) => self.stop(Stopped::Failed(format!("stable storage: {error}"))),
        }
    }

    fn stop(&mut self, reason: Stopped) {
        if self.stopped.is_none() {
            self.stopped = Some(reason);
            self.tasks.drain(..).for_each(|task| task.abort());
            self.service = None;
            self.readers.clear();
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    pub(crate) fn failure(&self) -> Option<String> {
        match &self.stopped {
            Some(Stopped::Failed(reason)) => Some(reason.clone()),
            Some(Stopped::Killed) | None => None,
        }
    }

    /// Folds role changes into the hash of the run; a new candidacy is one, a follower's new term
    /// is not.
    fn trace_role(&mut self) {
        let role = self.core.role_name();
        let term = if matches!(self.core.role, Role::Follower) { 0 } else { self.core.term };
        if self.traced != (role, term) {
            self.traced = (role, term);
            runtime::trace(&[TRACE_ROLE, self.core.me as u64, role as u64, self.core.term]);
        }
    }
}

#[cfg(test)]
mod tests;
