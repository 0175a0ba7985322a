//! Duplicates: requests arrive twice.
//!
//! The copy has another delay, so it may come first, or long after. A copy is never altered,
//! and its reply goes nowhere: a caller sees the first reply to its call. The reply to a request
//! that was asked again, such as a second RequestVote of the same election, does arrive twice.
//!
//! Source: retransmission in real networks; the replays of TigerBeetle's VOPR. The MIT lab has none.

use super::{Aim, Draw, percent};
use crate::Failure;
use crate::nemesis::effect::LinkChange;
use crate::nemesis::fault::{Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Requests arrive twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicate {
    /// How many of a hundred requests.
    pub percent: u32,
    /// On which of its servers' links.
    #[serde(default)]
    pub way: Way,
}

impl Draw for Duplicate {
    const AIM: Aim = Aim::Links;

    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    fn draw(rng: &mut Rng) -> Duplicate {
        Duplicate { percent: rng.range(10..=80) as u32, way: Way::Both }
    }

    fn check(&self) -> Result<(), String> {
        percent("percent", self.percent)
    }
}

impl Fault for Duplicate {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let change =
            LinkChange { duplicate_per_million: self.percent * 10_000, ..LinkChange::default() };
        scene.change_links(self.way, &change);
        Ok(())
    }
}
