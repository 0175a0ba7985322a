//! Code of a life that is over: the rest of the poll in which its node was killed.

use crate::{real, simulation};

/// Whether the current node has been killed. What runs is the rest of a poll, and nobody hears it.
pub(crate) fn is_over() -> bool {
    let simulated =
        simulation::with(|executor| !executor.machines.is_alive(executor.current_node()));
    simulated.unwrap_or_else(|| !real::current_node().is_alive())
}
