//! Traps: crashes at a point of a server's own code.
//!
//! A trap waits for its server to reach a point a number of times, on its disk or on its network,
//! and ends its life there: what the code does after that point reaches nobody. The hooks that
//! notice cost nothing in a scenario without traps, because then there are none.

use crate::Cluster;
use labrpc::Hooks;
use parking_lot::Mutex;
use persister::{DiskHooks, Unsynced};
use std::sync::{Arc, Weak};
use tokio::sync::Notify;

/// A point of a server's code that can be seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// It has written to its disk and not synced: between append and sync, or between the two
    /// writes of what should be one.
    AfterWrite,
    /// It has saved its whole state and not synced: around the cut of its log by a snapshot.
    AfterSave,
    /// What it wrote has become durable; it has told nobody yet.
    AfterSync,
    /// It has sent a request: between two messages of one broadcast.
    AfterSend,
    /// It has handled a request; the reply is not sent.
    BeforeReply,
    /// It has sent a reply.
    AfterReply,
}

/// A crash that waits for its moment.
#[derive(Clone, Debug)]
pub(crate) struct Trap {
    pub(crate) key: u64,
    pub(crate) server: usize,
    pub(crate) point: Point,
    /// How often the point has to be reached, this time included.
    pub(crate) countdown: u64,
    pub(crate) unsynced: Unsynced,
    pub(crate) down_ms: u64,
}

/// All traps of a run.
#[derive(Default)]
pub(crate) struct Traps {
    set: Mutex<Vec<Trap>>,
    sprung: Mutex<Vec<Trap>>,
    /// Has one waiter: the task that buries the dead.
    any_sprung: Notify,
}

impl Traps {
    /// Hooks the traps into network and disks.
    pub(crate) fn install(self: &Arc<Self>, cluster: &Cluster) {
        for server in 0..cluster.servers() {
            let hook =
                Arc::new(Hook { traps: Arc::downgrade(self), cluster: cluster.weak(), server });
            cluster.network().set_hooks(server, Some(Arc::clone(&hook) as Arc<dyn Hooks>));
            cluster.disk(server).set_hooks(Some(hook));
        }
    }

    pub(crate) fn set(&self, trap: Trap) {
        self.set.lock().push(trap);
    }

    /// Takes away the traps of a step that have not sprung.
    pub(crate) fn remove(&self, key: u64) {
        self.set.lock().retain(|trap| trap.key != key);
    }

    pub(crate) fn remove_all(&self) {
        self.set.lock().clear();
    }

    /// Waits for traps to spring. Their servers are to be buried.
    pub(crate) async fn wait(&self) -> Vec<Trap> {
        loop {
            let sprung = std::mem::take(&mut *self.sprung.lock());
            if !sprung.is_empty() {
                return sprung;
            }
            self.any_sprung.notified().await;
        }
    }

    /// The trap of that server and point that springs now.
    fn reached(&self, server: usize, point: Point) -> Option<Trap> {
        let mut set = self.set.lock();
        let fits = |trap: &Trap| (trap.server, trap.point) == (server, point);
        let place = set.iter_mut().position(|trap| {
            if fits(trap) {
                trap.countdown = trap.countdown.saturating_sub(1);
            }
            fits(trap) && trap.countdown == 0
        })?;
        Some(set.swap_remove(place))
    }
}

/// One server's hook.
struct Hook {
    traps: Weak<Traps>,
    cluster: crate::cluster::WeakCluster,
    server: usize,
}

impl Hook {
    /// False when the server's life ends here.
    fn reach(&self, point: Point) -> bool {
        let Some(traps) = self.traps.upgrade() else { return true };
        let Some(trap) = traps.reached(self.server, point) else { return true };
        let Some(cluster) = self.cluster.upgrade() else { return true };
        if cluster.power_off(self.server, trap.unsynced) {
            traps.sprung.lock().push(trap);
            traps.any_sprung.notify_one();
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
