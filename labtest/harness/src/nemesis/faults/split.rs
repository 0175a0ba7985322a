//! Split: the servers that it hits on one side, all others on the other.
//!
//! Each side can talk within itself and not with the other. A person may name the servers of the
//! other side; those of neither side can talk with both. Hit a minority and the others go on;
//! hit a majority and a leader left on the small side can commit nothing. No server crashes.
//!
//! Source: Jepsen's majority/minority partitions; the MIT lab's `partition`.

use super::Draw;
use crate::nemesis::fault::{Closing, Fault, Scene};
use crate::{Failure, ServerSet};
use runtime::Rng;
use serde::{Deserialize, Serialize};

/// The servers that it hits on one side, all others on the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The servers on the other side, by number; all that it does not hit if none are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ServerSet>,
    /// What becomes of messages.
    #[serde(default)]
    pub closing: Closing,
}

impl Draw for Split {
    fn draw(rng: &mut Rng) -> Split {
        Split { from: None, closing: Closing::draw(rng) }
    }
}

impl Fault for Split {
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure> {
        let is_named =
            |server: &usize| self.from.is_none_or(|from| from.iter().any(|it| it == *server));
        let others: Vec<usize> = scene.others().into_iter().filter(is_named).collect();
        scene.separate(scene.servers, &others, self.closing);
        Ok(())
    }
}
