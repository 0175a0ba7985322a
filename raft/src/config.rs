//! The knobs of a Raft server.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a server behaves where the paper leaves a choice.
///
/// ```
/// use raft::Config;
///
/// let config = Config { pre_vote: true, ..Config::default() };
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The shortest time without a leader after which a server stands for election, in
    /// milliseconds. Default 350: a follower still waits after three lost heartbeats.
    pub election_timeout_min_ms: u64,
    /// The longest such time, in milliseconds. Each server draws its own between the two, so that
    /// rarely two stand at once (extended Raft paper, section 5.2). Default 700.
    pub election_timeout_max_ms: u64,
    /// A server that has been sent nothing for that long is sent a heartbeat, in milliseconds.
    /// Default 100: the lab allows about ten rounds a second.
    pub heartbeat_interval_ms: u64,
    /// How long a leader waits for entries that can carry a new commit index along, before it sends
    /// that alone, in milliseconds. Halves the messages of a busy cluster; 0 sends it at once.
    /// Default 10.
    pub commit_notice_ms: u64,
    /// A request without a reply for that long counts as lost, in milliseconds. Default 1000.
    pub rpc_timeout_ms: u64,
    /// Ask whether an election could be won before starting one, so that a server that comes back
    /// from isolation does not disturb a working leader (Raft dissertation, section 9.6).
    /// Default false.
    pub pre_vote: bool,
    /// A leader that has not heard from a majority for `election_timeout_max_ms` steps down, and a
    /// server that has just heard from a leader does not vote (dissertation, sections 6.2 and
    /// 4.2.3). Default false.
    pub check_quorum: bool,
    /// For how long a leader may answer reads without asking anyone, counted from when it sent the
    /// last heartbeats that a majority has answered, in milliseconds (dissertation, section
    /// 6.4.1). Needs `check_quorum`. Only safe while no server's clock runs faster than the
    /// leader's by more than the ratio of `election_timeout_min_ms` to this. Default 0: it always
    /// asks.
    pub lease_ms: u64,
    /// About how many bytes of entries one AppendEntries carries at most; a single entry may be
    /// larger. Default 64 KiB.
    pub batch_bytes_max: usize,
    /// How many AppendEntries with entries may be under way to one server. Default 8.
    pub inflight_max: usize,
    /// How many bytes of a snapshot one InstallSnapshot carries at most. One is under way to a server at
    /// a time. Default 1 MiB.
    pub snapshot_piece_bytes_max: usize,
    /// A snapshot that came from a leader is for the service to read from the persister
    /// ([`ApplyMsg::StoredSnapshot`](raft_api::ApplyMsg)) and not handed over in memory. Default false.
    pub snapshots_stay_on_disk: bool,
    /// How many bytes a command may have; 0 for no limit. An AppendEntries carries a command whole, so it
    /// must be well below what the network carries. Default 0.
    pub command_bytes_max: usize,
    /// About how many bytes of entries that are not committed a leader has at most, so that clients that
    /// are faster than the cluster are told to wait; 0 for no limit. What is started when nothing else waits
    /// may be more. Default 0.
    pub uncommitted_bytes_max: usize,
    /// How many reads may wait at a leader for a majority to confirm that it leads; 0 for no limit.
    /// Default 0.
    pub reads_waiting_max: usize,
    /// How long such a read waits, in milliseconds, and up to a heartbeat interval longer; 0 for as long as
    /// it takes. Default 0.
    pub read_timeout_ms: u64,
    /// A follower whose connection to its leader breaks, which a crash of the leader's process does at once,
    /// stands for election after up to this time, drawn again each time, in milliseconds; 0 for after the
    /// election timeout. Needs `pre_vote`: a leader that is still there stays one. Default 0.
    pub disconnected_timeout_max_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            election_timeout_min_ms: 350,
            election_timeout_max_ms: 700,
            heartbeat_interval_ms: 100,
            commit_notice_ms: 10,
            rpc_timeout_ms: 1000,
            pre_vote: false,
            check_quorum: false,
            lease_ms: 0,
            batch_bytes_max: 64 * 1024,
            inflight_max: 8,
            snapshot_piece_bytes_max: 1024 * 1024,
            snapshots_stay_on_disk: false,
            command_bytes_max: 0,
            uncommitted_bytes_max: 0,
            reads_waiting_max: 0,
            read_timeout_ms: 0,
            disconnected_timeout_max_ms: 0,
        }
    }
}

/// A value in a [`Config`] that can't work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {value}, but must be {expected}")]
pub struct ConfigError {
    /// The field.
    pub key: &'static str,
    /// What it says.
    pub value: u64,
    /// What it may say.
    pub expected: String,
}

impl Config {
    /// For a cluster of processes that serves clients: it finds another leader within a few tenths of a
    /// second, is not disturbed by servers that come back, and refuses what it can't bear. The defaults are
    /// those of the lab.
    ///
    /// ```
    /// use raft::Config;
    ///
    /// let config = Config::production();
    /// assert!(config.check().is_ok() && config.pre_vote && config.check_quorum);
    /// ```
    pub fn production() -> Config {
        Config {
            election_timeout_min_ms: 150,
            election_timeout_max_ms: 300,
            heartbeat_interval_ms: 50,
            pre_vote: true,
            check_quorum: true,
            command_bytes_max: 16 << 20,
            uncommitted_bytes_max: 64 << 20,
            reads_waiting_max: 100_000,
            read_timeout_ms: 5000,
            disconnected_timeout_max_ms: 30,
            ..Config::default()
        }
    }

