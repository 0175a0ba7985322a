//! A simulated cluster as a world.

use super::fault::Way;
use super::traps::{Point, Traps};
use super::world::{DiskState, LinkState, NodeState, SyncDelay, View, World};
use crate::cluster::WeakCluster;
use crate::{Cluster, Failure};
use labrpc::{Hooks, LinkConfig, Network, ServerId};
use labtrace::trace::{Fault, Phase};
use parking_lot::Mutex;
use persister::{DiskHooks, Unsynced};
use runtime::Rng;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A cluster, and how its links and disks are when no fault lies on them.
pub(crate) struct Simulated {
    cluster: Cluster,
    base: Mutex<Base>,
}

struct Base {
    link: LinkConfig,
    sync: SyncDelay,
}

impl Simulated {
    /// A field over it tells the links between different servers; those of servers to themselves have no
    /// faults.
    pub(crate) fn new(cluster: Cluster, link: LinkConfig, sync: SyncDelay) -> Arc<Simulated> {
        let world = Simulated { cluster, base: Mutex::new(Base { link, sync }) };
        world.update_own_links();
        Arc::new(world)
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Without faults the network works well from now on, and syncs take no time. What a field has set has to
    /// be set again.
    pub(crate) fn become_whole(&self, link: LinkConfig) {
        *self.base.lock() = Base { link, sync: SyncDelay::default() };
        self.update_own_links();
    }

    fn update_own_links(&self) {
        let (network, base) = (self.cluster.network(), self.base.lock());
        (0..self.servers()).for_each(|it| network.set_link(it, it, base.link.clone()));
    }
}

impl World for Simulated {
    fn servers(&self) -> usize {
        self.cluster.servers()
    }

    fn is_running(&self, server: usize) -> bool {
        self.cluster.is_running(server)
    }

    fn crash(&self, server: usize, unsynced: Unsynced) {
        self.cluster.power_off(server, unsynced);
        self.cluster.bury(server);
    }

    fn boot(&self, server: usize) -> Result<(), Failure> {
        self.cluster.boot(server)
    }

    fn set_link(&self, from: usize, to: usize, state: &LinkState) {
        let network = self.cluster.network();
        open_or_close(network, (from, to), state);
        let mut config = self.base.lock().link.clone();
        state.changes.iter().for_each(|change| change.apply(&mut config));
        network.set_link(from, to, config);
    }

    fn set_clients(&self, server: usize, way: Way, state: &LinkState) {
        self.cluster.each_client_place(|network, client| {
            if way != Way::Out {
                open_or_close(network, (client, server), state);
            }
            if way != Way::In {
                open_or_close(network, (server, client), state);
            }
        });
    }

    fn set_node(&self, server: usize, state: NodeState) {
        let Some(node) = self.cluster.node(server) else { return };
        node.set_clock_rate(state.clock_rate_per_million);
        match (state.paused, node.is_paused()) {
            (true, false) => node.pause(),
            (false, true) => node.resume(),
            _ => {}
        }
    }

    fn set_disk(&self, server: usize, state: DiskState) {
        let disk = self.cluster.disk(server);
        let (base, sync) = (self.base.lock().sync, state.sync);
        let (min, max) = (base.0.max(sync.0), base.1.max(sync.1));
        disk.set_full(state.full);
        disk.set_sync_delay((!max.is_zero()).then_some(min..=max));
    }

    fn fail_next_sync(&self, server: usize) {
        self.cluster.disk(server).fail_next_sync();
    }

    fn jump_clock(&self, server: usize, forward: Duration) -> Result<(), Failure> {
        if let Some(node) = self.cluster.node(server) {
            node.jump_clock(forward);
        }
        Ok(())
    }

    fn flip_bit(&self, server: usize) -> Result<bool, Failure> {
        let Some(part) = self.cluster.disk(server).flip_bit() else { return Ok(false) };
        self.cluster.check_refuses_disk(server, &format!("a flipped bit in its {part}"))?;
        Ok(true)
    }

    fn watch_traps(&self, traps: &Arc<Traps>) {
        for server in 0..self.servers() {
            let (traps, cluster) = (Arc::downgrade(traps), self.cluster.weak());
            let hook = Arc::new(Hook { traps, cluster, server });
            self.cluster.network().set_hooks(server, Some(Arc::clone(&hook) as Arc<dyn Hooks>));
            self.cluster.disk(server).set_hooks(Some(hook));
        }
    }

    fn view(&self, server: usize) -> Option<View> {
        let seen = self.cluster.view(server)?;
        let last_entry = Some((seen.last_term, seen.last_index));
        Some(View { role: seen.role, term: seen.term, last_entry })
    }

    fn chance(&self, step: u64) -> Rng {
        runtime::rng("fault", step)
    }

    /// Has it count for the hash of the run.
    fn note_fault(&self, phase: Phase, step: u64) {
        self.cluster.note_fault(phase, step);
    }

    fn show_fault(&self, fault: &Fault) {
        self.cluster.show_fault(fault);
    }

    fn fail(&self, failure: Failure) {
        self.cluster.fail(failure);
    }
}

fn open_or_close(network: &Network, (from, to): (ServerId, ServerId), state: &LinkState) {
    if network.is_enabled(from, to) != state.carries() {
        network.set_enabled(from, to, state.carries());
    }
    match state.held {
        true => network.hold(from, to),
        false => network.release(from, to),
    }
}

/// One server's hook: sees where its code is.
struct Hook {
    traps: Weak<Traps>,
    cluster: WeakCluster,
    server: usize,
}

impl Hook {
    /// False when the server's life ends here.
    fn reach(&self, point: Point) -> bool {
        let Some(traps) = self.traps.upgrade() else { return true };
        let Some(trap) = traps.reached(self.server, point) else { return true };
        let Some(cluster) = self.cluster.upgrade() else { return true };
        if cluster.power_off(self.server, trap.unsynced) {
            traps.sprung(trap);
        }
        false
    }
}

impl DiskHooks for Hook {
    fn after_append(&self) {
        self.reach(Point::AfterWrite);
    }

    fn after_save(&self) {
        if self.reach(Point::AfterWrite) {
            self.reach(Point::AfterSave);
        }
    }

    fn after_sync(&self) {
        self.reach(Point::AfterSync);
    }
}

impl Hooks for Hook {
    fn after_dispatch(&self, _server: usize, _method: &'static str, _reply: &[u8]) -> bool {
        self.reach(Point::BeforeReply)
    }

    fn after_send(&self, _server: usize, _callee: usize, _method: &'static str) {
        self.reach(Point::AfterSend);
    }

    fn after_reply(&self, _server: usize, _method: &'static str) {
        self.reach(Point::AfterReply);
    }
}
