//! The lives of the servers: crash, restart, and who can talk to whom.

use super::sights::Lasting;
use super::store::Store;
use super::{Cluster, apply};
use crate::api::life::Life;
use crate::watch::{Sight, WatchedPersister};
use crate::{Failure, MakeArgs, Peer, property};
use persister::{Disk, Persister, Unsynced};
use raft::ApplyMsg;
use runtime::Node;
use std::sync::Arc;
use tokio::sync::mpsc;

/// One server over all of its lives.
pub(super) struct Server {
    pub(super) disk: Arc<dyn Disk>,
    /// Whether the test wants it to be reachable; a crashed server is not.
    pub(super) connected: bool,
    pub(super) running: Option<Running>,
    /// A life that was ended from within its own code, and whose tasks are still to be dropped.
    dying: Option<Running>,
    /// How many lives it has had.
    starts: u32,
    /// The faults that it is under.
    pub(super) lasting: Vec<Lasting>,
}

impl Server {
    /// One that has never run.
    pub(super) fn new(disk: Arc<dyn Disk>) -> Server {
        let (connected, running, dying, starts, lasting) = (false, None, None, 0, Vec::new());
        Server { disk, connected, running, dying, starts, lasting }
    }
}

/// One life of a server.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) node: Node,
    pub(super) peer: Arc<dyn Peer>,
    pub(super) who: Life,
    pub(super) store: Option<Store>,
}

impl Running {
    /// Ends all that runs on the server.
    pub(super) fn end(&self) {
        self.node.enter(|| {
            if let Some(store) = &self.store {
                store.server.kill();
            }
            self.peer.kill();
        });
        self.node.kill();
    }
}

/// How many messages may wait for the service. As few as a channel can hold: a Raft that can't go on
/// while an earlier message has not been taken shows it.
///
/// The lab's channel holds none: there a message is with the service as soon as it is sent, and the
/// next waits until the service asks for one. Here the one message is on its way to the service, and
/// the next waits until it is there, which is the same as long as the service does not wait itself.
const APPLY_AHEAD: usize = 1;

impl Cluster {
    /// Crashes a server: its messages in flight are lost, what it has not saved is lost, its tasks
    /// vanish wherever they stand. What it has saved stays on its disk. No effect when it is down.
    pub fn crash(&self, server: usize) {
        let Some(running) = self.shared.servers.lock()[server].running.take() else { return };
        self.announce_crash(server, 0);
        self.cut_off(server);
        self.shared.network.delete_server(server);
        self.delete_store(server);
        // Opening the disk fences the life that had it open; the next one opens it again.
        drop(self.shared.servers.lock()[server].disk.open());
        running.end();
    }

    /// Starts a server from what its disk holds and connects it, and only it. Crashes it first when
    /// it is running.
    ///
    /// # Errors
    /// When the implementation fails to make it, or the snapshot on its disk is not one of ours.
    pub fn restart(&self, server: usize) -> Result<(), Failure> {
        self.crash(server);
        self.boot(server)?;
        self.connect(server);
        Ok(())
    }

    /// Starts a server that is down, and leaves the network as it is.
    ///
    /// # Errors
    /// As [`restart`](Cluster::restart).
    pub(crate) fn boot(&self, server: usize) -> Result<(), Failure> {
        self.bury(server);
        self.announce_start(server);
        let shared = &self.shared;
        let node = Node::new(&format!("server {server}"));
        let disk = self.disk(server);
        let (who, from_snapshot) = self.begin_life(server, &*disk)?;
        let (apply, applied) = mpsc::channel(APPLY_AHEAD);
        let persister = WatchedPersister::over(disk.open(), who, &shared.watch);
        let made = node.enter(|| {
            let args = self.make_args(server, &node, Arc::clone(&persister), apply);
            let peer = shared.implementation.make_with_voice(args, self.voice(who))?;
            let store = self.make_store(who, &peer, Arc::clone(&persister))?;
            anyhow::Ok((peer.service(), peer, store))
        });
        let (service, peer, store) = made.map_err(|error| {
            // It may have said itself what is wrong.
            let said = shared.ending.first();
            let sentence = format!("server {server} can't be made: {error:#}");
            said.unwrap_or_else(|| Failure::new(property::MAKE, sentence))
        })?;
        let (watched, behind) = (Arc::clone(&peer), store.clone());
        node.spawn(apply::read(self.clone(), who, watched, behind, applied));
        shared.network.set_service(server, service);
        shared.watch.started(who, from_snapshot, &node, &peer);
        shared.servers.lock()[server].running = Some(Running { node, peer, who, store });
        Ok(())
    }

    fn make_args(
        &self,
        server: usize,
        node: &Node,
        persister: Arc<dyn Persister>,
        apply: mpsc::Sender<ApplyMsg>,
    ) -> MakeArgs {
        MakeArgs {
            peers: self.shared.network.add_server(server, node),
            me: server,
            persister,
            apply,
            config: Arc::clone(&self.shared.config),
        }
    }

    /// Ends a server's life at once, also from within its own code: its network and its disk take
    /// nothing more from it and nothing of it runs any more. Links stay as they are. False when it
    /// is down. [`bury`](Cluster::bury) has to follow, from outside the server.
    pub(crate) fn power_off(&self, server: usize, unsynced: Unsynced) -> bool {
        let disk = {
            let place = &mut self.shared.servers.lock()[server];
            let Some(running) = place.running.take() else { return false };
            running.node.pause();
            place.dying = Some(running);
            Arc::clone(&place.disk)
        };
        let lost_writes = disk.crash(unsynced);
        self.shared.network.delete_server(server);
        self.delete_store(server);
        self.announce_crash(server, lost_writes);
        true
    }

