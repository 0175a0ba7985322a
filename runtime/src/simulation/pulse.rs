//! What a simulation is at, for another thread to see.

use super::error::TaskInfo;
use crate::clock::Instant;
use crossbeam_utils::atomic::AtomicCell;
use parking_lot::Mutex;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where a simulation is, for another thread to see: code that never returns from a poll blocks the
/// simulation's thread forever, and only another thread can notice.
///
/// ```
/// use runtime::{Pulse, Simulation, yield_now};
/// use std::sync::Arc;
///
/// let pulse = Arc::new(Pulse::default());
/// let run = Simulation::new(1).pulse(&pulse).run(async { yield_now().await });
/// assert!(run.result.is_ok() && pulse.beats() > 0);
/// ```
#[derive(Debug, Default)]
pub struct Pulse {
    beats: AtomicU64,
    node: AtomicU64,
    now: AtomicU64,
    spawned_at: AtomicCell<Option<&'static Location<'static>>>,
    /// The names of the nodes, by their numbers.
    names: Mutex<Vec<String>>,
}

impl Pulse {
    /// Counts the steps of all simulations that had this pulse. While it stands still, one poll is
    /// going on.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// Whose code runs: the node, and the task that runs there or on its behalf. `None` before the first
    /// step.
    pub fn at(&self) -> Option<TaskInfo> {
        // The task is stored before the node that it runs on.
        let node = self.node.load(Ordering::Acquire) as usize;
        let spawned_at = self.spawned_at.load()?.to_string();
        Some(TaskInfo { node: self.names.lock().get(node)?.clone(), spawned_at })
    }

    /// True time in the run.
    pub fn now(&self) -> Instant {
        Instant::from_nanos(self.now.load(Ordering::Relaxed))
    }

    pub(crate) fn begin(&self) {
        self.time_is(0);
        self.names.lock().clear();
        self.spawned_at.store(None);
    }

    pub(crate) fn name_node(&self, name: &str) {
        self.names.lock().push(name.to_owned());
    }

    #[inline]
    pub(crate) fn beat(&self) {
        // Nobody else writes it.
        self.beats.store(self.beats() + 1, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn time_is(&self, now: u64) {
        self.now.store(now, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn on_node(&self, node: u32) {
        self.node.store(u64::from(node), Ordering::Release);
    }

    #[inline]
    pub(crate) fn in_task(&self, spawned_at: &'static Location<'static>) {
        self.spawned_at.store(Some(spawned_at));
    }
}
