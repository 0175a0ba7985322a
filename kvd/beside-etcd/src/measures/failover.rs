//! From the failure of a leader to the first write that is acknowledged.

use super::{Figure, Settings};
use crate::cluster::Cluster;
use crate::servers::Servers;
use crate::table::median;
use anyhow::{Result, bail};
use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt};
use kvd_bench::{Connection, Kind, Operation, Outcome, Target};
use runtime::Instant;
use rustix::process::Signal;
use std::pin::pin;
use std::time::Duration;

/// How often a client tries to write, whether or not earlier writes were answered. So waiting for an answer
/// that never comes is not counted as the servers' time.
const INTERVAL: Duration = Duration::from_millis(5);

/// How long such a client waits.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How long there may be no leader.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long members have nothing to do before a leader fails.
const CALM: Duration = Duration::from_secs(1);

/// Has leaders fail by that signal, one after another.
///
/// # Errors
/// When no write is acknowledged for long.
pub async fn measure(
    cluster: &mut Cluster,
    settings: &Settings,
    signal: Signal,
) -> Result<Vec<Figure>> {
    let mut times_ms = Vec::new();
    for _ in 0..settings.failovers {
        times_ms.push(fail(cluster, signal).await?.as_secs_f64() * 1000.0);
    }
    let how = if signal == Signal::KILL { "SIGKILL" } else { "silence" };
    let longest = times_ms.iter().copied().fold(0.0, f64::max);
    Ok(vec![
        Figure::new(format!("failover by {how}: median ms"), median(&times_ms)),
        Figure::new(format!("failover by {how}: longest ms"), longest),
    ])
}

async fn fail(cluster: &mut Cluster, signal: Signal) -> Result<Duration> {
    let leader = cluster.leader().await?;
    let survivors: Vec<usize> = cluster.running().filter(|member| *member != leader).collect();
    for survivor in &survivors {
        cluster.caught_up(*survivor, leader).await?;
    }
    runtime::sleep(CALM).await;
    let began_at = runtime::true_now();
    cluster.signal(leader, signal)?;
    let survivors = survivors.iter().map(|member| cluster.address(*member)).collect();
    let Some(at) = first_write(cluster, survivors).await else {
        bail!("{:?}: no write was acknowledged for {PATIENCE:?}", cluster.system);
    };
    if signal == Signal::KILL {
        cluster.kill(leader)?;
        cluster.start_member(leader)?;
    } else {
        cluster.signal(leader, Signal::CONT)?;
    }
    let new = cluster.leader().await?;
    cluster.caught_up(leader, new).await?;
    Ok(at.since(began_at))
}

/// When the first write was acknowledged, of clients that try one each at these members in turn.
pub async fn first_write(cluster: &Cluster, addresses: Vec<String>) -> Option<Instant> {
    let servers: Vec<Servers> =
        addresses.into_iter().map(|address| cluster.system.servers(vec![address])).collect();
    let began_at = runtime::now();
    let mut tries = FuturesUnordered::new();
    for number in 0.. {
        let due = began_at + INTERVAL * number;
        if due.since(began_at) > PATIENCE {
            return None;
        }
        tries.push(runtime::timeout(TIMEOUT, write(&servers[number as usize % servers.len()])));
        let acknowledged = async {
            while let Some(tried) = tries.next().await {
                if let Ok(Some(at)) = tried {
                    return at;
                }
            }
            std::future::pending().await
        };
        let pause = runtime::sleep_until(began_at + INTERVAL * (number + 1));
        if let Either::Left((at, _)) = select(pin!(acknowledged), pin!(pause)).await {
            return Some(at);
        }
    }
    None
}

/// When it was acknowledged, if it was.
async fn write(servers: &Servers) -> Option<Instant> {
    let mut connection = servers.connect(0).await.ok()?;
    let operation = Operation { kind: Kind::Write, key: *b"key:after-failed", value: "x".into() };
    let mut answers = Vec::new();
    connection.send(&[operation], &mut answers).await.ok()?;
    answers.into_iter().find(|it| it.outcome == Outcome::Done).map(|it| it.at)
}
