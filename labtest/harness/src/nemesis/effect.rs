//! What a fault can lay on the field, in the smallest pieces.

use super::fault::Closing;
use super::world::SyncDelay;
use labrpc::{Delay, Late, LinkConfig, Path};
use persister::Unsynced;

/// One thing that is wrong with one link or one server.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields say whom it hits, by number")]
pub enum Effect {
    /// The directed link carries nothing.
    Closed { from: usize, to: usize, closing: Closing },
    /// The directed link behaves differently.
    Link { from: usize, to: usize, change: LinkChange },
    /// The server's tasks and timers stand still, its messages wait.
    Pause { server: usize },
    /// The server's clock runs at another rate.
    ClockRate { server: usize, rate_per_million: u32 },
    /// The server is down. Its crash does this to what was not synced.
    Down { server: usize, unsynced: Unsynced },
    /// The server's syncs take at least that long.
    SlowDisk { server: usize, sync: SyncDelay },
    /// The server's disk takes no writes.
    FullDisk { server: usize },
}

/// How a link differs from its usual self. What several changes say of one thing, the worst holds
/// for chances, the last one for delays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkChange {
    /// Which messages it is about.
    pub messages: Messages,
    /// How many of a million are lost.
    pub loss_per_million: u32,
    /// How many of a million requests arrive twice.
    pub duplicate_per_million: u32,
    /// How long they take instead.
    pub delay: Option<Delay>,
    /// That some of them come late.
    pub late: Option<Late>,
}

/// Which messages of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Messages {
    /// All of them.
    #[default]
    All,
    /// Requests only.
    Requests,
    /// Replies only.
    Replies,
}

impl LinkChange {
    pub(super) fn apply(&self, config: &mut LinkConfig) {
        if self.messages != Messages::Replies {
            self.apply_to(&mut config.request);
        }
        if self.messages != Messages::Requests {
            self.apply_to(&mut config.reply);
        }
    }

    fn apply_to(&self, path: &mut Path) {
        path.loss_per_million = path.loss_per_million.max(self.loss_per_million);
        path.duplicate_per_million = path.duplicate_per_million.max(self.duplicate_per_million);
        if let Some(delay) = &self.delay {
            path.delay = delay.clone();
        }
        if let Some(late) = &self.late {
            path.late = Some(late.clone());
        }
    }
}
