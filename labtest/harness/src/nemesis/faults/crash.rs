//! Crash: servers go down, all that it hits at once, and start again when it ends.
//!
//! A server's tasks vanish wherever they stand, with everything in its memory. What was synced is on
//! its disk; of what was not, some or all may be gone, never something in the middle. Messages it
//! had sent are still under way if the scenario's network says so. A crash that lasts no time is a
//! restart at once, within the same term.
//!
//! Source: `crash1` and `start1` of the MIT lab, one server at a time; Jepsen's kill; power failure
//! of a rack for those that hit several.

use super::{Draw, UnsyncedDef};
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Fault, Scene};
use persister::Unsynced;
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Servers go down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// What becomes of writes that were not synced.
    #[serde(with = "UnsyncedDef")]
    pub unsynced: Unsynced,
}

impl Draw for Crash {
    const SWARM_PER_MILLION: u32 = 600_000;

    fn draw_length(rng: &mut Rng) -> u64 {
        super::draw_down_ms(rng)
    }

    fn draw(rng: &mut Rng) -> Crash {
        Crash { unsynced: super::draw_unsynced(rng) }
    }
}

impl Fault for Crash {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            scene.lay(Effect::Down { server, unsynced: self.unsynced });
        }
        Ok(())
    }

    fn shows_itself(&self) -> bool {
        true
    }
}
