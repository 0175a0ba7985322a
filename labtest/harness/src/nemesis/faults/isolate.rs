//! Isolation: each server that it hits is cut off from all others.
//!
//! Isolate the leader and it goes on accepting what it can't commit. The servers run on; only their
//! links are closed, both ways. Those that are not hit can talk to each other.
//!
//! Source: `disconnect` of the MIT lab; Jepsen's isolated node.

use super::Draw;
use crate::Failure;
use crate::nemesis::fault::{Closing, Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Each server that it hits is cut off from all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolate {
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Isolate {
    const SWARM_PER_MILLION: u32 = 500_000;

    fn draw(rng: &mut Rng) -> Isolate {
        Isolate { closing: Closing::draw(rng) }
    }
}

impl Fault for Isolate {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        scene.close(scene.links(Way::Both), self.closing);
        Ok(())
    }
}
