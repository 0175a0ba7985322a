//! Full disk: a server's disk takes no writes, and the server crashes when there is room again.
//!
//! Once a write was refused every later one is too, until the server has started again: nothing is
//! ever found without what was written before it. The next sync says what happened, and a server has
//! to stop there. What is on the disk stays.
//!
//! Source: disks run full; Jepsen's and CharybdeFS's ENOSPC faults.

use super::Draw;
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Fault, Scene};
use persister::Unsynced;
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// A disk takes no writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullDisk {}

impl Draw for FullDisk {
    fn draw(_rng: &mut Rng) -> FullDisk {
        FullDisk {}
    }
}

impl Fault for FullDisk {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            scene.lay(Effect::FullDisk { server });
            scene.field.damage(server);
        }
        Ok(())
    }

    fn heal(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let servers = scene.servers.iter();
        servers.copied().try_for_each(|server| scene.field.restart(server, Unsynced::Kept))
    }
}
