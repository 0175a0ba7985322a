//! Loss: links lose messages by chance.
//!
//! It hits each message that crosses the links of its servers, on its own. It never loses all of
//! them unless it says 100 percent, and never anything between servers that it does not hit. The
//! caller learns of a loss as the scenario's network has it: at once, or later.
//!
//! Source: the unreliable network of the MIT lab (a tenth each way); the packet simulator of
//! TigerBeetle's VOPR (up to 30 percent).

use super::{Aim, Draw, percent};
use crate::Failure;
use crate::nemesis::effect::{LinkChange, Messages};
use crate::nemesis::fault::{Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Links lose messages by chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// How many of a hundred messages are lost.
    pub percent: u32,
    /// On which of its servers' links.
    #[serde(default)]
    pub way: Way,
    /// Which messages.
    #[serde(default)]
    pub messages: Messages,
}

impl Draw for Loss {
    const AIM: Aim = Aim::Links;

    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    fn draw(rng: &mut Rng) -> Loss {
        Loss {
            percent: rng.range(5..=60) as u32,
            way: *rng.pick(&[Way::Both, Way::Both, Way::In, Way::Out]),
            messages: *rng.pick(&[
                Messages::All,
                Messages::All,
                Messages::Requests,
                Messages::Replies,
            ]),
        }
    }

    fn check(&self) -> Result<(), String> {
        percent("percent", self.percent)
    }
}

impl Fault for Loss {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let change = LinkChange {
            messages: self.messages,
            loss_per_million: self.percent * 10_000,
            ..LinkChange::default()
        };
        scene.change_links(self.way, &change);
        Ok(())
    }
}
