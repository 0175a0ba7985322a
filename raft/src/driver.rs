//! What surrounds the core: its lock, its disk, its peers and its tasks.
//!
//! Everything that happens to a server is one *step*: lock the core, let it act, hand its writes to
//! the persister, unlock. What follows a step needs no lock: wait until the writes are durable,
//! send, answer. The lock is never held across an `await`.
//!
//! [`tasks`] has the tasks, [`wire`] what crosses the network, [`applier`] the way to the service, [`writes`]
//! what goes to the disk, [`syncs`] those who wait for it and [`reads`] those who wait for a read.

mod applier;
mod reads;
mod syncs;
mod tasks;
pub mod wire;
mod writes;

use crate::core::durability::NewSnapshot;
use crate::core::{Core, Role};
use crate::message::Outgoing;
use crate::start_error::StartError;
use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use persister::Persister;
use raft_api::{ApplyMsg, NotLeader, RoleName, Started};
use reads::Reader;
use runtime::{Instant, JoinHandle};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use syncs::{Durable, PendingSync, Syncs};
use tokio::sync::{Notify, mpsc};
use wire::Peer;
use writes::Incoming;

/// The first word of a role change in the hash of the run.
const TRACE_ROLE: u64 = u64::from_be_bytes(*b"raftrole");

/// One server: what its handles, its tasks and its service share.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// How often the lock was taken to change something. Changed under the lock, read without: it is
    /// read after every step of a simulation.
    changes: AtomicU64,
    peers: Vec<Peer>,
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
    syncs: Syncs,
    incoming: Incoming,
    traced: (RoleName, u64),
    /// Who is told when the role changes.
    role_watcher: Option<RoleWatcher>,
    /// Who waits for reads, in the order in which they began.
    readers: VecDeque<Reader>,
    /// At how many waiting readers those that have given up are removed next.
    readers_sifted_at: usize,
}

/// Called with the new role and its term, under the server's lock.
type RoleWatcher = Box<dyn Fn(RoleName, u64) + Send>;

/// Why a server does nothing any more.
enum Stopped {
    Killed,
    Failed(String),
}

/// What remains to be done after a step, without the lock.
struct Effects {
    /// What may be sent at once.
    outbox: Vec<Outgoing>,
    /// The sync that the step has begun. Boxed, as the rarest and the largest: effects are moved about.
    sync: Option<Box<PendingSync>>,
    /// How many writes have to be durable before the step is answered.
    answer_after: Option<u64>,
}

