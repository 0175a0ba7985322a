//! Swizzle-clogging: some servers stop one after another and come back in another order.
//!
//! In the first half of its time each server that it hits is clogged at another moment: its
//! links hold what arrives. In the second half each is released at another moment, and what was
//! held arrives at once. Nothing is lost, no server crashes.
//!
//! Source: FoundationDB's RandomClogging workload.

use super::Draw;
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Closing, Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Its servers stop one after another and come back in another order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swizzle {}

impl Draw for Swizzle {
    fn draw(_rng: &mut Rng) -> Swizzle {
        Swizzle {}
    }
}

impl Fault for Swizzle {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let half = scene.lasts / 2;
        scene.will_close(scene.links(Way::Both));
        for &server in scene.servers {
            let stops = scene.rng.duration(std::time::Duration::ZERO..=half);
            let comes_back = half + scene.rng.duration(std::time::Duration::ZERO..=half);
            scene.later(stops, move |scene| {
                let others = 0..scene.field.servers();
                scene.close(others.flat_map(|it| [(server, it), (it, server)]), Closing::Hold);
                Ok(())
            });
            scene.later(comes_back, move |scene| {
                let key = scene.key;
                let clogs = |effect: &Effect| match effect {
                    Effect::Closed { from, to, .. } => *from == server || *to == server,
                    _ => false,
                };
                scene.field.take_back(|known, effect| known == key && clogs(effect))
            });
        }
        Ok(())
    }
}
