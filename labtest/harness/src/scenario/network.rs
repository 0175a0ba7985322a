//! The network of a scenario when nothing is wrong with it.

use crate::nemesis::faults::Shape;
use labrpc::{Delay, Late, LinkConfig, Network, Path};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How the network behaves when no fault changes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BaseNetwork {
    /// How delays are distributed.
    pub shape: Shape,
    /// The longest delay of a message (uniform, heavy tail) or the mean (exponential), in
    /// milliseconds.
    pub delay_ms: u64,
    /// How many of a hundred messages are lost.
    pub loss_percent: u32,
    /// How many of a hundred requests arrive twice.
    pub duplicate_percent: u32,
    /// How many of a hundred messages are late.
    pub late_percent: u32,
    /// At most how late they are, in milliseconds.
    pub late_ms: u64,
    /// How long after a loss the caller learns that no reply will come, at most, in milliseconds;
    /// 0: when the message would have arrived, as in the lab.
    pub loss_notice_ms: u64,
    /// A call to a server that can't be reached fails after up to 7 s and not up to 0.1 s.
    pub long_delays: bool,
    /// What a server had sent arrives although it crashed meanwhile.
    pub outliving_messages: bool,
}

/// In a few words: how long messages take, and what happens to some of them.
impl std::fmt::Display for BaseNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bound = match self.shape {
            Shape::Exponential => "on average",
            Shape::Uniform | Shape::HeavyTail => "at most",
        };
        write!(f, "{} ms {bound}", self.delay_ms)?;
        for (percent, what) in [
            (self.loss_percent, "lost"),
            (self.duplicate_percent, "twice"),
            (self.late_percent, "late"),
        ] {
            if percent > 0 {
                write!(f, ", {percent} % {what}")?;
            }
        }
        Ok(())
    }
}

impl Default for BaseNetwork {
    /// Up to 2 ms for a message, and nothing is lost.
    fn default() -> BaseNetwork {
        BaseNetwork {
            shape: Shape::Uniform,
            delay_ms: 2,
            loss_percent: 0,
            duplicate_percent: 0,
            late_percent: 0,
            late_ms: 1,
            loss_notice_ms: 0,
            long_delays: false,
            outliving_messages: true,
        }
    }
}

impl BaseNetwork {
    /// What its links do.
    pub(crate) fn link(&self) -> LinkConfig {
        let late = (self.late_percent > 0).then(|| Late {
            per_million: self.late_percent * 10_000,
            delay: Delay::uniform_ms(0, self.late_ms),
        });
        let path = Path {
            delay: self.shape.delay(self.delay_ms),
            late,
            loss_per_million: self.loss_percent * 10_000,
            duplicate_per_million: self.duplicate_percent * 10_000,
        };
        LinkConfig::from(path)
    }

    /// Sets what is the network's and not a link's.
    pub(crate) fn set_up(&self, network: &Network) {
        network.set_long_delays(self.long_delays);
        // What a cut loses is lost here; `Closing` says what is held instead.
        network.set_arriving_requests(false);
        network.set_outliving_messages(self.outliving_messages);
        let latest = Duration::from_millis(self.loss_notice_ms);
        network.set_loss_notice(Delay::Uniform(Duration::ZERO, latest));
    }
}
