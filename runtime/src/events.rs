//! Events of the simulated world that are no task's: a message that arrives, a disk that is done.

use crate::clock::nanos;
use crate::executor;
use crate::node::Node;
use std::sync::Arc;
use std::time::Duration;

/// Something that has events: a network, say.
pub trait EventSink: Send + Sync + 'static {
    /// The event with that token is due. Called as on the node that it was scheduled for.
    fn fire(self: Arc<Self>, token: u64);

    /// The simulation is over. A sink that holds what holds the sink lets go of it here, so that
    /// nothing of a run is left behind.
    fn close(&self) {}
}

/// Schedules events for one sink. An event costs no task and no allocation.
#[derive(Clone)]
pub struct Events {
    sink: Arc<dyn EventSink>,
    number: Option<u32>,
}

impl Events {
    /// The events of `sink`, in the simulation that is running or on the real clock.
    pub fn new(sink: Arc<dyn EventSink>) -> Events {
        let number = executor::with(|executor| executor.add_sink(Arc::clone(&sink)));
        Events { sink, number }
    }

    /// Has `sink.fire(token)` called on `node` after `delay` of true time. While the node is
    /// paused the event waits; it happens also when the node is dead, for the sink to clean up.
    pub fn schedule(&self, node: &Node, delay: Duration, token: u64) {
        if let (Some(sink), Some(node)) = (self.number, node.number()) {
            executor::with(|executor| executor.add_event(nanos(delay), sink, node, token));
            return;
        }
        let (sink, node) = (Arc::clone(&self.sink), node.clone());
        Node::real_main().spawn(async move {
            crate::sleep(delay).await;
            node.until_resumed().await;
            node.enter(|| sink.fire(token));
        });
    }
}
