//! What commands cost: time, messages, bytes.

use super::bench::{Bench, LOOK};
use crate::Failure;
use runtime::sleep;
use std::time::Duration;

/// How long nothing is asked.
const IDLE: Duration = Duration::from_secs(10);
/// How many commands one client has committed, one after another.
const COMMANDS: u32 = 100;
/// How long many commands are under way.
const MANY_FOR: Duration = Duration::from_secs(5);
/// A tenth.
const LOSS_PER_MILLION: u32 = 100_000;

/// Messages and bytes of a cluster that is asked nothing.
pub(super) async fn idle(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    bench.settled().await?;
    let before = bench.traffic();
    sleep(IDLE).await;
    let (messages, bytes) = bench.traffic().since(before, IDLE.as_secs_f64());
    Ok(vec![messages, bytes])
}

/// Commands one after another: their mean time, and messages and bytes for each.
pub(super) async fn one_client(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    bench.settled().await?;
    let before = bench.traffic();
    let ms = one_after_another(&mut bench).await?;
    let (messages, bytes) = bench.traffic().since(before, f64::from(COMMANDS));
    Ok(vec![ms, messages, bytes])
}

async fn one_after_another(bench: &mut Bench) -> Result<f64, Failure> {
    let mut ms = 0.0;
    for _ in 0..COMMANDS {
        ms += bench.commit().await?;
    }
    Ok(ms / f64::from(COMMANDS))
}

/// The mean time of a command where messages get lost.
pub(super) async fn lossy(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    bench.settled().await?;
    bench.set_links(LOSS_PER_MILLION);
    Ok(vec![one_after_another(&mut bench).await?])
}

/// Always as many commands under way: entries a second, and messages and bytes for each.
pub(super) async fn many_clients(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let leader = bench.settled().await?;
    let (before, applied) = (bench.traffic(), bench.cluster.commands_applied());
    let (begin, mut submitted) = (runtime::now(), applied);
    while runtime::now().since(begin) < MANY_FOR {
        bench.top_up(leader, &mut submitted, u64::MAX).await?;
        sleep(LOOK).await;
    }
    let entries = (bench.cluster.commands_applied() - applied) as f64;
    let (messages, bytes) = bench.traffic().since(before, entries.max(1.0));
    Ok(vec![entries / MANY_FOR.as_secs_f64(), messages, bytes])
}
