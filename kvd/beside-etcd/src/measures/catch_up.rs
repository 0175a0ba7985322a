//! From the start of a member to all that was written while it was down.

use super::{Figure, Settings, fill};
use crate::cluster::Cluster;
use anyhow::{Context, Result};

/// How long values are: long ones, so that it is about bytes.
const VALUE_BYTES: usize = 1024;

/// Ends a member that does not lead, writes, and starts it again.
///
/// # Errors
/// When something can't be written, or the member does not catch up for long.
pub async fn measure(cluster: &mut Cluster, settings: &Settings) -> Result<Vec<Figure>> {
    let leader = cluster.leader().await?;
    let other = cluster.running().find(|member| *member != leader).context("a follower")?;
    cluster.kill(other)?;
    let keys = settings.catch_up_bytes.div_ceil(VALUE_BYTES as u64).max(1);
    fill(cluster, keys, VALUE_BYTES).await?;
    let leader = cluster.leader().await?;
    let began_at = runtime::true_now();
    cluster.start_member(other)?;
    cluster.caught_up(other, leader).await?;
    let took = runtime::true_now().since(began_at);
    let name = format!("catch-up of {} MB: s", settings.catch_up_bytes / 1_000_000);
    Ok(vec![Figure::new(name, took.as_secs_f64())])
}
