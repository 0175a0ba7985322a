//! A server, as its users and the tester see it.

use crate::machine::Machine;
use crate::mistake::Mistake;
use crate::network::{Answers, Client};
use crate::store::Store;
use crate::types::{Command, Types, candidate_of, log_id, position};
use futures::future::BoxFuture;
use labtest::runtime::Node;
use labtest::{
    Bytes, EntryId, Inspection, NotLeader, Notify, Peer, Position, ReadIndexError, RoleName,
    Service, Started, State,
    sans_io::{self, Hard as _},
};
use openraft::async_runtime::WatchReceiver as _;
use openraft::error::{ClientWriteError, LinearizableReadError, RaftError};
use openraft::impls::ProgressResponder;
use openraft::type_config::alias::WatchReceiverOf;
use openraft::{Raft, RaftMetrics, RaftState, ReadPolicy, ServerState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// This server does not lead, and does not know who does.
const NOBODY: NotLeader = NotLeader { leader: None };

/// One life of a server.
pub(crate) struct Server {
    me: usize,
    is_hidden: bool,
    node: Node,
    raft: Raft<Types, Machine>,
    metrics: WatchReceiverOf<Types, RaftMetrics<Types>>,
    machine: Machine,
    store: Store,
    /// The highest commit index that was shown.
    committed: AtomicU64,
    snapshots: Arc<Notify>,
}

impl Server {
    /// To be called on the server's node.
    pub(crate) fn start(
        me: usize,
        raft: Raft<Types, Machine>,
        machine: Machine,
        is_hidden: bool,
    ) -> Server {
        let snapshots = Arc::new(Notify::new());
        let builds = build_snapshots(raft.clone(), machine.clone(), Arc::clone(&snapshots));
        labtest::runtime::detach(builds);
        Server {
            me,
            is_hidden,
            node: Node::current(),
            metrics: raft.metrics(),
            store: machine.store.clone(),
            raft,
            machine,
            committed: AtomicU64::new(0),
            snapshots,
        }
    }

    /// Term and role. The crate tells of them at the end of a step, which may wait for the disk; what it has
    /// handed to the disk meanwhile is newer.
    fn standing(&self) -> (u64, RoleName) {
        let metrics = self.metrics.borrow_watched();
        let image = self.store.image();
        match image.hard.vote {
            Some(vote) if image.has_voted && image.hard.term() >= metrics.current_term => {
                let role = match candidate_of(&vote) == self.me {
                    false => RoleName::Follower,
                    true if vote.is_committed() => RoleName::Leader,
                    true => RoleName::Candidate,
                };
                (image.hard.term(), role)
            }
            _ => {
                let role = match metrics.state {
                    ServerState::Leader => RoleName::Leader,
                    ServerState::Candidate => RoleName::Candidate,
                    _ => RoleName::Follower,
                };
                (metrics.current_term.max(image.hard.term()), role)
            }
        }
    }

    /// Where snapshot and log end. A leader's snapshot that the crate has taken is its log from then on, and counts as
    /// committed; the store has it later.
    fn ends(&self) -> (Position, Position) {
        let told = position(self.metrics.borrow_watched().local_committed);
        let image = self.store.image();
        let last = image.log.last();
        let taken = |end: &&Position| (last.index + 1..=told.index).contains(&end.index);
        match image.offered.iter().filter(taken).max_by_key(|end| end.index) {
            Some(taken) => (*taken, *taken),
            None => (image.snapshot.0, last),
        }
    }

    fn commit_index(&self, snapshot: u64) -> u64 {
        let told = position(self.metrics.borrow_watched().local_committed);
        let handed = self.machine.handed.load(Ordering::Relaxed);
        let is_there = self.store.image().log.has(told);
        let known = if is_there { told.index } else { 0 };
        let known = known.max(handed).max(snapshot);
        self.committed.fetch_max(known, Ordering::Relaxed).max(known)
    }
}

impl Peer for Server {
    /// The core has to be asked, see [`submit`](Peer::submit).
    fn start(&self, _: Bytes) -> Result<Started, NotLeader> {
        Err(NOBODY)
    }

    /// What asks the crate is a task of the node: it ends with it, and never finds the crate's own tasks gone.
    fn submit(&self, command: Bytes) -> BoxFuture<'static, Result<Started, NotLeader>> {
        let asks = self.node.spawn(submit(self.raft.clone(), self.store.clone(), command));
        Box::pin(async move { asks.await.ok().flatten().unwrap_or(Err(NOBODY)) })
    }

    fn get_state(&self) -> State {
        let (term, role) = self.standing();
        State { term, is_leader: role == RoleName::Leader }
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        *self.machine.wanted.lock() = Some((index, snapshot));
        self.snapshots.notify_one();
    }

    fn kill(&self) {
        self.node.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        let (raft, store) = (self.raft.clone(), self.store.clone());
        Client::serve(Arc::new(Answers { raft, store }))
    }

    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        let asks = self.node.spawn(read_index(self.raft.clone()));
        Some(Box::pin(async move { asks.await.unwrap_or(Err(ReadIndexError::NotLeader(NOBODY))) }))
    }

    fn changes(&self) -> Option<u64> {
        Some(self.store.changes() + self.metrics.version())
    }

    fn inspect(&self) -> Option<Inspection> {
        if self.is_hidden {
            return None;
        }
        let ((term, role), (snapshot, last)) = (self.standing(), self.ends());
        let commit_index = self.commit_index(snapshot.index);
        let image = self.store.image();
        Some(Inspection {
            term,
            voted_for: image.given.filter(|given| given.0 == term).map(|given| given.1),
            role,
            commit_index,
            last_applied: self.machine.handed.load(Ordering::Relaxed).max(snapshot.index),
            snapshot_index: snapshot.index,
            snapshot_term: snapshot.term,
            last_index: last.index,
            last_term: last.term,
        })
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        self.store.image().log.get(index).map(sans_io::Entry::id)
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        let leads = self.get_state().is_leader && server != self.me;
        let metrics = self.metrics.borrow_watched();
        let matched = metrics.replication.as_ref()?.get(&(server as u64))?;
        leads.then(|| position(*matched).index)
    }
}

