//! Suite D: snapshots. The service takes one every ten entries, and each stands for every
//! command so far.

use crate::{Cluster, Outcome, Retry, Value, ensure, property};
use runtime::Rng;

/// What happens to the victim while the others go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    Disconnect,
    Crash,
}

/// With a snapshot every ten entries no log needs more than this.
const STATE_BYTES_MAX: usize = 2000;

pub(super) async fn snapshot_basic(cluster: Cluster) -> Outcome {
    snapshots(cluster, Fault::Nothing).await
}

pub(super) async fn snapshot_install(cluster: Cluster) -> Outcome {
    snapshots(cluster, Fault::Disconnect).await
}

pub(super) async fn snapshot_install_crash(cluster: Cluster) -> Outcome {
    snapshots(cluster, Fault::Crash).await
}

/// A victim misses so much that the leader no longer has the entries it needs, and must be sent a
/// snapshot; again and again, and one time in three the victim is the leader.
async fn snapshots(cluster: Cluster, fault: Fault) -> Outcome {
    const ROUNDS: u32 = 30;
    let mut rng = runtime::rng("scenario", 0);
    cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
    let mut leader = cluster.check_one_leader().await?;

    for round in 0..ROUNDS {
        let follower = cluster.server_after(leader, 1);
        let (victim, sender) = if round % 3 == 1 { (leader, follower) } else { (follower, leader) };
        cluster.note(&format!("round {} of {ROUNDS}", round + 1));
        match fault {
            Fault::Nothing => {}
            Fault::Disconnect => cluster.isolate(victim),
            Fault::Crash => cluster.crash(victim),
        }
        if fault != Fault::Nothing {
            cluster.one(Value::random(&mut rng), 2, Retry::Yes).await?;
        }

        // Enough for a snapshot from time to time; without a fault every follower has them in time.
        submit_some(&cluster, sender, &mut rng).await?;
        let needed = if fault == Fault::Nothing { 3 } else { 2 };
        cluster.one(Value::random(&mut rng), needed, Retry::Yes).await?;
        let size = cluster.largest_state_bytes();
        ensure!(size < STATE_BYTES_MAX, property::LOG_SIZE, "Log size too large: {size} bytes");

        match fault {
            Fault::Nothing => continue,
            Fault::Disconnect => cluster.connect(victim),
            Fault::Crash => cluster.restart(victim)?,
        }
        cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
        leader = cluster.check_one_leader().await?;
    }
    Ok(())
}

/// Five to fourteen values; those for a server that does not lead are lost.
async fn submit_some(cluster: &Cluster, server: usize, rng: &mut Rng) -> Outcome {
    for _ in 0..rng.range(5..=14) {
        cluster.start(server, &Value::random(rng)).await?;
    }
    Ok(())
}

pub(super) async fn snapshot_all_crash(cluster: Cluster) -> Outcome {
    const ROUNDS: u32 = 5;
    let mut rng = runtime::rng("scenario", 0);
    cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
    for _ in 0..ROUNDS {
        for _ in 0..rng.range(5..=14) {
            cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
        }
        let before = cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
        cluster.note("all crash at once and come back");
        cluster.restart_all()?;
        let after = cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
        ensure!(after > before, property::START, "index decreased from {before} to {after}");
    }
    Ok(())
}

/// After the first restart there is nothing new to put into a snapshot. A server that does not read
/// its snapshot back then saves an empty one, and the second restart begins with nothing.
pub(super) async fn snapshot_init(cluster: Cluster) -> Outcome {
    const ENTRIES: u32 = 11;
    let mut rng = runtime::rng("scenario", 0);
    cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
    for _ in 0..ENTRIES {
        cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
    }
    for _ in 0..2 {
        cluster.note("all crash at once and come back");
        cluster.restart_all()?;
        cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
    }
    Ok(())
}
