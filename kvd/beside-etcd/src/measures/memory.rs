//! Memory a key.

use super::{Figure, Settings, VALUE_BYTES, fill};
use crate::cluster::Cluster;
use anyhow::Result;

/// Writes keys, and looks how much more memory the leader has then.
///
/// # Errors
/// When a key can't be written, or the system does not say how much memory a process has.
pub async fn measure(cluster: &Cluster, settings: &Settings) -> Result<Vec<Figure>> {
    let leader = cluster.leader().await?;
    let before = cluster.memory_bytes(leader)?;
    fill(cluster, settings.keys, VALUE_BYTES).await?;
    let more = cluster.memory_bytes(leader)?.saturating_sub(before);
    let name = format!("memory of the leader, {} keys: bytes a key", settings.keys);
    Ok(vec![Figure::new(name, more as f64 / settings.keys as f64)])
}