    /// Says what can't work, if anything.
    ///
    /// # Errors
    /// A [`ConfigError`] for the first value that is out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let at_least = |key, value, least: u64| match value >= least {
            true => Ok(()),
            false => Err(ConfigError { key, value, expected: format!("at least {least}") }),
        };
        at_least("heartbeat_interval_ms", self.heartbeat_interval_ms, 1)?;
        // A follower that waits no longer than for one heartbeat deposes every leader.
        let above_heartbeat = self.heartbeat_interval_ms.saturating_add(1);
        at_least("election_timeout_min_ms", self.election_timeout_min_ms, above_heartbeat)?;
        let max_ms = self.election_timeout_max_ms;
        at_least("election_timeout_max_ms", max_ms, self.election_timeout_min_ms)?;
        let lease_max_ms = if self.check_quorum { self.election_timeout_min_ms } else { 0 };
        if self.lease_ms > lease_max_ms {
            let expected = match self.check_quorum {
                true => format!("at most election_timeout_min_ms, {lease_max_ms}"),
                false => "0, unless check_quorum is on".to_owned(),
            };
            return Err(ConfigError { key: "lease_ms", value: self.lease_ms, expected });
        }
        if self.disconnected_timeout_max_ms > 0 && !self.pre_vote {
            return Err(ConfigError {
                key: "disconnected_timeout_max_ms",
                value: self.disconnected_timeout_max_ms,
                expected: "0, unless pre_vote is on".to_owned(),
            });
        }
        at_least("rpc_timeout_ms", self.rpc_timeout_ms, 1)?;
        at_least("batch_bytes_max", self.batch_bytes_max as u64, 1)?;
        at_least("inflight_max", self.inflight_max as u64, 1)?;
        at_least("snapshot_piece_bytes_max", self.snapshot_piece_bytes_max as u64, 1)
    }

    pub(crate) fn election_timeout_min(&self) -> Duration {
        Duration::from_millis(self.election_timeout_min_ms)
    }

    pub(crate) fn election_timeout_max(&self) -> Duration {
        Duration::from_millis(self.election_timeout_max_ms)
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    pub(crate) fn heartbeat_interval(&self) -> Duration {
        Duration::from_millis(self.heartbeat_interval_ms)
    }

    pub(crate) fn read_timeout(&self) -> Duration {
        Duration::from_millis(self.read_timeout_ms)
    }

    pub(crate) fn disconnected_timeout_max(&self) -> Duration {
        Duration::from_millis(self.disconnected_timeout_max_ms)
    }

    /// Time between two requests for a vote that has not been answered.
    pub(crate) fn vote_retry(&self) -> Duration {
        self.heartbeat_interval().max(self.election_timeout_min() / 2)
    }

    pub(crate) fn commit_notice(&self) -> Duration {
        Duration::from_millis(self.commit_notice_ms)
    }

    pub(crate) fn rpc_timeout(&self) -> Duration {
        Duration::from_millis(self.rpc_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_work() {
        assert_eq!(Config::default().check(), Ok(()));
        assert_eq!(Config::production().check(), Ok(()));
    }

    #[test]
    fn to_stand_where_a_connection_breaks_is_harmless_only_with_pre_votes() {
        let alone = Config { disconnected_timeout_max_ms: 30, ..Config::default() };
        assert_eq!(
            alone.check().unwrap_err().to_string(),
            "disconnected_timeout_max_ms is 30, but must be 0, unless pre_vote is on"
        );
        assert_eq!(Config { pre_vote: true, ..alone }.check(), Ok(()));
    }

    #[test]
    fn an_election_timeout_below_the_heartbeat_interval_is_refused() {
        let config = Config { election_timeout_min_ms: 100, ..Config::default() };
        assert_eq!(
            config.check().unwrap_err().to_string(),
            "election_timeout_min_ms is 100, but must be at least 101"
        );
    }

    #[test]
    fn the_longest_election_timeout_is_not_below_the_shortest() {
        let config = Config { election_timeout_max_ms: 300, ..Config::default() };
        assert_eq!(config.check().unwrap_err().key, "election_timeout_max_ms");
    }

    #[test]
    fn a_lease_needs_followers_that_keep_to_their_leader_for_as_long() {
        let alone = Config { lease_ms: 300, ..Config::default() };
        assert_eq!(
            alone.check().unwrap_err().to_string(),
            "lease_ms is 300, but must be 0, unless check_quorum is on"
        );
        let with_check = Config { check_quorum: true, ..alone };
        assert_eq!(with_check.check(), Ok(()));
        assert_eq!(
            Config { lease_ms: 351, ..with_check }.check().unwrap_err().to_string(),
            "lease_ms is 351, but must be at most election_timeout_min_ms, 350"
        );
    }

    #[test]
    fn nothing_that_is_counted_may_be_zero() {
        let base = Config::default;
        let refused = [
            Config { heartbeat_interval_ms: 0, ..base() },
            Config { rpc_timeout_ms: 0, ..base() },
            Config { batch_bytes_max: 0, ..base() },
            Config { inflight_max: 0, ..base() },
            Config { snapshot_piece_bytes_max: 0, ..base() },
        ];
        let keys = refused.map(|config| config.check().unwrap_err().key);
        let expected = [
            "heartbeat_interval_ms",
            "rpc_timeout_ms",
            "batch_bytes_max",
            "inflight_max",
            "snapshot_piece_bytes_max",
        ];
        assert_eq!(keys, expected);
    }
}