    /// Drops what is left of a life that was powered off.
    pub(crate) fn bury(&self, server: usize) {
        let dying = self.shared.servers.lock()[server].dying.take();
        if let Some(dying) = dying {
            dying.end();
        }
    }

    /// Tries to start a server that is down from a disk that is known to be corrupt.
    ///
    /// # Errors
    /// When the implementation makes a server from it.
    pub(crate) fn check_refuses_disk(&self, server: usize, damage: &str) -> Result<(), Failure> {
        self.bury(server);
        let node = Node::new(&format!("server {server}"));
        let disk = self.disk(server);
        let (apply, applied) = mpsc::channel(APPLY_AHEAD);
        let args = self.make_args(server, &node, disk.open(), apply);
        let made = node.enter(|| self.shared.implementation.make(args));
        self.shared.network.delete_server(server);
        let outcome = made.map_or(Ok(()), |peer| {
            node.enter(|| peer.kill());
            let sentence = format!("server {server} started from a disk with {damage}");
            Err(Failure::new(property::CORRUPTION, sentence))
        });
        node.kill();
        drop(applied);
        outcome
    }

    /// A server's disk, over all of its lives.
    pub(crate) fn disk(&self, server: usize) -> Arc<dyn Disk> {
        Arc::clone(&self.shared.servers.lock()[server].disk)
    }

    /// The node of a server's present life, if it is running.
    pub(crate) fn node(&self, server: usize) -> Option<Node> {
        Some(self.running(server)?.node)
    }

    /// The service of the new life starts from the snapshot on its disk, if there is one. Returns
    /// the index up to which that counts as applied.
    fn begin_life(&self, server: usize, disk: &dyn Disk) -> Result<(Life, u64), Failure> {
        let stored = disk.read().map_err(|error| {
            Failure::new(property::MAKE, format!("server {server} can't read its disk: {error}"))
        })?;
        let start = {
            let place = &mut self.shared.servers.lock()[server];
            place.starts += 1;
            place.starts
        };
        let who = Life { server, start };
        self.shared.watch.try_show(&Sight::Booting { who, stored: &stored })?;
        Ok((who, self.applied_by(server)))
    }

    /// Crashes every server, then starts every one again.
    ///
    /// # Errors
    /// As [`restart`](Cluster::restart).
    pub fn restart_all(&self) -> Result<(), Failure> {
        (0..self.servers()).for_each(|server| self.crash(server));
        (0..self.servers()).try_for_each(|server| self.restart(server))
    }

    /// Connects a server with all servers that are connected. A crashed server stays as it is.
    pub fn connect(&self, server: usize) {
        if !self.is_running(server) {
            return;
        }
        self.announce_connect(server);
        let mut servers = self.shared.servers.lock();
        servers[server].connected = true;
        for other in (0..servers.len()).filter(|other| servers[*other].connected) {
            self.shared.network.set_enabled(server, other, true);
            self.shared.network.set_enabled(other, server, true);
        }
    }

    /// Connects every server that is running.
    pub fn connect_all(&self) {
        (0..self.servers()).for_each(|server| self.connect(server));
    }

    /// Cuts a server off from all others, and from itself: no message gets in or out.
    pub fn isolate(&self, server: usize) {
        self.announce_isolation(server);
        self.cut_off(server);
    }

    fn cut_off(&self, server: usize) {
        let mut servers = self.shared.servers.lock();
        servers[server].connected = false;
        for other in 0..servers.len() {
            self.shared.network.set_enabled(server, other, false);
            self.shared.network.set_enabled(other, server, false);
        }
    }

    /// Splits the servers into groups: each can talk within its group only, and those in no group
    /// to nobody. All in a group count as connected.
    pub fn partition(&self, groups: &[&[usize]]) {
        let group_of = |server| groups.iter().position(|group| group.contains(&server));
        self.announce_partition(groups, group_of);
        let mut servers = self.shared.servers.lock();
        for from in 0..servers.len() {
            let group = group_of(from);
            servers[from].connected = group.is_some() && servers[from].running.is_some();
            for to in 0..servers.len() {
                let enabled = group.is_some() && group == group_of(to);
                self.shared.network.set_enabled(from, to, enabled);
            }
        }
    }

    /// Whether a server is running and connected.
    pub fn is_connected(&self, server: usize) -> bool {
        self.shared.servers.lock()[server].connected
    }

    /// Whether a server is running.
    pub fn is_running(&self, server: usize) -> bool {
        self.shared.servers.lock()[server].running.is_some()
    }

    /// Makes the network lose and delay messages, or stop doing so.
    pub fn set_reliable(&self, reliable: bool) {
        self.shared.network.set_reliable(reliable);
        if let Some(stores) = &self.shared.stores {
            stores.network.set_reliable(reliable);
        }
    }

    /// Has two thirds of the replies come late from now on, or no more.
    pub fn set_long_reordering(&self, on: bool) {
        self.shared.network.set_long_reordering(on);
    }

    /// The present life of a server, if it is running.
    pub(super) fn running(&self, server: usize) -> Option<Running> {
        self.shared.servers.lock()[server].running.clone()
    }
}
