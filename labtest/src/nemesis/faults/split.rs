//! Split: the servers that it hits on one side, all others on the other.
//!
//! Each side can talk within itself and not with the other. Hit a minority and the others go on;
//! hit a majority and a leader left on the small side can commit nothing. No server crashes.
//!
//! Source: Jepsen's majority/minority partitions; the MIT lab's `partition`.

use super::Draw;
use crate::Failure;
use crate::nemesis::fault::{Closing, Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// The servers that it hits on one side, all others on the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Split {
    fn draw(rng: &mut Rng) -> Split {
        Split { closing: Closing::draw(rng) }
    }
}

impl Fault for Split {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        scene.separate(scene.servers, &scene.others(), self.closing);
        Ok(())
    }
}
