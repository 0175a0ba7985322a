//! A world: what the nemesis acts on.
//!
//! The [`Field`](super::Field) knows everything that is wrong at a time, and tells a world how each link, node
//! and disk is to be from then on. A world makes it so. It does not have to know of faults, overlaps or
//! lengths. There are two: a simulated cluster, and servers that are processes.

use super::effect::LinkChange;
use super::fault::{Closing, Way};
use super::traps::Traps;
use crate::Failure;
use labtrace::trace::{Fault, Phase};
use persister::Unsynced;
use raft::RoleName;
use runtime::Rng;
use std::sync::Arc;
use std::time::Duration;

/// Servers that the nemesis can break, with the links between them. Servers have numbers from 0.
///
/// What a world was told stays so over all lives of a server: one that starts again is paused, slow or cut off
/// as it was told last.
pub trait World: Send + Sync {
    /// How many servers there are, running or not.
    fn servers(&self) -> usize;

    /// Whether a server runs. One that is paused does.
    fn is_running(&self, server: usize) -> bool;

    /// Ends a server's life at once, and clears up what is left of it. What was not synced fares as `unsynced`
    /// says, as far as the world has a choice. No effect on a server that is down, but for the clearing up.
    fn crash(&self, server: usize, unsynced: Unsynced);

    /// Starts a server that is down.
    ///
    /// # Errors
    /// When it can't be started.
    fn boot(&self, server: usize) -> Result<(), Failure>;

    /// How the directed link between two different servers is from now on, for what is on it already, too.
    fn set_link(&self, from: usize, to: usize, state: &LinkState);

    /// How it is from now on with what all clients send to a server (`Way::In`), or with what it answers them
    /// (`Way::Out`).
    fn set_clients(&self, server: usize, way: Way, state: &LinkState);

    /// How the node of a server is from now on. Told again when the server has started.
    fn set_node(&self, server: usize, state: NodeState);

    /// How a server's disk is from now on.
    fn set_disk(&self, server: usize, state: DiskState);

    /// Has the next sync of a server's disk fail.
    fn fail_next_sync(&self, server: usize);

    /// Moves a server's clock forward.
    ///
    /// # Errors
    /// In a world without clocks of its own.
    fn jump_clock(&self, server: usize, forward: Duration) -> Result<(), Failure>;

    /// Flips a bit of what is durable on the disk of a server that is down, and tries to start it from that.
    /// False when there is nothing to flip.
    ///
    /// # Errors
    /// When the server starts; in a world that can't get at the bits of a disk.
    fn flip_bit(&self, server: usize) -> Result<bool, Failure>;

    /// Makes the world spring these traps: called once, before any is set, and only if some will be.
    fn watch_traps(&self, traps: &Arc<Traps>);

    /// The [traps of that server](Traps::of) are others than before: for worlds whose servers count by
    /// themselves how often they get to a point.
    fn traps_changed(&self, _server: usize) {}

    /// What there is to see of a running server; none of one that is down.
    fn view(&self, server: usize) -> Option<View>;

    /// The chance that a step draws from, by its [`id`](super::Step::id): the same one in each run of a seed.
    fn chance(&self, step: u64) -> Rng;

    /// A step begins or ends.
    fn note_fault(&self, _phase: Phase, _step: u64) {}

    /// Shows a fault that begins or ends to the watchers of the run.
    fn show_fault(&self, fault: &Fault);

    /// Ends the run as a failure.
    fn fail(&self, failure: Failure);
}

/// How a directed link is. By default nothing is wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkState {
    /// What crosses it is lost. In a world of connections nothing may arrive after what was lost, so they
    /// break when the link opens.
    pub cut: bool,
    /// Connections over it break at once, and new ones are refused; to messages it is a cut.
    pub reset: bool,
    /// What arrives over it waits, and arrives when this is over.
    pub held: bool,
    /// How it differs from its usual self, change upon change.
    pub changes: Vec<LinkChange>,
}

impl LinkState {
    /// Closes it in that way, too.
    pub(super) fn close(&mut self, closing: Closing) {
        match closing {
            Closing::Cut => self.cut = true,
            Closing::Reset => self.reset = true,
            Closing::Hold => self.held = true,
        }
    }

    /// Whether something that is sent now arrives, some time.
    pub(crate) fn carries(&self) -> bool {
        !self.cut && !self.reset
    }
}

/// How a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// Its tasks and timers stand still.
    pub paused: bool,
    /// How fast its clock runs.
    pub clock_rate_per_million: u32,
}

impl Default for NodeState {
    /// It runs, and its clock is right.
    fn default() -> NodeState {
        NodeState { paused: false, clock_rate_per_million: 1_000_000 }
    }
}

/// How a disk is. By default nothing is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskState {
    /// It takes no writes.
    pub full: bool,
    /// The shortest and the longest time of a sync, at least.
    pub sync: SyncDelay,
}

/// The shortest and the longest time of a sync.
pub type SyncDelay = (Duration, Duration);

/// What there is to see of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Its role.
    pub role: RoleName,
    /// Its term.
    pub term: u64,
    /// Term and index of the last entry of its log, where that is known.
    pub last_entry: Option<(u64, u64)>,
}
