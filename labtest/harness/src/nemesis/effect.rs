//! What a fault can lay on the field, in the smallest pieces.

use super::fault::{Closing, Way};
use super::world::SyncDelay;
use labrpc::{Delay, Late, LinkConfig, Path, Throttle};
use persister::Unsynced;
use std::time::Duration;

/// One thing that is wrong with one link or one server.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields say whom it hits, by number")]
pub enum Effect {
    /// The directed link carries nothing.
    Closed { from: usize, to: usize, closing: Closing },
    /// The directed link behaves differently.
    Link { from: usize, to: usize, change: LinkChange },
    /// What clients send to the server (`Way::In`) or what it answers them (`Way::Out`) does not arrive.
    ClientsClosed { server: usize, way: Way, closing: Closing },
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

/// What waits longer than that for its turn on a throttled link is lost, as late messages are never later than
/// some seconds.
const THROTTLED_WAIT_MAX: Duration = Duration::from_secs(2);

/// How a link differs from its usual self. What several changes say of one thing, the worst holds
/// for chances and rates, the last one for delays.
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
    /// How much the link carries, whatever messages it is about.
    pub throttle_bytes_per_s: Option<u64>,
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
        if let Some(rate) = self.throttle_bytes_per_s {
            let before = config.throttle.map_or(u64::MAX, |throttle| throttle.bytes_per_s);
            let (bytes_per_s, wait_max) = (rate.min(before), THROTTLED_WAIT_MAX);
            config.throttle = Some(Throttle { bytes_per_s, wait_max });
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
