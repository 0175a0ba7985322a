//! A server's handle: what the service above Raft holds.

use crate::Config;
use crate::core::Core;
use crate::core::durability::NewSnapshot;
use crate::core::quarantine::Disk;
use crate::core::record::Quarantine;
use crate::core::restore::{RestoreError, restore};
use crate::driver::Shared;
use crate::driver::wire::{Peer, RaftClient};
use crate::message::Entry;
use crate::start_error::StartError;
use anyhow::ensure;
use bytes::Bytes;
use labrpc::{ClientEnd, Service};
use persister::{Persister, SnapshotWriter};
use raft_api::{ApplyMsg, Inspection, ReadIndexError, RoleName, Started, State};
use std::sync::Arc;
use tokio::sync::mpsc;

/// One Raft server. Clones are handles to the same one.
///
/// It runs from [`make`](Raft::make) to [`kill`](Raft::kill), also when no handle is left. No
/// method but [`read_index`](Raft::read_index) waits for the network, and none for the service.
///
/// See the [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Raft {
    pub(crate) shared: Arc<Shared>,
}

impl Raft {
    /// Starts a server with the default [`Config`].
    ///
    /// See [`with_config`](Raft::with_config).
    ///
    /// # Errors
    /// As for [`with_config`](Raft::with_config).
    pub fn make(
        peers: Vec<ClientEnd>,
        me: usize,
        persister: Arc<dyn Persister>,
        apply: mpsc::Sender<ApplyMsg>,
    ) -> anyhow::Result<Raft> {
        Raft::with_config(Config::default(), peers, me, persister, apply)
    }

    /// Starts a server whose disk is [trusted](Disk::Trusted).
    ///
    /// See [`with_disk`](Raft::with_disk).
    ///
    /// # Errors
    /// As for [`with_disk`](Raft::with_disk).
    pub fn with_config(
        config: Config,
        peers: Vec<ClientEnd>,
        me: usize,
        persister: Arc<dyn Persister>,
        apply: mpsc::Sender<ApplyMsg>,
    ) -> anyhow::Result<Raft> {
        Raft::with_disk(config, Disk::Trusted, peers, me, persister, apply)
    }

    /// Starts a server on the current node (`Make` in the MIT lab).
    ///
    /// `peers` has one end per server, this one's own at index `me` (it is not used). What the
    /// persister holds is restored; a service that had taken a snapshot loads it from the persister
    /// itself, and receives the commands after it. Committed commands and snapshots from a leader
    /// go to `apply`, in order; when that channel is full they wait, and nothing else does.
    ///
    /// `disk` says what is to be thought of a disk that is empty: an empty disk in a cluster that has a
    /// history has lost votes and entries on which others rely.
    ///
    /// Register [`service`](Raft::service) with the network for the server to be reachable.
    ///
    /// # Errors
    /// When the configuration can't work, `me` is not one of the peers, what is stored can't be
    /// read ([`RestoreError`]), or a new disk has nobody who could fill it.
    pub fn with_disk(
        config: Config,
        disk: Disk,
        peers: Vec<ClientEnd>,
        me: usize,
        persister: Arc<dyn Persister>,
        apply: mpsc::Sender<ApplyMsg>,
    ) -> anyhow::Result<Raft> {
        config.check()?;
        ensure!(me < peers.len(), "server {me} is not one of {} peers", peers.len());
        let log = persister.read_log().map_err(RestoreError::from)?;
        let snapshot = persister.snapshot().map_err(RestoreError::from)?;
        let restored = restore(log, snapshot, peers.len())?;
        let quarantine = disk.quarantine(&restored);
        let needs_others = quarantine == Some(Quarantine::Asking);
        ensure!(!needs_others || peers.len() > 1, "there is no other server to fill a new disk");
        let now = runtime::now();
        // No two lives of a server begin at the same time, so each has its own stream.
        let rng = runtime::rng("raft", (now.as_nanos() << 8) ^ me as u64);
        let mut core = Core::new(config, me, peers.len(), restored, rng, now);
        core.begin_quarantine(quarantine, now);
        let peers = peers.into_iter().map(Peer::new).collect();
        let shared = Shared::new(core, peers, persister);
        shared.spawn_tasks(apply);
        Ok(Raft { shared })
    }

    /// What the network delivers requests to.
    pub fn service(&self) -> Arc<dyn Service> {
        RaftClient::serve(Arc::clone(&self.shared))
    }

    /// Submits a command (`Start` in the lab). Returns at once with the index at which it will be
    /// applied if it is ever committed, which is not certain: this server may lose its leadership.
    ///
    /// Commands that are started without an `await` between them are sent together.
    ///
    /// # Errors
    /// [`StartError`] when this server does not lead, or has stopped, or can't take the command now.
    pub fn start(&self, command: Bytes) -> Result<Started, StartError> {
        self.shared.start_all([command])
    }

    /// [`start`](Raft::start) of many commands at once. Either all of them are in the log then, one after
    /// another, or none is. Returns where the first is; of no commands, where one would be.
    ///
    /// # Errors
    /// As for [`start`](Raft::start).
    pub fn start_all(&self, commands: Vec<Bytes>) -> Result<Started, StartError> {
        self.shared.start_all(commands)
    }

