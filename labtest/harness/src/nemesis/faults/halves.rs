//! Halves: the servers fall into two halves by chance, those that it hits in the same one if they
//! fit.
//!
//! With an even number of servers neither half has a majority. Each half can talk within itself. No
//! server crashes.
//!
//! Source: Jepsen's random halves.

use super::{Aim, Draw};
use crate::Failure;
use crate::nemesis::fault::{Closing, Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// The servers fall into two halves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Halves {
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Halves {
    const AIM: Aim = Aim::Nobody;

    fn draw(rng: &mut Rng) -> Halves {
        Halves { closing: Closing::draw(rng) }
    }
}

impl Fault for Halves {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let mut others = scene.others();
        scene.rng.shuffle(&mut others);
        let mut all = scene.servers.to_vec();
        all.extend(others);
        let (one, other) = all.split_at(all.len() / 2);
        scene.separate(one, other, self.closing);
        Ok(())
    }
}
