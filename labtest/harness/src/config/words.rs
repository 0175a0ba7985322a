//! A configuration in a line, for reports.

use super::Config;
use toml::{Table, Value};

impl Config {
    /// The election timeouts and heartbeats, what else of Raft's options is not as by default, by its key in a
    /// configuration file, and what snapshots are like.
    ///
    /// ```
    /// # use harness as labtest;
    /// let mut config = labtest::Config::new(3);
    /// config.raft.check_quorum = true;
    /// let words = "elections after 350 to 700 ms, heartbeats every 100 ms, check_quorum = true; no snapshots";
    /// assert_eq!(config.words(), words);
    /// ```
    pub fn words(&self) -> String {
        let snapshots = Snapshots {
            interval: if self.snapshots { self.snapshot_interval } else { 0 },
            shift: self.snapshot_shift,
            bytes: self.snapshot_bytes,
            piece_bytes_max: self.raft.snapshot_piece_bytes_max,
        };
        format!("{}; {}", raft_words(&self.raft), snapshots.words())
    }
}

/// What snapshots are like.
pub(crate) struct Snapshots {
    /// How many entries there are from one to the next; 0 where there are none.
    pub(crate) interval: u64,
    pub(crate) shift: u64,
    pub(crate) bytes: usize,
    pub(crate) piece_bytes_max: usize,
}

impl Snapshots {
    pub(crate) fn words(&self) -> String {
        let Snapshots { interval, shift, bytes, piece_bytes_max } = *self;
        let earlier = match shift {
            0 => String::new(),
            shift => format!(", {shift} earlier by server"),
        };
        let filled = match bytes {
            0 => "not filled up".to_owned(),
            bytes => format!("filled up to {bytes} bytes"),
        };
        match interval {
            0 => "no snapshots".to_owned(),
            interval => format!(
                "a snapshot every {interval} entries{earlier}, {filled}, sent in pieces of {piece_bytes_max} bytes"
            ),
        }
    }
}

/// Told in words, or with the snapshots.
const IN_WORDS: [&str; 4] = [
    "election_timeout_min_ms",
    "election_timeout_max_ms",
    "heartbeat_interval_ms",
    "snapshot_piece_bytes_max",
];

/// `elections after 350 to 700 ms, heartbeats every 100 ms, check_quorum = true`.
pub(crate) fn raft_words(raft: &raft::Config) -> String {
    // It is read from such a table.
    let keys = |config: &raft::Config| Table::try_from(config).unwrap_or_default();
    let (own, default) = (keys(raft), keys(&raft::Config::default()));
    let is_told = |(key, value): &(&String, &Value)| {
        default.get(*key) != Some(*value) && !IN_WORDS.contains(&key.as_str())
    };
    let others: String =
        own.iter().filter(is_told).map(|(key, value)| format!(", {key} = {value}")).collect();
    format!(
        "elections after {} to {} ms, heartbeats every {} ms{others}",
        raft.election_timeout_min_ms, raft.election_timeout_max_ms, raft.heartbeat_interval_ms
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_by_default_is_told_by_its_key() {
        let raft = raft::Config { inflight_max: 1, pre_vote: true, ..raft::Config::default() };
        let config = Config { raft, snapshots: true, snapshot_interval: 7, ..Config::new(3) };
        let words = "elections after 350 to 700 ms, heartbeats every 100 ms, inflight_max = 1, pre_vote = true; \
                     a snapshot every 7 entries, not filled up, sent in pieces of 1048576 bytes";
        assert_eq!(config.words(), words);
    }
}