    /// The term that this server is in, and whether it believes that it leads it (`GetState` in the lab).
    /// A server that has stopped does not lead.
    pub fn get_state(&self) -> State {
        let state = self.shared.lock();
        let State { term, is_leader } = state.core.state();
        State { term, is_leader: is_leader && !state.is_stopped() }
    }

    /// The leader of its term as far as this server knows: itself, another one, or nobody yet.
    pub fn leader(&self) -> Option<usize> {
        let state = self.shared.lock();
        if state.is_stopped() { None } else { state.core.leader }
    }

    /// The index up to which a service must have applied commands to answer a read that begins now,
    /// so that the answer shows everything that was committed before (dissertation, section 6.4).
    /// It is known once a majority has confirmed, after the call, that this server still leads.
    ///
    /// Reads that begin without an `await` between them ask together. Without
    /// [`read_timeout_ms`](Config::read_timeout_ms) there is no time limit: a leader that is cut off learns
    /// only when the network is whole again that it leads no more.
    ///
    /// # Errors
    /// [`ReadIndexError`] when this server does not lead, ceases to, or has stopped; at a new
    /// leader until a command of its own term is committed; when the time limit has passed; when too many
    /// reads wait ([`reads_waiting_max`](Config::reads_waiting_max)).
    pub async fn read_index(&self) -> Result<u64, ReadIndexError> {
        self.shared.read_index().await
    }

    /// The service has a snapshot of its state after applying `index` (`Snapshot` in the lab): the
    /// log may forget everything up to there. On disk the two are replaced together.
    ///
    /// It may be called from the loop that reads the apply channel. Nothing happens when the
    /// command at `index` has not been handed to the service, or when there is a snapshot that
    /// reaches as far: that is what a snapshot looks like that was overtaken by a leader's.
    pub fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.shared.snapshot(index, NewSnapshot::Whole(snapshot));
    }

    /// As [`snapshot`](Raft::snapshot), with one that was written in pieces: for services that are too
    /// large to be in memory twice. The pieces go to a writer that the server's persister has given
    /// ([`Persister::begin_snapshot`]), from a thread or a task beside the one that applies, say.
    pub fn snapshot_written(&self, index: u64, snapshot: Box<dyn SnapshotWriter>) {
        self.shared.snapshot(index, NewSnapshot::Written(snapshot));
    }

    /// The term of the entry at `index`; `None` when there is none or when a snapshot has replaced
    /// it (except for the snapshot's last entry). For observers that compare logs.
    pub fn term_at(&self, index: u64) -> Option<u64> {
        self.shared.lock().core.log.term_at(index)
    }

    /// Looks at the entry at `index`; `None` when there is none or when a snapshot has replaced it.
    /// For observers that follow a log as it changes. The server stands still meanwhile: `look` must
    /// not call it.
    pub fn entry<R>(&self, index: u64, look: impl FnOnce(&Entry) -> R) -> Option<R> {
        self.shared.lock().core.log.entry(index).map(look)
    }

    /// How far this server, as the leader of its term, knows the log of `server` to be the same as its
    /// own (`matchIndex` in Figure 2); `None` when it does not lead, or about itself.
    pub fn match_index(&self, server: usize) -> Option<u64> {
        self.shared.lock().core.match_index(server)
    }

    /// A counter that changes whenever the result of [`inspect`](Raft::inspect),
    /// [`entry`](Raft::entry) or [`match_index`](Raft::match_index) may have changed.
    pub fn changes(&self) -> u64 {
        self.shared.changes()
    }

    /// What this server looks like inside. Cheap: nothing that grows with the log is copied.
    pub fn inspect(&self) -> Inspection {
        self.shared.lock().core.inspect()
    }

    /// Calls `watcher` with each new role of this server, and the term, in the step in which it comes: before
    /// anything is sent in that role, and also one that is soon over. A new candidacy is one, a follower's new
    /// term is not. The server stands still meanwhile: `watcher` must not call it. Whoever watched before is
    /// told nothing more.
    pub fn watch_role(&self, watcher: impl Fn(RoleName, u64) + Send + 'static) {
        self.shared.watch_role(watcher);
    }

    /// Why this server takes no commands at present although it may lead: its disk is nearly full, or too
    /// much waits to be committed. Reads, votes and terms go on, and so do commands when there is room again.
    pub fn refusal(&self) -> Option<StartError> {
        self.shared.refusal()
    }

    /// Why this server has stopped by itself, if it has: a disk that failed a sync, a leader
    /// that contradicted what was committed, or an empty disk in a cluster that has a history.
    pub fn failure(&self) -> Option<String> {
        self.shared.lock().failure()
    }

    /// The state of this server's new disk; `None` if the disk is the one that it has always had, or as good.
    /// See [`Disk`].
    pub fn quarantine(&self) -> Option<Quarantine> {
        self.shared.lock().core.quarantine
    }

    /// Stops the server: its tasks end, and it sends, answers and applies nothing more.
    pub fn kill(&self) {
        self.shared.kill();
    }
}

impl std::fmt::Debug for Raft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inspection = self.inspect();
        f.debug_tuple("Raft").field(&inspection).finish()
    }
}
