//! One server of the store.

mod attempts;
mod local;
mod options;

pub use options::Options;

use crate::command::{Command, NewSession, Once};
use crate::machine::{Machine, MachineError, Outcome};
use crate::operation::Answer;
use crate::rpc::{self, ExecuteArgs, GetArgs, KvClient, KvRpc, Reply};
use crate::waiting::{Commands, Reads};
use anyhow::Context;
use attempts::Attempts;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::{self, BoxFuture};
use labrpc::{ClientEnd, Router, Service};
use parking_lot::Mutex;
use persister::{PersistError, Persister};
use raft::Raft;
use raft_api::{ApplyMsg, NotLeader, Peer, ReadIndexError, Started};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot};

/// How many messages from Raft may wait for the store.
const APPLY_AHEAD: usize = 64;

/// One server of the store. Clones are handles to the same one.
///
/// It runs from [`make`](KvServer::make) to [`kill`](KvServer::kill), on the node on which it was
/// made. Register [`service`](KvServer::service) with the network for it to be reachable. See the
/// [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct KvServer {
    shared: Arc<Shared>,
}

struct Shared {
    peer: Arc<dyn Peer>,
    persister: Arc<dyn Persister>,
    options: Options,
    state: Mutex<State>,
    /// One at a time.
    takes_snapshot: AtomicBool,
}

struct State {
    machine: Machine,
    attempts: Attempts,
    commands: Commands,
    reads: Reads,
    /// Bytes of the commands that were applied since the last snapshot.
    applied_bytes: usize,
    stopped: Option<Stopped>,
}

/// Why a server does nothing any more.
enum Stopped {
    Killed,
    Failed(String),
}

impl KvServer {
    /// Starts a server on the current node, with a Raft of its own.
    ///
    /// `peers` has one end per server, this one's own at index `me`. What the persister holds is
    /// restored.
    ///
    /// # Errors
    /// When the options can't work, `me` is not one of the peers, or what is stored can't be read.
    pub fn make(
        options: Options,
        peers: Vec<ClientEnd>,
        me: usize,
        persister: Arc<dyn Persister>,
    ) -> anyhow::Result<KvServer> {
        let (apply, applied) = mpsc::channel(APPLY_AHEAD);
        let config = options.raft.clone();
        let raft = Raft::with_config(config, peers, me, Arc::clone(&persister), apply)?;
        KvServer::over(Arc::new(raft), applied, persister, options)
    }

    /// Starts a server on the current node, over a Raft that was made with the same persister and
    /// whose messages come through `applied`.
    ///
    /// # Errors
    /// When the stored snapshot can't be read.
    pub fn over(
        peer: Arc<dyn Peer>,
        applied: mpsc::Receiver<ApplyMsg>,
        persister: Arc<dyn Persister>,
        options: Options,
    ) -> anyhow::Result<KvServer> {
        let snapshot = persister.read()?.snapshot;
        let machine = match snapshot.is_empty() {
            true => Machine::default(),
            false => Machine::restore(&snapshot).context("the store's snapshot")?,
        };
        let state = State {
            machine,
            attempts: Attempts::default(),
            commands: Commands::default(),
            reads: Reads::default(),
            applied_bytes: 0,
            stopped: None,
        };
        let shared = Arc::new(Shared {
            peer,
            persister,
            options,
            state: Mutex::new(state),
            takes_snapshot: AtomicBool::new(false),
        });
        runtime::spawn(Arc::clone(&shared).apply_all(applied));
        Ok(KvServer { shared })
    }

    /// What the network delivers requests to: those of clients and those of other servers' Rafts.
    pub fn service(&self) -> Arc<dyn Service> {
        // Another Raft may name its methods as it likes.
        let store = Router::new().route(rpc::PREFIX, self.client_service());
        Arc::new(store.route("", self.peer_service()))
    }

    /// What it answers to clients alone, for a listener of their own.
    pub fn client_service(&self) -> Arc<dyn Service> {
        KvClient::serve(Arc::clone(&self.shared))
    }

    /// What it answers to the other servers alone, for a listener of theirs.
    pub fn peer_service(&self) -> Arc<dyn Service> {
        self.shared.peer.service()
    }

