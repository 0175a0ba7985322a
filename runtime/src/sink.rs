//! What events happen to.

use std::sync::Arc;

/// Something that has events: a network, say.
pub trait EventSink: Send + Sync + 'static {
    /// The event with that token is due. Called as on the node that it was scheduled for.
    fn fire(self: Arc<Self>, token: u64);

    /// The simulation is over. A sink that is part of a reference cycle breaks the cycle here, so that
    /// nothing of a run stays in memory.
    fn close(&self) {}
}