/// The core appends a command and answers when it is applied. What it is asked next it does next, and then the
/// command is the log's last entry, if it was not refused.
async fn submit(
    raft: Raft<Types, Machine>,
    store: Store,
    command: Bytes,
) -> Option<Result<Started, NotLeader>> {
    let (responder, mut answer) = ProgressResponder::<Types, _>::complete_only();
    let (tell, told) = labtest::oneshot::channel();
    let late = raft.metrics();
    let look = move |state: &RaftState<Types>| {
        let started = match answer.try_recv() {
            Ok(Err(error)) => Err(not_leader(error)),
            Ok(Ok(_)) | Err(_) => {
                let Position { mut index, term } = position(state.log_ids.last().copied());
                if store.has(Mistake::IndexOfMetrics) {
                    index = late.borrow_watched().last_log_index.unwrap_or_default() + 1;
                }
                Ok(Started { index, term })
            }
        };
        let _ = tell.send(started);
    };
    raft.client_write_ff(Command(command), Some(responder)).await.ok()?;
    raft.external_request(look).await.ok()?;
    told.await.ok()
}

fn not_leader(error: ClientWriteError<Types>) -> NotLeader {
    let leader = match error {
        ClientWriteError::ForwardToLeader(forward) => forward.leader_id,
        _ => None,
    };
    NotLeader { leader: leader.map(|leader| leader as usize) }
}

async fn read_index(raft: Raft<Types, Machine>) -> Result<u64, ReadIndexError> {
    let begun = labtest::runtime::now();
    match raft.get_read_linearizer(ReadPolicy::ReadIndex).await {
        Ok(linearizer) => Ok(linearizer.read_log_id().index()),
        Err(RaftError::APIError(LinearizableReadError::QuorumNotEnough(_))) => {
            let waited = labtest::runtime::now().since(begun);
            Err(ReadIndexError::Unconfirmed { waited_ms: waited.as_millis() as u64 })
        }
        Err(RaftError::APIError(LinearizableReadError::ForwardToLeader(forward))) => {
            let leader = forward.leader_id.map(|leader| leader as usize);
            Err(NotLeader { leader }.into())
        }
        Err(RaftError::Fatal(_)) => Err(NOBODY.into()),
    }
}

/// Has the crate build a snapshot for each that the service has made. While it builds one it forgets that it was asked
/// for another.
async fn build_snapshots(raft: Raft<Types, Machine>, machine: Machine, asked: Arc<Notify>) {
    let mut progress = raft.watch_snapshot_progress();
    loop {
        asked.notified().await;
        let wanted = machine.wanted.lock().as_ref().map(|(index, _)| *index);
        let image = || machine.store.image();
        let term = wanted.and_then(|index| image().log.term_at(index));
        if let (Some(index), Some(term)) = (wanted, term) {
            let built = Some(log_id(Position { index, term }));
            let is_asked = raft.trigger().snapshot().await;
            if is_asked.is_err() || progress.wait_until_ge(&built).await.is_err() {
                return;
            }
        }
    }
}
