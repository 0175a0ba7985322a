//! Bridge: two halves that only the servers it hits can talk with both of.
//!
//! The halves can't talk to each other. The bridge hears of leaders on both sides, and, hit alone,
//! makes a majority with either half. No server crashes.
//!
//! Source: Jepsen's bridge; the etcd and Omni-Paxos reports on partial partitions, where a leader
//! that lost its quorum keeps the bridge from voting for another.

use super::Draw;
use crate::Failure;
use crate::nemesis::fault::{Closing, Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Two halves that only the servers it hits can talk with both of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Bridge {
    fn draw(rng: &mut Rng) -> Bridge {
        Bridge { closing: Closing::draw(rng) }
    }
}

impl Fault for Bridge {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let mut others = scene.others();
        scene.rng.shuffle(&mut others);
        let (one, other) = others.split_at(others.len() / 2);
        scene.separate(one, other, self.closing);
        Ok(())
    }
}
