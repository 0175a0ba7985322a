//! From the start of all members to the first write, with many keys on their disks.

use super::{Figure, Settings, VALUE_BYTES, fill};
use crate::cluster::{Cluster, MEMBERS};
use crate::measures::failover::first_write;
use anyhow::{Context, Result};

/// Writes keys, ends all members by SIGKILL and starts them again.
///
/// # Errors
/// When a key can't be written, or nothing can for long afterwards.
pub async fn measure(cluster: &mut Cluster, settings: &Settings) -> Result<Vec<Figure>> {
    fill(cluster, settings.keys, VALUE_BYTES).await?;
    cluster.kill_all()?;
    let began_at = runtime::true_now();
    cluster.start_all()?;
    let addresses = (0..MEMBERS).map(|member| cluster.address(member)).collect();
    let at = first_write(cluster, addresses).await.context("no write was acknowledged")?;
    let name = format!("restart with {} keys: s", settings.keys);
    Ok(vec![Figure::new(name, at.since(began_at).as_secs_f64())])
}
