//! Reordering: messages that are sent close together overtake each other.
//!
//! Some messages wait for a few tens of milliseconds, so that those sent after them come first. None is
//! lost and none is later than that; for messages that are seconds old there is `late`.
//!
//! Source: the MIT lab's unreliable network, which delays requests by up to 26 ms; reordering in
//! netem and Jepsen's packet faults.

use super::{Aim, Draw, at_least, percent};
use crate::Failure;
use crate::nemesis::effect::LinkChange;
use crate::nemesis::fault::{Fault, Scene, Way};
use labrpc::{Delay, Late};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Messages that are sent close together overtake each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reorder {
    /// How many of a hundred messages wait.
    pub percent: u32,
    /// At most how long, in milliseconds.
    pub ms: u64,
}

impl Draw for Reorder {
    const AIM: Aim = Aim::Links;

    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    fn draw(rng: &mut Rng) -> Reorder {
        Reorder { percent: rng.range(10..=70) as u32, ms: rng.range(3..=60) }
    }

    fn check(&self) -> Result<(), String> {
        percent("percent", self.percent)?;
        at_least("ms", self.ms, 1)
    }
}

impl Fault for Reorder {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let late =
            Late { per_million: self.percent * 10_000, delay: Delay::uniform_ms(0, self.ms) };
        let change = LinkChange { late: Some(late), ..LinkChange::default() };
        scene.change_links(Way::Both, &change);
        Ok(())
    }
}
