//! The checks on what servers show of their inside, after every step of the simulation.

use super::Elections;
use crate::Violation;
use crate::watch::{Sight, Watcher};
use raft::RoleName;
use runtime::Instant;

/// Watches the inside of the servers.
pub(crate) struct Inside {
    elections: Elections,
}

impl Inside {
    pub(crate) fn new(servers: usize) -> Inside {
        Inside { elections: Elections::new(servers) }
    }
}

impl Watcher for Inside {
    fn see(&mut self, _at: Instant, sight: &Sight<'_>) -> Result<(), Violation> {
        match sight {
            Sight::State { who, state, .. } => {
                self.elections.observe(*who, state.term, state.role == RoleName::Leader)
            }
            Sight::Crashed { server, lost_writes: 1.. } => {
                self.elections.forget(*server);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
