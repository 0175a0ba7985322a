//! The nemesis: what goes wrong in a scenario, on purpose.
//!
//! A `Step` is one fault with a target, a time and a length. Each step is a task: it waits for its time
//! or for something that a server does (`trigger`, seen through `senses`), looks up its targets by role
//! (`target`), lets its fault begin, and ends it. The faults are in `faults`, one file each, behind one
//! trait (`fault`). None touches a server: they lay effects on the `field`, which knows all that is wrong at
//! a time and tells the `world` how to be. A world is a simulated cluster (`simulated`), or whatever else
//! has servers and links that can be broken.
//!
//! Faults keep within what Raft promises to survive, so that a failure is a bug and never an
//! impossible demand: nothing that was synced is lost on a server that comes back, messages are
//! never altered, a clock never goes back, and of the servers whose disks are hit for good there
//! are never so many that no majority is left.

pub(crate) mod effect;
pub(crate) mod fault;
pub(crate) mod faults;
pub(crate) mod field;
pub(crate) mod filter;
pub(crate) mod senses;
pub(crate) mod server_set;
pub(crate) mod sides;
pub(crate) mod simulated;
pub(crate) mod step;
pub(crate) mod target;
pub(crate) mod traps;
pub(crate) mod trigger;
pub(crate) mod when;
pub(crate) mod world;

pub use effect::{Effect, LinkChange, Messages};
pub use fault::{Closing, Way};
pub use faults::{FAULTS, FaultKind, FaultSpec};
pub use field::{Field, Key};
pub use filter::{FaultFilter, UnknownFault};
pub use labrpc::{Delay, Late};
pub use persister::Unsynced;
pub use raft::RoleName;
pub use senses::Senses;
pub use server_set::ServerSet;
pub use step::Step;
pub use target::Target;
pub use traps::{Point, Trap, Traps};
pub use trigger::Event;
pub use world::{DiskState, LinkState, NodeState, SyncDelay, View, World};

use runtime::JoinHandle;
use std::sync::Arc;
use std::time::Duration;

/// The keys of what traps lay, so that it does not end with the step that set them.
const SPRUNG: Key = 1 << 63;

/// The steps of a scenario at work.
pub struct Nemesis {
    tasks: Vec<JoinHandle<()>>,
    field: Arc<Field>,
}

impl Nemesis {
    /// Starts all steps. Their times are from now on.
    ///
    /// Must be called inside a simulation or a tokio runtime.
    pub fn start(steps: &[Step], field: &Arc<Field>, senses: &Senses) -> Nemesis {
        let start = runtime::now();
        let mut tasks = Vec::with_capacity(steps.len() + 1);
        if steps.iter().any(|step| step.fault.fault().sets_traps()) {
            field.watch_traps();
            tasks.push(runtime::spawn(bury_the_trapped(Arc::clone(field))));
        }
        for step in steps {
            tasks.push(runtime::spawn(step.clone().run(start, Arc::clone(field), senses.clone())));
        }
        Nemesis { tasks, field: Arc::clone(field) }
    }

    /// No further fault begins, and none ends by itself: what lies on the field stays there until it is
    /// [healed](Field::heal).
    pub fn stop(self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.field.remove_traps(|_| true);
    }
}

/// Buries the servers whose traps have sprung, and starts them again in time.
async fn bury_the_trapped(field: Arc<Field>) {
    loop {
        for trap in field.sprung().await {
            runtime::spawn(stay_down(Arc::clone(&field), trap));
        }
    }
}

async fn stay_down(field: Arc<Field>, trap: Trap) {
    let key = SPRUNG | trap.key;
    let Trap { server, unsynced, down_ms, .. } = trap;
    field.lay(key, Effect::Down { server, unsynced });
    runtime::sleep(Duration::from_millis(down_ms)).await;
    let is_it = |known, effect: &Effect| {
        known == key && matches!(effect, Effect::Down { server: it, .. } if *it == server)
    };
    if let Err(failure) = field.take_back(is_it) {
        field.world().fail(failure);
    }
}
