//! Slow disk: every sync takes a while.
//!
//! What is written meanwhile is not durable, and a crash may lose it. Syncs never fail by this, and
//! reads take no time. A sync that began earlier ends when it would have.
//!
//! Source: disks that stall for compaction or rewriting; FoundationDB's and turmoil-fs's disk
//! latency.

use super::{Draw, at_least};
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Every sync takes a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowDisk {
    /// The shortest time of a sync, in milliseconds.
    pub min_ms: u64,
    /// The longest, in milliseconds.
    pub max_ms: u64,
}

impl Draw for SlowDisk {
    fn draw(rng: &mut Rng) -> SlowDisk {
        let min_ms = rng.range(0..=50);
        SlowDisk { min_ms, max_ms: min_ms + rng.range(5..=500) }
    }

    fn check(&self) -> Result<(), String> {
        at_least("max_ms", self.max_ms, self.min_ms)
    }
}

impl Fault for SlowDisk {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let sync = (Duration::from_millis(self.min_ms), Duration::from_millis(self.max_ms));
        for &server in scene.servers {
            scene.lay(Effect::SlowDisk { server, sync });
        }
        Ok(())
    }
}
