//! Pause: a server stands still and goes on later as if nothing had happened.
//!
//! None of its tasks runs, no timer of it fires, messages to it wait; when it goes on all of that
//! happens at once, timers that came due among it. It loses nothing, its clock goes on, and what it
//! had sent before arrives.
//!
//! Source: Jepsen's SIGSTOP nemesis; garbage collection and the migration of virtual machines.

use super::Draw;
use crate::Failure;
use crate::nemesis::effect::Effect;
use crate::nemesis::fault::{Fault, Scene};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// A server stands still.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {}

impl Draw for Pause {
    fn draw(_rng: &mut Rng) -> Pause {
        Pause {}
    }
}

impl Fault for Pause {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        for &server in scene.servers {
            scene.lay(Effect::Pause { server });
        }
        Ok(())
    }
}
