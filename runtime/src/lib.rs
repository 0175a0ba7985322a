//! Time, tasks and chance.
//!
//! Code under test calls [`spawn`], [`sleep`], [`timeout`], [`now`] and [`rng`] and reads as ordinary
//! async Rust. What answers is chosen at run time:
//!
//! * inside a [`Simulation`] it is a single-threaded executor on a virtual clock, where everything
//!   that could differ between two runs is drawn from one seed;
//! * anywhere else it is tokio, on the real clock.
//!
//! No `cfg` and no compiler flag decides it, so one binary does both.
//!
//! What the simulation can do and a plain runtime can't:
//!
//! * **Tasks belong to nodes.** [`Node::kill`] drops a node's tasks at whatever `await` they have reached,
//!   [`Node::pause`] freezes them, [`Node::set_clock_rate`] makes its clock run fast or slow.
//! * **The order of ready tasks is drawn from the seed**, so that seeds explore interleavings and
//!   not only delays.
//! * **A deadlock is an error** that names the blocked tasks and where they were spawned; so are an
//!   endless loop ([`Simulation::step_limit`]) and a panic.
//! * **Every run ends with a hash** of its events ([`trace`]): two runs with the same hash did the
//!   same things at the same times.
//!
//! ```
//! use std::time::Duration;
//!
//! let run = |seed| {
//!     runtime::Simulation::new(seed).run(async {
//!         let start = runtime::now();
//!         runtime::sleep(Duration::from_secs(3600)).await;
//!         runtime::now().since(start)
//!     })
//! };
//! assert_eq!(run(1).result.unwrap(), Duration::from_secs(3600));
//! assert_eq!(run(1).report, run(1).report);
//! ```

mod clock;
mod events;
mod join;
mod life;
mod node;
mod real;
mod rng;
mod simulation;
mod sink;
mod streams;
mod task;
mod time;
mod trace;
pub mod watch;

pub use clock::Instant;
pub use events::Events;
pub use join::{JoinError, JoinHandle};
pub use node::Node;
pub use rng::Rng;
pub use simulation::{
    Finished, Pulse, Report, Simulation, SimulationError, TaskInfo, doing, is_simulated,
    observe_steps,
};
pub use sink::EventSink;
pub use streams::rng;
pub use task::{detach, offload, spawn, yield_now};
pub use time::{Elapsed, Sleep, Timeout, next_due, now, sleep, sleep_until, timeout, true_now};
pub use trace::{trace, trace_bytes};
