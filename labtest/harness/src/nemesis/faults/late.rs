//! Late messages: some requests and replies come very late, the others as usual.
//!
//! A message of an old term arrives when the cluster is terms ahead, a short AppendEntries after a
//! longer one. Nothing is lost, and the messages that are not late keep their times. A server that
//! crashes meanwhile does not get what was for its earlier life.
//!
//! Source: the long reordering of the MIT lab, which has late replies only, up to 2.2 s; stale
//! requests are what a slow switch or a paused virtual machine delivers.

use super::{Aim, Draw, at_least, percent};
use crate::Failure;
use crate::nemesis::effect::{LinkChange, Messages};
use crate::nemesis::fault::{Fault, Scene, Way};
use labrpc::Delay;
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Some messages come very late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Late {
    /// How many of a hundred messages.
    pub percent: u32,
    /// At least how late, in milliseconds.
    pub min_ms: u64,
    /// At most how late, in milliseconds.
    pub max_ms: u64,
    /// On which of its servers' links.
    #[serde(default)]
    pub way: Way,
    /// Which messages.
    #[serde(default)]
    pub messages: Messages,
}

impl Draw for Late {
    const AIM: Aim = Aim::Links;

    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    fn draw(rng: &mut Rng) -> Late {
        let min_ms = rng.range(10..=500);
        Late {
            percent: rng.range(5..=50) as u32,
            min_ms,
            max_ms: min_ms + rng.range(100..=3000),
            way: *rng.pick(&[Way::Both, Way::In, Way::Out]),
            messages: *rng.pick(&[Messages::All, Messages::Requests, Messages::Replies]),
        }
    }

    fn check(&self) -> Result<(), String> {
        percent("percent", self.percent)?;
        at_least("max_ms", self.max_ms, self.min_ms)
    }
}

impl Fault for Late {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let late = labrpc::Late {
            per_million: self.percent * 10_000,
            delay: Delay::uniform_ms(self.min_ms, self.max_ms),
        };
        let change =
            LinkChange { messages: self.messages, late: Some(late), ..LinkChange::default() };
        scene.change_links(self.way, &change);
        Ok(())
    }
}
