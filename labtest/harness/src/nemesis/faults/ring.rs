//! Ring of majorities: every server can talk with a majority, no two with the same one.
//!
//! The servers stand in a ring by chance, and each talks with its nearest neighbours only, as few as
//! make a majority with it. With three servers or fewer that are all of them, and nothing is closed.
//! Whom the fault hits does not matter. No server crashes.
//!
//! Source: Jepsen's majorities ring.

use super::{Aim, Draw};
use crate::Failure;
use crate::nemesis::fault::{Closing, Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Every server can talk with a majority, no two with the same one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Ring {
    const AIM: Aim = Aim::Nobody;

    fn draw(rng: &mut Rng) -> Ring {
        Ring { closing: Closing::draw(rng) }
    }
}

impl Fault for Ring {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let servers = scene.field.servers();
        let mut ring: Vec<usize> = (0..servers).collect();
        scene.rng.shuffle(&mut ring);
        let reach = scene.field.majority() / 2;
        for (place, from) in ring.iter().enumerate() {
            for (other_place, to) in ring.iter().enumerate() {
                let apart = place.abs_diff(other_place);
                if apart.min(servers - apart) > reach {
                    scene.close([(*from, *to)], self.closing);
                }
            }
        }
        Ok(())
    }
}
