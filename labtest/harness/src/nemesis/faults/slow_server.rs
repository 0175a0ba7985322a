//! Slow server: everything it sends and receives, and every sync of its disk, takes longer.
//!
//! So it looks as from outside a busy machine does. Nothing is lost and it never stands still. Its
//! timers are on time, so a server that is slow enough stands for election although there is a
//! leader.
//!
//! Source: fail-slow hardware; Jepsen's slow nodes.

use super::{Draw, at_least};
use crate::Failure;
use crate::nemesis::effect::{Effect, LinkChange};
use crate::nemesis::fault::{Fault, Scene, Way};
use labrpc::Delay;
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A server takes longer for everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowServer {
    /// About how much longer, in milliseconds: between half and one and a half times that.
    pub ms: u64,
}

impl Draw for SlowServer {
    fn draw(rng: &mut Rng) -> SlowServer {
        SlowServer { ms: rng.range(5..=250) }
    }

    fn check(&self) -> Result<(), String> {
        at_least("ms", self.ms, 1)
    }
}

impl Fault for SlowServer {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let ms = Duration::from_millis(self.ms);
        let (min, max) = (ms / 2, ms + ms / 2);
        let delay = Some(Delay::Uniform(min, max));
        scene.change_links(Way::Both, &LinkChange { delay, ..LinkChange::default() });
        for &server in scene.servers {
            scene.lay(Effect::SlowDisk { server, sync: (min, max) });
        }
        Ok(())
    }
}
