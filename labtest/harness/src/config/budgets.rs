//! What a stretch without faults may cost.

use std::time::Duration;

/// What a stretch without faults may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Elections, each minute begun.
    pub elections_per_minute_max: u64,
    /// Messages, requests and replies, each entry committed.
    pub messages_per_entry_max: u64,
    /// Bytes of requests and replies, each entry committed.
    pub bytes_per_entry_max: u64,
    /// Messages beside those, each second begun: heartbeats.
    pub idle_messages_per_second_max: u64,
    /// Bytes beside those, each second begun.
    pub idle_bytes_per_second_max: u64,
    /// How often one server takes one leader back, because their logs differ.
    pub refusals_max: u64,
    /// Time until a leader acts.
    pub time_to_leader_max: Duration,
}

impl Budgets {
    /// What may cost anything, to be limited here and there.
    pub fn unlimited() -> Budgets {
        Budgets {
            elections_per_minute_max: u64::MAX,
            messages_per_entry_max: u64::MAX,
            bytes_per_entry_max: u64::MAX,
            idle_messages_per_second_max: u64::MAX,
            idle_bytes_per_second_max: u64::MAX,
            refusals_max: u64::MAX,
            time_to_leader_max: Duration::MAX,
        }
    }
}
