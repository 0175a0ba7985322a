//! What commands cost: time, messages, bytes.

use super::bench::Bench;
use crate::Failure;
use runtime::sleep;
use std::time::Duration;

/// After a leader is there, what its election has left to be sent goes by.
const SETTLES: Duration = Duration::from_secs(1);
/// How long nothing is asked.
const IDLE: Duration = Duration::from_secs(10);
/// How many commands one client has committed, one after another.
const COMMANDS: u32 = 100;
/// How many commands are under way where there are many, and how long.
const UNDER_WAY: u64 = 64;
const MANY_FOR: Duration = Duration::from_secs(5);
/// How often more are submitted.
const TOP_UP: Duration = Duration::from_micros(250);
/// A tenth.
const LOSS_PER_MILLION: u32 = 100_000;

async fn settled(bench: &mut Bench) -> Result<usize, Failure> {
    bench.leader().await?;
    bench.commit().await?;
    sleep(SETTLES).await;
    bench.leader().await
}

/// Messages and bytes of a cluster that is asked nothing.
pub(super) async fn idle(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    settled(&mut bench).await?;
    let before = bench.traffic();
    sleep(IDLE).await;
    let (messages, bytes) = bench.traffic().since(before, IDLE.as_secs_f64());
    Ok(vec![messages, bytes])
}

/// Commands one after another: their mean time, and messages and bytes for each.
pub(super) async fn one_client(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    settled(&mut bench).await?;
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
    settled(&mut bench).await?;
    bench.set_links(LOSS_PER_MILLION);
    Ok(vec![one_after_another(&mut bench).await?])
}

/// Always as many commands under way: entries a second, and messages and bytes for each.
pub(super) async fn many_clients(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let leader = settled(&mut bench).await?;
    let (before, applied) = (bench.traffic(), bench.cluster.commands_applied());
    let (begin, mut submitted) = (runtime::now(), applied);
    while runtime::now().since(begin) < MANY_FOR {
        while submitted < bench.cluster.commands_applied() + UNDER_WAY {
            let command = bench.command();
            if bench.cluster.start(leader, &command).await?.is_none() {
                break;
            }
            submitted += 1;
        }
        sleep(TOP_UP).await;
    }
    let entries = (bench.cluster.commands_applied() - applied) as f64;
    let (messages, bytes) = bench.traffic().since(before, entries.max(1.0));
    Ok(vec![entries / MANY_FOR.as_secs_f64(), messages, bytes])
}
