//! One way: what the servers that it hits send arrives, and nothing reaches them, or the reverse.
//!
//! A call needs both ways, so its reply is lost where its request is not: a leader that can send and hears
//! nothing holds its followers and commits nothing; a candidate that hears nothing asks forever. No server
//! crashes, and links between others are as they were.
//!
//! Source: Jepsen's and TigerBeetle's asymmetric partitions; the partial failures of Cloudflare's
//! etcd outage of 2020.

use super::Draw;
use crate::Failure;
use crate::nemesis::fault::{Closing, Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// One direction of the links of its servers is closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneWay {
    /// Which direction is closed: `in` or `out`.
    pub closed: Way,
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for OneWay {
    fn draw(rng: &mut Rng) -> OneWay {
        OneWay { closed: *rng.pick(&[Way::In, Way::Out]), closing: Closing::draw(rng) }
    }

    fn check(&self) -> Result<(), String> {
        match self.closed {
            Way::Both => Err("`closed` must be `in` or `out`; for both there is `isolate`".into()),
            Way::In | Way::Out => Ok(()),
        }
    }
}

impl Fault for OneWay {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        scene.close(scene.links(self.closed), self.closing);
        Ok(())
    }
}
