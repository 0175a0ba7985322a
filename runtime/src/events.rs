//! Scheduling events that belong to no task: a message arrives, a disk is done.

use crate::clock::nanos;
use crate::node::Node;
use crate::simulation;
use crate::sink::EventSink;
use crate::time::sleep;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Schedules events for one sink. In a simulation an event costs no task and no allocation.
#[derive(Clone)]
pub struct Events(Repr);

#[derive(Clone)]
enum Repr {
    /// The simulation keeps the sink until it ends.
    Simulated(u16),
    /// Weak, so that a sink may keep the handle to its own events.
    Real(Weak<dyn EventSink>),
}

impl Events {
    /// The events of `sink`, in the simulation that is running or on the real clock.
    ///
    /// # Panics
    /// In a simulation that has 65,536 sinks already.
    pub fn new(sink: &Arc<impl EventSink>) -> Events {
        let simulated = simulation::with(|executor| {
            Repr::Simulated(executor.add_sink(Arc::clone(sink) as Arc<dyn EventSink>))
        });
        Events(simulated.unwrap_or_else(|| {
            let weak: Weak<dyn EventSink> = Arc::<_>::downgrade(sink) as Weak<dyn EventSink>;
            Repr::Real(weak)
        }))
    }

    /// Has `sink.fire(token)` called on `node` after `delay` of true time. While the node is
    /// paused the event waits; it happens also when the node is dead, for the sink to clean up.
    ///
    /// # Panics
    /// In a simulation's events, on a thread that runs none.
    #[inline]
    pub fn schedule(&self, node: &Node, delay: Duration, token: u64) {
        match &self.0 {
            Repr::Simulated(sink) => {
                if let Some(node) = node.number() {
                    let scheduled = simulation::with(|executor| {
                        executor.add_event(nanos(delay), *sink, node, token);
                    });
                    if scheduled.is_none() {
                        simulation::assert_is_not_foreign();
                    }
                }
            }
            Repr::Real(sink) => {
                let (sink, node) = (Weak::clone(sink), node.clone());
                Node::real_main().spawn(async move {
                    sleep(delay).await;
                    node.until_resumed().await;
                    if let Some(sink) = sink.upgrade() {
                        node.enter(|| sink.fire(token));
                    }
                });
            }
        }
    }
}