    /// The last entry that is applied to the store.
    pub fn applied(&self) -> u64 {
        self.shared.state.lock().machine.applied()
    }

    /// Why this server has stopped by itself, if it has: what came from Raft can't be applied.
    pub fn failure(&self) -> Option<String> {
        match &self.shared.state.lock().stopped {
            Some(Stopped::Failed(reason)) => Some(reason.clone()),
            Some(Stopped::Killed) | None => None,
        }
    }

    /// Stops the server and its Raft: it sends, answers and applies nothing more.
    pub fn kill(&self) {
        self.shared.stop(Stopped::Killed);
    }
}

impl Shared {
    async fn apply_all(self: Arc<Self>, mut applied: mpsc::Receiver<ApplyMsg>) {
        while let Some(message) = applied.recv().await {
            if let Err(error) = self.apply(message) {
                self.stop(Stopped::Failed(error.to_string()));
                return;
            }
        }
    }

    fn apply(self: &Arc<Self>, message: ApplyMsg) -> Result<(), MachineError> {
        let mut state = self.state.lock();
        if state.stopped.is_some() {
            return Ok(());
        }
        let reason = |error: PersistError| MachineError::BadSnapshot { reason: error.to_string() };
        match message.in_memory().map_err(reason)? {
            ApplyMsg::Command { index, term, command } => {
                let Some(outcome) = state.machine.apply(index, &command)? else { return Ok(()) };
                state.commands.applied(index, term, || reply_to(outcome));
                state.reads.applied(index);
                state.applied_bytes += command.len();
            }
            ApplyMsg::Own { index, .. } => {
                state.machine.pass(index)?;
                state.commands.passed_by(index);
                state.reads.applied(index);
            }
            ApplyMsg::Snapshot { index, snapshot, .. } => {
                self.install(&mut state, index, &snapshot)?;
            }
            ApplyMsg::StoredSnapshot { .. } => unreachable!("it has been read"),
        }
        self.take_snapshot_if_due(&mut state);
        Ok(())
    }

    /// Goes on from a leader's snapshot.
    fn install(&self, state: &mut State, index: u64, snapshot: &[u8]) -> Result<(), MachineError> {
        let machine = Machine::restore(snapshot)?;
        if machine.applied() != index {
            return Err(MachineError::OtherEntry { index, shown: machine.applied() });
        }
        if index > state.machine.applied() {
            state.machine = machine;
        }
        state.commands.passed_by(index);
        state.reads.applied(index);
        state.applied_bytes = 0;
        Ok(())
    }

    /// A snapshot pays only when there is something to forget: what is not applied yet stays in
    /// the Raft state, however large that is. It is made of a copy of the state, which costs nothing, without
    /// the lock and beside all else.
    fn take_snapshot_if_due(self: &Arc<Self>, state: &mut State) {
        let Some(state_bytes_max) = self.options.snapshot_at_bytes else { return };
        let share = self.persister.snapshot_size() / 100 * self.options.snapshot_at_percent;
        let state_bytes_max = state_bytes_max.max(share);
        let is_worth_it = state.applied_bytes >= state_bytes_max / 4;
        let is_due = is_worth_it && self.persister.state_size() >= state_bytes_max;
        if !is_due || self.takes_snapshot.swap(true, Ordering::Relaxed) {
            return;
        }
        state.applied_bytes = 0;
        let (shared, machine) = (Arc::clone(self), state.machine.clone());
        runtime::offload(move || {
            shared.peer.snapshot(machine.applied(), machine.snapshot());
            shared.takes_snapshot.store(false, Ordering::Relaxed);
        });
    }

