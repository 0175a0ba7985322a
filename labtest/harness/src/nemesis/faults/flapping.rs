//! Flapping: the links of its servers close and open again and again.
//!
//! All at once, both ways, with times drawn again each time. Each phase lasts at least half of what is given
//! and at most one and a half times that. No server crashes.
//!
//! Source: a loose cable; the flaky nemesis of Jepsen suites.

use super::{Draw, at_least};
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Closing, Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The links of its servers close and open again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flapping {
    /// About how long the links are closed, in milliseconds.
    pub closed_ms: u64,
    /// About how long they are open, in milliseconds.
    pub open_ms: u64,
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Flapping {
    fn draw(rng: &mut Rng) -> Flapping {
        Flapping {
            closed_ms: rng.range(20..=600),
            open_ms: rng.range(20..=600),
            closing: Closing::draw(rng),
        }
    }

    fn check(&self) -> Result<(), String> {
        at_least("closed_ms", self.closed_ms, 1)?;
        at_least("open_ms", self.open_ms, 1)
    }
}

impl Fault for Flapping {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let closing = self.closing;
        scene.will_close(scene.links(Way::Both));
        let mut at = Duration::ZERO;
        while at < scene.lasts {
            scene.later(at, move |scene| {
                scene.close(scene.links(Way::Both), closing);
                Ok(())
            });
            at += about(self.closed_ms, scene.rng);
            scene.later(at, |scene| {
                let key = scene.key;
                let closes = |effect: &Effect| matches!(effect, Effect::Closed { .. });
                scene.field.take_back(|known, effect| known == key && closes(effect))
            });
            at += about(self.open_ms, scene.rng);
        }
        Ok(())
    }
}

fn about(ms: u64, rng: &mut Rng) -> Duration {
    let ms = Duration::from_millis(ms);
    rng.duration(ms / 2..=ms + ms / 2)
}
