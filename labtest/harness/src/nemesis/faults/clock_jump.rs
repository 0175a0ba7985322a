//! Clock jump: a server's clock jumps forward, and the timers it passes are due at once.
//!
//! A clock never goes back, as no monotonic clock does. It does not jump back at the end either; a
//! restart sets it right.
//!
//! Source: Jepsen's clock bumps; a virtual machine that wakes up.

use super::{Draw, at_least};
use crate::Failure;
use crate::nemesis::fault::{Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A server's clock jumps forward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockJump {
    /// How far, in milliseconds.
    pub ms: u64,
}

impl Draw for ClockJump {
    fn draw(rng: &mut Rng) -> ClockJump {
        ClockJump { ms: rng.range(50..=5000) }
    }

    fn check(&self) -> Result<(), String> {
        at_least("ms", self.ms, 1)
    }
}

impl Fault for ClockJump {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let (world, forward) = (scene.field.world(), Duration::from_millis(self.ms));
        scene.servers.iter().try_for_each(|server| world.jump_clock(*server, forward))
    }
}
