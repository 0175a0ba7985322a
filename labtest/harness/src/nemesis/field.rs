//! The field: everything that is wrong with a world at the moment.
//!
//! Faults overlap. So none touches a link or a server itself: it lays *effects* on the field,
//! under the key of its step, and takes all of them back at once. A link is cut while any effect
//! cuts it, a server down while any effect keeps it down, and so on.

use super::effect::Effect;
use super::fault::Way;
use super::traps::{Trap, Traps};
use super::world::{DiskState, LinkState, NodeState, World};
use crate::Failure;
use crate::majority::majority;
use parking_lot::Mutex;
use persister::Unsynced;
use std::sync::Arc;

/// Which step of the scenario laid an effect.
pub type Key = u64;

/// A world and what is wrong with it.
pub struct Field {
    world: Arc<dyn World>,
    state: Mutex<State>,
    traps: Arc<Traps>,
}

struct State {
    effects: Vec<(Key, Effect)>,
    /// Servers whose disk is corrupt: they never come back.
    lost: Vec<bool>,
    /// Servers whose disk has failed them or will: they may have stopped by themselves.
    damaged: Vec<bool>,
}

impl Field {
    /// One on which nothing lies, and the world is told so.
    pub fn new(world: Arc<dyn World>) -> Arc<Field> {
        let none = vec![false; world.servers()];
        let state = State { effects: Vec::new(), lost: none.clone(), damaged: none };
        let field = Field { world, state: Mutex::new(state), traps: Arc::default() };
        field.tell_all();
        Arc::new(field)
    }

    /// Tells the world how all links and disks are.
    pub(crate) fn tell_all(&self) {
        for from in 0..self.servers() {
            (0..self.servers()).for_each(|to| self.tell_link(from, to));
        }
        for server in 0..self.servers() {
            self.tell_clients(server, Way::In);
            self.tell_clients(server, Way::Out);
            self.tell_disk(server);
        }
    }

    pub(crate) fn world(&self) -> &dyn World {
        &*self.world
    }

    pub(crate) fn servers(&self) -> usize {
        self.world.servers()
    }

    pub(crate) fn majority(&self) -> usize {
        majority(self.servers())
    }

    /// The effects that lie there, with the steps that have laid them, in their order.
    pub fn effects(&self) -> Vec<(Key, Effect)> {
        self.state.lock().effects.clone()
    }

    /// Takes back everything: links are open, servers run, and those whose disks have failed them have been
    /// started again. Only the servers whose disks are corrupt stay down.
    ///
    /// # Errors
    /// When a server can't be started.
    pub fn heal(&self) -> Result<(), Failure> {
        self.take_back(|_, _| true)?;
        self.restart_damaged()
    }

    /// Lays an effect.
    pub(crate) fn lay(&self, key: Key, effect: Effect) {
        if let Effect::Down { server, unsynced } = &effect {
            self.world.crash(*server, *unsynced);
        }
        self.state.lock().effects.push((key, effect.clone()));
        self.tell(&effect);
    }

    /// Takes back everything that was laid under that key.
    ///
    /// # Errors
    /// When a server can't be started.
    pub(crate) fn undo(&self, key: Key) -> Result<(), Failure> {
        self.take_back(|known, _| known == key)
    }

    /// Takes back what fits.
    ///
    /// # Errors
    /// When a server can't be started.
    pub(crate) fn take_back(&self, fits: impl Fn(Key, &Effect) -> bool) -> Result<(), Failure> {
        let mut gone = Vec::new();
        self.state.lock().effects.retain(|(key, effect)| {
            let goes = fits(*key, effect);
            if goes {
                gone.push(effect.clone());
            }
            !goes
        });
        gone.iter().for_each(|effect| self.tell(effect));
        gone.iter().try_for_each(|effect| match effect {
            Effect::Down { server, .. } => self.start_unless_down(*server),
            _ => Ok(()),
        })
    }