    /// Sends a command through the log. Where it comes there, if this server leads, is settled when this
    /// returns, unless the Raft has to ask before it knows.
    fn submit(self: &Arc<Self>, command: &Command) -> BoxFuture<'static, Reply> {
        // The lock is held meanwhile, so that nothing is applied before somebody waits for it.
        let mut state = self.state.lock();
        let mut submitted = self.peer.submit(command.encode());
        match submitted.as_mut().now_or_never() {
            Some(Ok(started)) => {
                let outcome = state.commands.wait_for(started);
                async move { outcome.await.unwrap_or(Reply::Unknown) }.boxed()
            }
            Some(Err(NotLeader { leader })) => future::ready(Reply::NotLeader { leader }).boxed(),
            None => Arc::clone(self).wait_later(submitted).boxed(),
        }
    }

    /// The outcome of a command of which the Raft does not know at once where it will be.
    async fn wait_later(
        self: Arc<Self>,
        submitted: BoxFuture<'static, Result<Started, NotLeader>>,
    ) -> Reply {
        let started = match submitted.await {
            Ok(started) => started,
            Err(NotLeader { leader }) => return Reply::NotLeader { leader },
        };
        let outcome = {
            let mut state = self.state.lock();
            // Applied meanwhile, while nobody waited for it: the client asks again, and its session knows.
            if state.machine.applied() >= started.index {
                return Reply::Unknown;
            }
            state.commands.wait_for(started)
        };
        outcome.await.unwrap_or(Reply::Unknown)
    }

    /// Waits until a look at the store shows all that was committed before.
    async fn readable(&self) -> Result<(), ReadIndexError> {
        let Some(confirmed) = self.peer.read_index() else {
            return Err(ReadIndexError::NothingCommitted);
        };
        let index = confirmed.await?;
        match self.when_applied(index) {
            Some(applied) => {
                let stopped = ReadIndexError::NotLeader(NotLeader { leader: None });
                applied.await.map_err(|_| stopped)
            }
            None => Ok(()),
        }
    }

    fn when_applied(&self, index: u64) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state.lock();
        (state.machine.applied() < index).then(|| state.reads.wait_for(index))
    }

    fn stop(&self, reason: Stopped) {
        {
            let mut state = self.state.lock();
            if state.stopped.is_some() {
                return;
            }
            state.stopped = Some(reason);
            state.commands.clear();
            state.reads.clear();
        }
        self.peer.kill();
    }
}

impl KvRpc for Shared {
    async fn open_session(self: Arc<Self>, (): ()) -> Reply {
        let sessions_max = self.options.sessions_max;
        let (token, owner, owner_sessions_max) = (0, Bytes::new(), sessions_max);
        let new = NewSession { token, owner, owner_sessions_max, sessions_max };
        self.submit(&Command::OpenSession(new)).await
    }

    async fn execute(self: Arc<Self>, args: ExecuteArgs) -> Reply {
        let ExecuteArgs { session, sequence, attempt, request } = args;
        let once = Once { session, token: 0, sequence };
        {
            let mut state = self.state.lock();
            let State { machine, attempts, .. } = &mut *state;
            // What has been applied stays so, no matter who leads.
            if let Some(answer) = machine.answer_before(once) {
                return Reply::Answered(answer);
            }
            if !attempts.is_new(session, (sequence, attempt), |it| machine.is_closed(it)) {
                return Reply::Unknown;
            }
        }
        self.submit(&Command::Execute { once: Some(once), requests: vec![request] }).await
    }

    async fn get(self: Arc<Self>, GetArgs { key }: GetArgs) -> Reply {
        match self.readable().await {
            Ok(()) => Reply::Answered(Answer::Got(self.state.lock().machine.get(&key))),
            Err(ReadIndexError::NotLeader(NotLeader { leader })) => Reply::NotLeader { leader },
            // Reading has no effect: it may be asked again, of another server.
            Err(ReadIndexError::Unconfirmed { .. } | ReadIndexError::TooManyReads { .. }) => {
                Reply::Unknown
            }
            // Its own entry shows what this read may see, and spares the next ones theirs.
            Err(ReadIndexError::NothingCommitted) => self.submit(&Command::Read { key }).await,
        }
    }
}

fn reply_to(outcome: Outcome) -> Reply {
    match outcome {
        Outcome::Opened(session) => Reply::Opened { session },
        Outcome::Answered(answer) => Reply::Answered(answer),
        Outcome::Late => Reply::Late,
        Outcome::Expired => Reply::Expired,
    }
}
