//! Failing sync: the next sync of a server's disk fails, and the server crashes when this ends.
//!
//! What that sync should have made durable is lost with the crash, and so is what is written after
//! it, although later syncs succeed: so it is where an operating system drops the pages that it could
//! not write. A server has to stop at the error. What an earlier sync had covered is never lost.
//!
//! Source: the "fsyncgate" of PostgreSQL, 2018; Rebello et al., "Can Applications Recover from
//! fsync Failures?", 2020.

use super::Draw;
use crate::Failure;
use crate::nemesis::fault::{Fault, Scene};
use persister::Unsynced;
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// The next sync fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailingSync {}

impl Draw for FailingSync {
    fn draw(_rng: &mut Rng) -> FailingSync {
        FailingSync {}
    }
}

impl Fault for FailingSync {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            scene.field.world().fail_next_sync(server);
            scene.field.damage(server);
        }
        Ok(())
    }

    fn heal(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let servers = scene.servers.iter();
        servers.copied().try_for_each(|server| scene.field.restart(server, Unsynced::Lost))
    }
}
