//! Clock rate: a server's clock runs faster or slower, and with it all its timers.
//!
//! What the clock shows when that begins and ends stays as it is, so time never goes back. A fast
//! clock makes a server stand for election early, a slow one makes a leader's heartbeats rare. Raft's
//! safety must not depend on clocks; the dissertation's leases (section 6.4.1) do. True time, which
//! messages and faults keep to, is as ever.
//!
//! Source: Jepsen's clock nemesis; drifting clocks of virtual machines.

use super::{Draw, at_least};
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// A server's clock runs at another rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRate {
    /// The rate in percent: 200 is twice as fast. 10 to 1000.
    pub percent: u32,
}

impl Draw for ClockRate {
    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    fn draw(rng: &mut Rng) -> ClockRate {
        ClockRate { percent: *rng.pick(&[25, 50, 80, 90, 110, 130, 200, 400]) }
    }

    fn check(&self) -> Result<(), String> {
        at_least("percent", u64::from(self.percent), 10)?;
        super::at_most("percent", u64::from(self.percent), 1000)
    }
}

impl Fault for ClockRate {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            scene.lay(Effect::ClockRate { server, rate_per_million: self.percent * 10_000 });
        }
        Ok(())
    }
}
