//! Delay: messages take longer, by one of three distributions.
//!
//! Each message draws its own delay, so later ones overtake earlier ones. None is lost, and a
//! uniform delay never exceeds its bound; an exponential one has a few that are several times the
//! mean, a heavy tail some that take as long as it allows.
//!
//! Source: Maelstrom's latency distributions (constant, uniform, exponential); Jepsen's slow
//! network.

use super::{Aim, Draw, at_least};
use crate::Failure;
use crate::nemesis::effect::LinkChange;
use crate::nemesis::fault::{Fault, Scene, Way};
use labrpc::Delay as LinkDelay;
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Messages take longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// How the delays are distributed.
    pub shape: Shape,
    /// The longest delay (uniform, heavy tail) or the mean (exponential), in milliseconds.
    pub ms: u64,
    /// On which of its servers' links.
    #[serde(default)]
    pub way: Way,
}

/// How delays are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// All delays up to the bound are as likely.
    Uniform,
    /// Mostly short, a few several times the mean.
    Exponential,
    /// At least a millisecond, and half as likely with each doubling, up to the bound.
    HeavyTail,
}

impl Shape {
    /// The delay of that distribution and size.
    pub(crate) fn delay(self, ms: u64) -> LinkDelay {
        match self {
            Shape::Uniform => LinkDelay::uniform_ms(0, ms),
            Shape::Exponential => LinkDelay::Exponential { mean: Duration::from_millis(ms) },
            Shape::HeavyTail => LinkDelay::HeavyTail {
                min: Duration::from_millis(1),
                max: Duration::from_millis(ms.max(1)),
            },
        }
    }

    pub(crate) fn draw(rng: &mut Rng) -> Shape {
        *rng.pick(&[Shape::Uniform, Shape::Exponential, Shape::HeavyTail])
    }
}

impl Draw for Delay {
    const AIM: Aim = Aim::Links;

    fn draw_length(rng: &mut Rng) -> u64 {
        rng.range(500..=8000)
    }

    fn draw(rng: &mut Rng) -> Delay {
        let shape = Shape::draw(rng);
        let ms = match shape {
            Shape::Uniform => rng.range(10..=300),
            Shape::Exponential => rng.range(5..=100),
            Shape::HeavyTail => rng.range(200..=3000),
        };
        Delay { shape, ms, way: *rng.pick(&[Way::Both, Way::In, Way::Out]) }
    }

    fn check(&self) -> Result<(), String> {
        at_least("ms", self.ms, 1)
    }
}

impl Fault for Delay {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let delay = Some(self.shape.delay(self.ms));
        scene.change_links(self.way, &LinkChange { delay, ..LinkChange::default() });
        Ok(())
    }
}
