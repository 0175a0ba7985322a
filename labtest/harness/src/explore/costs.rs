//! What recovery and the calm after it may cost.
//!
//! While a quorum recovers, and then the others, nothing is wrong with the network any more, so a leader finds
//! out soon where its log and a follower's part. After that nothing changes: commands cost a few messages each,
//! time costs heartbeats, and nobody stands for election. The budgets are several times what a plain
//! Raft needs, for they are there to find what grows without bounds. Source: the lab's `count` and
//! section 5.3 of the Raft paper.

use crate::{Budgets, Cluster, Scenario};
use std::time::Duration;

/// Beside one for each term that there has been: requests that were under way when the first was
/// refused, or that have overtaken each other.
const REFUSALS_BESIDE_TERMS: u64 = 10;
/// How often a leader may send heartbeats, in milliseconds, whatever the scenario says: not every Raft follows
/// it. The lab allows ten a second; one that needs more says so (`Supports::fixed`).
const HEARTBEAT_MS_MAX: u64 = 100;
/// How many times the messages of a plain Raft are allowed.
const SLACK: u64 = 3;
/// How long the calm is, in longest election timeouts: long enough for every server to stand for election that
/// is not kept from it.
const IDLE_TIMEOUTS: u32 = 3;

/// Begins to watch what recovery costs.
pub(super) fn watch_recovery(cluster: &Cluster) {
    let refusals_max = cluster.highest_term() + REFUSALS_BESIDE_TERMS;
    cluster.fault_free_begins(&Budgets { refusals_max, ..Budgets::unlimited() });
}

/// Begins to watch what the calm costs, and lets a while pass in which nothing happens.
pub(super) async fn watch_calm(cluster: &Cluster, scenario: &Scenario) {
    end(cluster).await;
    let links = 2 * (cluster.servers() as u64 - 1);
    let heartbeat_ms = scenario.raft.heartbeat_interval_ms.min(HEARTBEAT_MS_MAX);
    cluster.fault_free_begins(&Budgets {
        elections_per_minute_max: 1,
        // An entry is sent, and that it is committed; or the snapshot that has taken its place before a server with
        // a slow disk could have it.
        messages_per_entry_max: SLACK * links * (2 + scenario.pieces_max()),
        idle_messages_per_second_max: SLACK * links * 1000 / heartbeat_ms,
        ..Budgets::unlimited()
    });
    let election_timeout = Duration::from_millis(scenario.raft.election_timeout_max_ms);
    runtime::sleep(IDLE_TIMEOUTS * election_timeout).await;
}

/// What was watched must have been cheap enough.
pub(super) async fn end(cluster: &Cluster) {
    cluster.fault_free_ends();
    // A broken budget ends the run before it goes on.
    runtime::sleep(Duration::from_millis(1)).await;
}
