//! What a fault can lay on the field, in the smallest pieces.

use labrpc::{Delay, Late, LinkConfig, Path};
use persister::Unsynced;
use std::time::Duration;

/// One thing that is wrong with one link or one server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// The directed link carries nothing; what is on it is lost.
    Cut { from: usize, to: usize },
    /// What arrives over the directed link waits, and arrives when this is over.
    Hold { from: usize, to: usize },
    /// The directed link behaves differently.
    Link { from: usize, to: usize, change: LinkChange },
    /// The server's tasks and timers stand still, its messages wait.
    Pause { server: usize },
    /// The server's clock runs at another rate.
    ClockRate { server: usize, rate_per_million: u32 },
    /// The server is down. Its crash does this to what was not synced.
    Down { server: usize, unsynced: Unsynced },
    /// The server's syncs take at least that long.
    SlowDisk { server: usize, sync: (Duration, Duration) },
    /// The server's disk takes no writes.
    FullDisk { server: usize },
}

/// How a link differs from its usual self. What several changes say of one thing, the worst holds
/// for chances, the last one for delays.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LinkChange {
    pub(crate) messages: Messages,
    pub(crate) loss_per_million: u32,
    pub(crate) duplicate_per_million: u32,
    pub(crate) delay: Option<Delay>,
    pub(crate) late: Option<Late>,
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
