//! The field: everything that is wrong with a cluster at the moment.
//!
//! Faults overlap. So none touches the network or a server itself: it lays *effects* on the field,
//! under the key of its step, and takes all of them back at once. A link is cut while any effect
//! cuts it, a server down while any effect keeps it down, and so on.

use super::effect::{Effect, LinkChange};
use super::traps::Traps;
use crate::majority::majority;
use crate::{Cluster, Failure};
use labrpc::LinkConfig;
use parking_lot::Mutex;
use persister::Unsynced;
use std::sync::Arc;
use std::time::Duration;

/// Which step of the scenario laid an effect.
pub(crate) type Key = u64;

/// A cluster and what is wrong with it.
pub(crate) struct Field {
    cluster: Cluster,
    state: Mutex<State>,
    pub(super) traps: Arc<Traps>,
}

/// The shortest and the longest time of a sync.
pub(crate) type SyncDelay = (Duration, Duration);

struct State {
    /// What links do without any fault, and how long syncs take.
    base: LinkConfig,
    base_sync_delay: SyncDelay,
    effects: Vec<(Key, Effect)>,
    /// Servers whose disk is corrupt: they never come back.
    lost: Vec<bool>,
    /// Servers whose disk has failed them or will: they may have stopped by themselves.
    damaged: Vec<bool>,
}

impl Field {
    pub(crate) fn new(
        cluster: Cluster,
        base: LinkConfig,
        base_sync_delay: SyncDelay,
    ) -> Arc<Field> {
        let none = vec![false; cluster.servers()];
        let (effects, lost, damaged) = (Vec::new(), none.clone(), none);
        let state = State { base, base_sync_delay, effects, lost, damaged };
        let field = Field { cluster, state: Mutex::new(state), traps: Arc::default() };
        field.update_all();
        Arc::new(field)
    }

    /// The network works well from now on, and syncs take no time, where no effect says otherwise.
    pub(crate) fn become_whole(&self, base: LinkConfig) {
        {
            let mut state = self.state.lock();
            state.base = base;
            state.base_sync_delay = SyncDelay::default();
        }
        self.update_all();
    }

    fn update_all(&self) {
        let field = self;
        field.each_link(|from, to| field.update_link(from, to));
        (0..field.servers()).for_each(|server| field.update_disk(server));
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(crate) fn servers(&self) -> usize {
        self.cluster.servers()
    }

    pub(crate) fn majority(&self) -> usize {
        majority(self.servers())
    }

    /// Lays an effect.
    pub(crate) fn lay(&self, key: Key, effect: Effect) {
        if let Effect::Down { server, unsynced } = &effect {
            self.cluster.power_off(*server, *unsynced);
            self.cluster.bury(*server);
        }
        self.state.lock().effects.push((key, effect.clone()));
        self.update(&effect);
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
        gone.iter().for_each(|effect| self.update(effect));
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
        self.cluster.power_off(server, unsynced);
        self.cluster.bury(server);
        self.start_unless_down(server)
    }

    /// The server's disk has failed it, or will: it needs to be started again.
    pub(crate) fn damage(&self, server: usize) {
        self.state.lock().damaged[server] = true;
    }

    /// Starts every server again whose disk has failed it.
    ///
    /// # Errors
    /// When one can't be started.
    pub(crate) fn restart_damaged(&self) -> Result<(), Failure> {
        let damaged = self.state.lock().damaged.clone();
        (0..self.servers())
            .filter(|server| damaged[*server])
            .try_for_each(|server| self.restart(server, Unsynced::Lost))
    }

    fn start_unless_down(&self, server: usize) -> Result<(), Failure> {
        let stays_down = self.is_lost(server)
            || self
                .any(|effect| matches!(effect, Effect::Down { server: it, .. } if *it == server));
        if stays_down || self.cluster.is_running(server) {
            return Ok(());
        }
        self.cluster.boot(server)?;
        self.update_node(server);
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

    /// Moves a server's clock forward.
    pub(crate) fn jump_clock(&self, server: usize, forward: Duration) {
        if let Some(node) = self.cluster.node(server) {
            node.jump_clock(forward);
        }
    }

    // ---- from effects to the cluster ----

    fn update(&self, changed: &Effect) {
        match *changed {
            Effect::Cut { from, to } | Effect::Hold { from, to } => self.update_way(from, to),
            Effect::Link { from, to, .. } => self.update_link(from, to),
            Effect::Pause { server } | Effect::ClockRate { server, .. } => self.update_node(server),
            Effect::SlowDisk { server, .. } | Effect::FullDisk { server } => {
                self.update_disk(server);
            }
            Effect::Down { .. } => {}
        }
    }

    fn each_link(&self, mut visit: impl FnMut(usize, usize)) {
        for from in 0..self.servers() {
            (0..self.servers()).for_each(|to| visit(from, to));
        }
    }

    fn update_way(&self, from: usize, to: usize) {
        let network = self.cluster.network();
        let (mut cut, mut held) = (false, false);
        for (_, effect) in &self.state.lock().effects {
            cut |= *effect == Effect::Cut { from, to };
            held |= *effect == Effect::Hold { from, to };
        }
        if network.is_enabled(from, to) == cut {
            network.set_enabled(from, to, !cut);
        }
        if held {
            network.hold(from, to);
        } else {
            network.release(from, to);
        }
    }

    fn update_link(&self, from: usize, to: usize) {
        let state = self.state.lock();
        let mut config = state.base.clone();
        for (_, effect) in &state.effects {
            if let Effect::Link { from: a, to: b, change } = effect
                && (*a, *b) == (from, to)
            {
                LinkChange::apply(change, &mut config);
            }
        }
        drop(state);
        self.cluster.network().set_link(from, to, config);
    }

    fn update_node(&self, server: usize) {
        let Some(node) = self.cluster.node(server) else { return };
        let (mut paused, mut rate) = (false, 1_000_000);
        for (_, effect) in &self.state.lock().effects {
            match *effect {
                Effect::Pause { server: it } if it == server => paused = true,
                Effect::ClockRate { server: it, rate_per_million } if it == server => {
                    rate = rate_per_million;
                }
                _ => {}
            }
        }
        node.set_clock_rate(rate);
        match (paused, node.is_paused()) {
            (true, false) => node.pause(),
            (false, true) => node.resume(),
            _ => {}
        }
    }

    fn update_disk(&self, server: usize) {
        let disk = self.cluster.disk(server);
        let state = self.state.lock();
        let (mut full, (mut min, mut max)) = (false, state.base_sync_delay);
        for (_, effect) in &state.effects {
            match effect {
                Effect::FullDisk { server: it } if *it == server => full = true,
                Effect::SlowDisk { server: it, sync: (low, high) } if *it == server => {
                    (min, max) = (min.max(*low), max.max(*high));
                }
                _ => {}
            }
        }
        disk.set_full(full);
        disk.set_sync_delay((!max.is_zero()).then_some(min..=max));
    }
}
