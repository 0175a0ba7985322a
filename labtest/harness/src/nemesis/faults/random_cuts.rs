//! Random cuts: each directed link is closed or not, by chance.
//!
//! That makes every partition there is, partial and one-way ones among them. Whom the fault hits
//! does not matter. No server crashes.
//!
//! Source: random directed link failures, as in TLA+ models of message loss; the partitions of the
//! Omni-Paxos paper (section 2) are among them.

use super::{Aim, Draw, percent};
use crate::Failure;
use crate::nemesis::fault::{Closing, Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Each directed link is closed or not, by chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomCuts {
    /// How many of a hundred links are closed.
    pub percent: u32,
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for RandomCuts {
    const AIM: Aim = Aim::Nobody;

    fn draw(rng: &mut Rng) -> RandomCuts {
        RandomCuts { percent: rng.range(10..=70) as u32, closing: Closing::draw(rng) }
    }

    fn check(&self) -> Result<(), String> {
        percent("percent", self.percent)
    }
}

impl Fault for RandomCuts {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for from in 0..scene.field.servers() {
            for to in 0..scene.field.servers() {
                if scene.rng.chance(self.percent * 10_000) {
                    scene.close([(from, to)], self.closing);
                }
            }
        }
        Ok(())
    }
}
