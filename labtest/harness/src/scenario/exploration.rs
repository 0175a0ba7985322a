//! The suites of explorations.

use crate::nemesis::faults::{FaultKind, Named, Unreachable};

/// A suite of explorations: which faults it draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exploration {
    /// Links, partitions, pauses and clocks.
    Network,
    /// Crashes and disks.
    Crash,
    /// All faults.
    Everything,
    /// All faults, with clients of a key/value store.
    Kv,
}

impl Exploration {
    /// Whether scenarios of this suite can have the fault.
    pub(crate) fn has(self, fault: &FaultKind) -> bool {
        if !fault.is_drawn() {
            return false;
        }
        // Clients of a log are never cut off.
        if fault.name == Unreachable::NAME && self != Exploration::Kv {
            return false;
        }
        let is_of_servers = matches!(fault.group, "crash" | "disk");
        match self {
            Exploration::Network => !is_of_servers,
            Exploration::Crash => is_of_servers,
            Exploration::Everything | Exploration::Kv => true,
        }
    }
}
