//! How long it takes until commands are committed again, from when something has broken or is whole again.

use super::bench::{Bench, look_again, ms_since};
use crate::{Failure, property};
use runtime::sleep;
use std::time::Duration;

/// How long a majority is away.
const AWAY: Duration = Duration::from_secs(5);
/// How many entries a follower lacks.
const ENTRIES: u64 = 1000;

/// Until a server leads, and until it has committed.
pub(super) async fn start(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let begin = runtime::now();
    bench.leader().await?;
    let leads = ms_since(begin);
    bench.commit().await?;
    Ok(vec![leads, ms_since(begin)])
}

pub(super) async fn leader_crashes(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let leader = bench.settled().await?;
    bench.cluster.crash(leader);
    Ok(vec![bench.commit().await?])
}

pub(super) async fn leader_cut_off(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let leader = bench.settled().await?;
    bench.cluster.isolate(leader);
    Ok(vec![bench.commit().await?])
}

/// As a process that is stopped: messages to it wait.
pub(super) async fn leader_hangs(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let leader = bench.settled().await?;
    if let Some(node) = bench.cluster.node(leader) {
        node.pause();
    }
    bench.away = Some(leader);
    Ok(vec![bench.commit().await?])
}

pub(super) async fn all_crash(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    bench.settled().await?;
    bench.cluster.restart_all()?;
    Ok(vec![bench.commit().await?])
}

/// From when all are back.
pub(super) async fn majority_away(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let leader = bench.settled().await?;
    let servers = bench.cluster.servers();
    for by in 1..=servers / 2 {
        bench.cluster.isolate(bench.cluster.server_after(leader, by));
    }
    sleep(AWAY).await;
    bench.cluster.connect_all();
    Ok(vec![bench.commit().await?])
}

/// From when it is back until it has applied all of them.
pub(super) async fn follower_behind(mut bench: Bench) -> Result<Vec<f64>, Failure> {
    let leader = bench.settled().await?;
    let follower = bench.cluster.server_after(leader, 1);
    bench.cluster.isolate(follower);
    let (begin, before) = (runtime::now(), bench.cluster.commands_applied());
    let (mut submitted, mut last) = (before, 0);
    while bench.cluster.commands_applied() < before + ENTRIES {
        let promised = bench.top_up(leader, &mut submitted, before + ENTRIES).await?;
        last = promised.unwrap_or(last);
        look_again(begin, property::AGREEMENT, "1,000 commands are not committed").await?;
    }
    let back = runtime::now();
    bench.cluster.connect(follower);
    while bench.cluster.n_committed(last).servers < bench.cluster.servers() {
        look_again(back, property::AGREEMENT, "a follower lacks entries").await?;
    }
    Ok(vec![ms_since(back)])
}
