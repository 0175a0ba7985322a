//! Crash at a point: a server goes down in the middle of what it does.
//!
//! Each server that it hits has a trap: when its code has reached the point for the `nth` time (it
//! has written, synced, sent or answered) its life ends right there, and what the code does after that
//! point reaches neither disk nor network. It starts again after a while. A trap that has not sprung
//! when the fault ends is taken away. Points are seen at the disk and at the network, so every
//! implementation has them; between them nothing can crash.
//!
//! Source: failpoints of etcd's robustness tests; FoundationDB's buggify; hashicorp/raft #661, where
//! a crash between two writes lost a vote.

use super::{Draw, UnsyncedDef, at_least};
use crate::Failure;
use crate::nemesis::fault::{Fault, Scene};
use crate::nemesis::traps::{Point, Trap};
use persister::Unsynced;
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// A server goes down in the middle of what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashAt {
    /// Where in its code.
    pub point: Point,
    /// At which time that it gets there, from 1.
    pub nth: u64,
    /// What becomes of writes that were not synced.
    #[serde(with = "UnsyncedDef")]
    pub unsynced: Unsynced,
    /// How long it is down, in milliseconds.
    pub down_ms: u64,
}

/// Those that servers have which are processes.
pub(crate) const LIVE_POINTS: [Point; 3] = [Point::AfterWrite, Point::AfterSave, Point::AfterSync];

impl Draw for CrashAt {
    const SWARM_PER_MILLION: u32 = 500_000;

    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    fn draw(rng: &mut Rng) -> CrashAt {
        CrashAt {
            point: *rng.pick(&Point::ALL),
            // The first time is the one that a step's target and event were chosen for.
            nth: if rng.chance(500_000) { 1 } else { rng.range(2..=8) },
            unsynced: super::draw_unsynced(rng),
            down_ms: super::draw_down_ms(rng),
        }
    }

    fn check(&self) -> Result<(), String> {
        at_least("nth", self.nth, 1)
    }

    fn check_live(&self) -> Result<(), String> {
        match LIVE_POINTS.contains(&self.point) {
            true => Ok(()),
            false => {
                Err("`point` must be `after-write`, `after-save` or `after-sync` in a live run: \
                          processes end at no other"
                    .to_owned())
            }
        }
    }
}

impl Fault for CrashAt {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            scene.field.set_trap(Trap {
                key: scene.key,
                server,
                point: self.point,
                countdown: self.nth,
                unsynced: self.unsynced,
                down_ms: self.down_ms,
            });
        }
        Ok(())
    }

    fn sets_traps(&self) -> bool {
        true
    }

    fn heal(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        scene.field.remove_traps(|trap| trap.key == scene.key);
        Ok(())
    }
}
