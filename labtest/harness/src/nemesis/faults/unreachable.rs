//! Unreachable: clients can't reach the servers that it hits, or don't hear what these answer.
//!
//! The servers hear each other as ever, so a leader goes on to lead, and nobody asks it anything; or it does what
//! it is asked, and nobody learns of it, so that clients ask again, and elsewhere. Clients of a log are beside the
//! servers and not cut off.
//!
//! Source: Jepsen's clients, which live in the same network as the servers; retries of what was done already.

use super::Draw;
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Closing, Fault, Scene, Way};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// Nothing goes between clients and its servers, or only one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreachable {
    /// What is closed: the way `in` to the servers, the way `out` to clients, or `both`.
    #[serde(default)]
    pub way: Way,
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Unreachable {
    const SWARM_PER_MILLION: u32 = 150_000;

    fn draw(rng: &mut Rng) -> Unreachable {
        let way = *rng.pick(&[Way::Both, Way::In, Way::Out]);
        Unreachable { way, closing: Closing::draw(rng) }
    }
}

impl Fault for Unreachable {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            for way in [Way::In, Way::Out] {
                if self.way == Way::Both || self.way == way {
                    let closing = self.closing;
                    scene.lay(Effect::ClientsClosed { server, way, closing });
                }
            }
        }
        Ok(())
    }
}
