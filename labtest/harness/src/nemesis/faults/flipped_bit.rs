//! Flipped bit: a server crashes, a bit of its disk flips, and it must not start from that disk.
//!
//! The bit is one of those that were durable, in state, journal or snapshot. The checksum must find
//! it, and making the server must be an error; a server that starts all the same is a failure of the
//! run. The whole disk counts as lost then and the server stays down for good, because Raft can't
//! survive that a server comes back without what it had promised. So no more disks are hit than leave
//! a majority whole, and where that does not go nothing happens.
//!
//! Source: Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", 2018; bit rot.

use super::{Draw, UnsyncedDef};
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Fault, Scene};
use persister::Unsynced;
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// A bit of a disk flips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlippedBit {
    /// What becomes of writes that were not synced when the server crashes.
    #[serde(with = "UnsyncedDef")]
    pub unsynced: Unsynced,
}

impl Draw for FlippedBit {
    const SWARM_PER_MILLION: u32 = 50_000;

    fn draw(rng: &mut Rng) -> FlippedBit {
        FlippedBit { unsynced: super::draw_unsynced(rng) }
    }
}

impl Fault for FlippedBit {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            if !scene.field.may_lose_a_disk() || scene.field.is_lost(server) {
                continue;
            }
            scene.lay(Effect::Down { server, unsynced: self.unsynced });
            if scene.field.world().flip_bit(server)? {
                scene.field.lose(server);
            }
        }
        Ok(())
    }
}