impl Shared {
    pub(crate) fn new(core: Core, peers: Vec<Peer>, persister: Arc<dyn Persister>) -> Arc<Shared> {
        let state = State {
            traced: (core.role_name(), 0),
            core,
            stopped: None,
            tasks: Vec::new(),
            service: None,
            ticker_wakes_at: Instant::START,
            write_buffer: Vec::new(),
            syncs: Syncs::default(),
            incoming: Incoming::default(),
            role_watcher: None,
            readers: VecDeque::new(),
            readers_sifted_at: reads::SIFTED_AT_MIN,
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

    pub(crate) fn me(&self) -> usize {
        self.lock().core.me
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

    pub(crate) fn watch_role(&self, watcher: impl Fn(RoleName, u64) + Send + 'static) {
        self.lock().role_watcher = Some(Box::new(watcher));
    }

    /// Leaves it to the pump to write and to send: this comes from outside the node, which
    /// has another clock.
    pub(crate) fn start_all(
        &self,
        commands: impl AsRef<[Bytes]> + IntoIterator<Item = Bytes>,
    ) -> Result<Started, StartError> {
        let mut state = self.lock();
        if state.stopped.is_some() {
            return Err(NotLeader { leader: None }.into());
        }
        let leads = matches!(state.core.role, Role::Leader(_));
        if leads && !self.persister.has_room() {
            return Err(StartError::DiskNearlyFull);
        }
        let started = state.core.start_all(commands)?;
        // Only now: a client that looks for the leader asks every server, and that changes none.
        self.note_change();
        self.pump.notify_one();
        Ok(started)
    }

    /// Why no command is taken at all, even by a leader.
    pub(crate) fn refusal(&self) -> Option<StartError> {
        if !self.persister.has_room() {
            return Some(StartError::DiskNearlyFull);
        }
        let mut state = self.lock();
        let leads = matches!(state.core.role, Role::Leader(_));
        leads.then(|| state.core.admit(&[Bytes::new()]).err()).flatten()
    }

    /// The disk is handed the snapshot at once; the pump waits until it is durable.
    pub(crate) fn snapshot(&self, index: u64, snapshot: NewSnapshot) {
        let mut state = self.lock_to_change();
        if state.stopped.is_none() {
            state.core.take_snapshot(index, snapshot);
            self.write(&mut state);
            self.pump.notify_one();
        }
    }

    /// One step; `None` when the server has stopped.
    fn step<R>(&self, act: impl FnOnce(&mut Core, Instant) -> R) -> Option<(R, Effects)> {
        let mut state = self.lock_to_change();
        if state.stopped.is_some() {
            return None;
        }
        // With the lock: a thread that has waited for it must not act at a time that is over.
        let result = act(&mut state.core, runtime::now());
        Some((result, self.end_step(&mut state)?))
    }

    /// Does what the core wants done after a step; `None` when the server has stopped.
    fn end_step(&self, state: &mut State) -> Option<Effects> {
        // Before anything is written: what the core has after a contradiction is not to be kept.
        if let Some(reason) = state.core.failure.take() {
            state.stop(Stopped::Failed(reason));
        }
        let sync = self.write_and_sync(state);
        state.trace_role();
        state.answer_readers();
        self.wake_tasks(state);
        let mut outbox = std::mem::take(&mut state.core.outbox);
        if state.is_stopped() {
            return None;
        }
        let answer_after = state.syncs.hold_promises(&mut outbox);
        Some(Effects { outbox, sync, answer_after })
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

    /// What follows a step. Returns how many writes have to be durable before it is answered.
    fn finish(self: &Arc<Self>, effects: Effects) -> Option<u64> {
        let Effects { mut outbox, sync, answer_after } = effects;
        // Most steps send nothing.
        if !outbox.is_empty() {
            outbox.drain(..).for_each(|request| self.send(request));
            // For its capacity: between steps the core's own is empty.
            self.state.lock().core.outbox = outbox;
        }
        if let Some(sync) = sync {
            runtime::detach(Arc::clone(self).follow(sync));
        }
        answer_after
    }

    /// A step, what it has marked for sending, and what follows. True when the server has stopped.
    fn run(self: &Arc<Self>, act: impl FnOnce(&mut Core, Instant)) -> bool {
        let step = |core: &mut Core, now| {
            act(core, now);
            if core.flush_wanted {
                core.flush(now);
            }
        };
        let Some(((), effects)) = self.step(step) else { return true };
        self.finish(effects);
        false
    }

    /// Answers a request, once everything that the answer promises is durable. A server that has
    /// stopped never answers. The step is made at once, so that what waits does not hold the request.
    pub(crate) fn answer<R>(
        self: Arc<Self>,
        act: impl FnOnce(&mut Core, Instant) -> R,
    ) -> impl Future<Output = R> {
        let step = self.step(act).map(|(reply, effects)| (reply, self.finish(effects)));
        async move {
            let Some((reply, answer_after)) = step else { return std::future::pending().await };
            if let Some(writes) = answer_after {
                Durable { shared: &self, writes }.await;
            }
            reply
        }
    }

    /// Ends the server's tasks. It sends and answers nothing more.
    pub(crate) fn kill(&self) {
        self.lock_to_change().stop(Stopped::Killed);
    }
}

impl State {
    fn stop(&mut self, reason: Stopped) {
        if self.stopped.is_none() {
            self.stopped = Some(reason);
            self.tasks.drain(..).for_each(|task| task.abort());
            self.service = None;
            self.readers.clear();
            self.syncs.clear();
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

    /// Folds role changes into the hash of the run, and reports them; a new candidacy is one, a follower's new
    /// term is not.
    fn trace_role(&mut self) {
        let role = self.core.role_name();
        let term = if matches!(self.core.role, Role::Follower) { 0 } else { self.core.term };
        if self.traced != (role, term) {
            self.traced = (role, term);
            runtime::trace(&[TRACE_ROLE, self.core.me as u64, role as u64, self.core.term]);
            if let Some(tell) = &self.role_watcher {
                tell(role, self.core.term);
            }
        }
    }
}

#[cfg(test)]
mod tests;
