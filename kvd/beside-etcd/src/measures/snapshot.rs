//! How long writes take while a snapshot is taken.

use super::{Figure, Settings, VALUE_BYTES, fill, milliseconds, without_errors};
use crate::cluster::Cluster;
use anyhow::{Result, ensure};
use kvd_bench::Load;
use std::time::Duration;

/// How often it is looked whether there is a new snapshot.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long there may be none.
const PATIENCE_MS: u64 = 600_000;

/// Writes keys, and goes on writing until the leader has taken a snapshot, and as long as other loads at
/// least.
///
/// # Errors
/// When a write fails, or there is no snapshot for long.
pub async fn measure(cluster: &Cluster, settings: &Settings) -> Result<Vec<Figure>> {
    let keys = settings.keys / 10;
    fill(cluster, keys, VALUE_BYTES).await?;
    let leader = cluster.leader().await?;
    let before = cluster.snapshot_index(leader).await?;
    let least = runtime::now() + Duration::from_secs(settings.seconds);
    let taken = async {
        while !cluster.snapshot_index(leader).await.is_ok_and(|index| index > before)
            || runtime::now() < least
        {
            runtime::sleep(INTERVAL).await;
        }
    };
    let load = Load {
        value_bytes: VALUE_BYTES,
        keys,
        time_limit_ms: Some(PATIENCE_MS),
        seed: settings.seed,
        ..Load::default()
    };
    let report = without_errors(cluster, &load, taken).await?;
    let after = cluster.snapshot_index(leader).await?;
    ensure!(after > before, "{:?}: no snapshot was taken", cluster.system);
    let writes = report.writes.into_iter();
    Ok(writes
        .flat_map(|writes| {
            let name = |of: &str| format!("writes while a snapshot of {keys} keys is taken: {of}");
            [
                Figure::new(name("p99 ms"), milliseconds(writes.latency_us.p99)),
                Figure::new(name("longest ms"), milliseconds(writes.latency_us.max)),
            ]
        })
        .collect())
}
