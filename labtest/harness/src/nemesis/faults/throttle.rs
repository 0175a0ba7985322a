//! Throttle: links carry few bytes a second, all messages together.
//!
//! What is large takes long, and what is small waits behind it: a snapshot holds up heartbeats. In a simulation a
//! message that would wait for its turn for more than two seconds is lost; connections make their senders wait.
//! Nothing is lost otherwise, messages keep their order but for the delays that links have anyway, and a link that
//! is free takes a message at once.
//!
//! Source: Jepsen's and Blockade's slow networks; a replica at the end of a thin line.

use super::{Aim, Draw, at_least};
use crate::Failure;
use crate::nemesis::effect::LinkChange;
use crate::nemesis::fault::{Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Links carry few bytes a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// How many, of each directed link.
    pub bytes_per_s: u64,
    /// On which of its servers' links.
    #[serde(default)]
    pub way: Way,
}

impl Draw for Throttle {
    const AIM: Aim = Aim::Links;
    const SWARM_PER_MILLION: u32 = 150_000;

    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    /// From a link that has hardly room for heartbeats to one that only a snapshot fills.
    fn draw(rng: &mut Rng) -> Throttle {
        let bytes_per_s = rng.range(1_000..=2_000) << rng.below(8);
        Throttle { bytes_per_s, way: *rng.pick(&[Way::Both, Way::In, Way::Out]) }
    }

    fn check(&self) -> Result<(), String> {
        at_least("bytes_per_s", self.bytes_per_s, 1)
    }
}

impl Fault for Throttle {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let throttle_bytes_per_s = Some(self.bytes_per_s);
        let change = LinkChange { throttle_bytes_per_s, ..LinkChange::default() };
        scene.change_links(self.way, &change);
        Ok(())
    }
}