    /// Crashes a server and starts it again at once.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn restart(&self, server: usize, unsynced: Unsynced) -> Result<(), Failure> {
        self.world.crash(server, unsynced);
        self.start_unless_down(server)
    }

    /// The server's disk has failed it, or will: it needs to be started again.
    pub(crate) fn damage(&self, server: usize) {
        self.state.lock().damaged[server] = true;
    }

    /// Starts every server again whose disk has failed it, or will. One that has to stay down is started when it
    /// may be, and then this has to follow.
    ///
    /// # Errors
    /// When one can't be started.
    pub(crate) fn restart_damaged(&self) -> Result<(), Failure> {
        let damaged = self.state.lock().damaged.clone();
        for server in (0..self.servers()).filter(|server| damaged[*server]) {
            self.restart(server, Unsynced::Lost)?;
            self.state.lock().damaged[server] = !self.world.is_running(server);
        }
        Ok(())
    }

    fn start_unless_down(&self, server: usize) -> Result<(), Failure> {
        let stays_down = self.is_lost(server)
            || self
                .any(|effect| matches!(effect, Effect::Down { server: it, .. } if *it == server));
        if stays_down || self.world.is_running(server) {
            return Ok(());
        }
        self.world.boot(server)?;
        self.tell_node(server);
        Ok(())
    }

    /// Whether one more server may lose its disk: a majority has to keep theirs.
    pub(crate) fn may_lose_a_disk(&self) -> bool {
        let lost = self.state.lock().lost.iter().filter(|lost| **lost).count();
        self.servers() - lost > self.majority()
    }

    /// The server's disk is corrupt; it never comes back.
    pub(crate) fn lose(&self, server: usize) {
        self.state.lock().lost[server] = true;
    }

    pub(crate) fn is_lost(&self, server: usize) -> bool {
        self.state.lock().lost[server]
    }

    /// Whether some effect fits.
    pub(crate) fn any(&self, fits: impl Fn(&Effect) -> bool) -> bool {
        self.state.lock().effects.iter().any(|(_, effect)| fits(effect))
    }

    // ---- traps ----

    /// Has the world look for traps: some will be set.
    pub(super) fn watch_traps(&self) {
        self.world.watch_traps(&self.traps);
    }

    pub(super) fn set_trap(&self, trap: Trap) {
        let server = trap.server;
        self.traps.set(trap);
        self.world.traps_changed(server);
    }

    /// Takes away traps that have not sprung.
    pub(super) fn remove_traps(&self, fits: impl Fn(&Trap) -> bool) {
        let changed = self.traps.remove(fits);
        changed.into_iter().for_each(|server| self.world.traps_changed(server));
    }

    /// Waits for traps to spring.
    pub(super) async fn sprung(&self) -> Vec<Trap> {
        self.traps.wait().await
    }

    // ---- from effects to the world ----

    fn tell(&self, changed: &Effect) {
        match *changed {
            Effect::Closed { from, to, .. } | Effect::Link { from, to, .. } => {
                self.tell_link(from, to);
            }
            Effect::ClientsClosed { server, way, .. } => self.tell_clients(server, way),
            Effect::Pause { server } | Effect::ClockRate { server, .. } => self.tell_node(server),
            Effect::SlowDisk { server, .. } | Effect::FullDisk { server } => self.tell_disk(server),
            Effect::Down { .. } => {}
        }
    }

    fn tell_link(&self, from: usize, to: usize) {
        if from == to {
            return;
        }
        let mut link = LinkState::default();
        for (_, effect) in &self.state.lock().effects {
            match effect {
                Effect::Closed { from: a, to: b, closing } if (*a, *b) == (from, to) => {
                    link.close(*closing);
                }
                Effect::Link { from: a, to: b, change } if (*a, *b) == (from, to) => {
                    link.changes.push(change.clone());
                }
                _ => {}
            }
        }
        self.world.set_link(from, to, &link);
    }

    fn tell_clients(&self, server: usize, way: Way) {
        let mut link = LinkState::default();
        for (_, effect) in &self.state.lock().effects {
            match *effect {
                Effect::ClientsClosed { server: it, way: its, closing }
                    if (it, its) == (server, way) =>
                {
                    link.close(closing);
                }
                _ => {}
            }
        }
        self.world.set_clients(server, way, &link);
    }

    fn tell_node(&self, server: usize) {
        let mut node = NodeState::default();
        for (_, effect) in &self.state.lock().effects {
            match *effect {
                Effect::Pause { server: it } if it == server => node.paused = true,
                Effect::ClockRate { server: it, rate_per_million } if it == server => {
                    node.clock_rate_per_million = rate_per_million;
                }
                _ => {}
            }
        }
        self.world.set_node(server, node);
    }

    fn tell_disk(&self, server: usize) {
        let mut disk = DiskState::default();
        for (_, effect) in &self.state.lock().effects {
            match *effect {
                Effect::FullDisk { server: it } if it == server => disk.full = true,
                Effect::SlowDisk { server: it, sync: (min, max) } if it == server => {
                    disk.sync = (disk.sync.0.max(min), disk.sync.1.max(max));
                }
                _ => {}
            }
        }
        self.world.set_disk(server, disk);
    }
}

#[cfg(test)]
mod tests;
