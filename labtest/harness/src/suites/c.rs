//! Suite C: persistence and unreliable networks. (Churn has its own file.)

use crate::{Cluster, ELECTION_ALLOWANCE, Failure, Outcome, Retry, Value, property};
use runtime::{Rng, sleep};
use std::time::Duration;

pub(super) async fn persist1(cluster: Cluster) -> Outcome {
    cluster.one(11, 3, Retry::Yes).await?;

    // All crash at once.
    cluster.note("all crash at once and come back");
    cluster.restart_all()?;
    cluster.one(12, 3, Retry::Yes).await?;

    // The leader crashes and is back at once.
    cluster.note("the leader crashes and is back at once");
    let leader = cluster.check_one_leader().await?;
    cluster.restart(leader)?;
    cluster.one(13, 3, Retry::Yes).await?;

    // The leader crashes and misses something. That the log was never lost shows in the index:
    // there must be a fourth one.
    let leader = cluster.check_one_leader().await?;
    cluster.note("the leader crashes and misses a value");
    cluster.crash(leader);
    cluster.one(14, 2, Retry::Yes).await?;
    cluster.restart(leader)?;
    cluster.wait_for_command(4, 3).await?;

    // A follower crashes and misses something.
    let leader = cluster.check_one_leader().await?;
    let follower = cluster.server_after(leader, 1);
    cluster.note("a follower crashes and misses a value");
    cluster.crash(follower);
    cluster.one(15, 2, Retry::Yes).await?;
    cluster.restart(follower)?;
    cluster.one(16, 3, Retry::Yes).await?;
    Ok(())
}

pub(super) async fn persist2(cluster: Cluster) -> Outcome {
    const ROUNDS: u32 = 5;
    let mut index = 1;
    for _ in 0..ROUNDS {
        cluster.one(10 + index, 5, Retry::Yes).await?;
        index += 1;

        // Two followers crash; the other three go on.
        let leader = cluster.check_one_leader().await?;
        let [one, two, three, four] = [1, 2, 3, 4].map(|by| cluster.server_after(leader, by));
        cluster.note("two followers crash; the other three go on");
        cluster.crash(one);
        cluster.crash(two);
        cluster.one(10 + index, 3, Retry::Yes).await?;
        index += 1;

        // Then those three crash, and the first two alone can do nothing …
        cluster.note("the other three crash; the first two come back and can do nothing alone");
        [leader, three, four].iter().for_each(|server| cluster.crash(*server));
        cluster.restart(one)?;
        cluster.restart(two)?;
        sleep(ELECTION_ALLOWANCE).await;

        // … until one that knows the last entry makes them a majority.
        cluster.note("one that knows the last entry makes them a majority");
        cluster.restart(three)?;
        cluster.one(10 + index, 3, Retry::Yes).await?;
        index += 1;

        cluster.restart(four)?;
        cluster.restart(leader)?;
    }
    cluster.one(1000, 5, Retry::Yes).await?;
    Ok(())
}

pub(super) async fn persist3(cluster: Cluster) -> Outcome {
    cluster.one(101, 3, Retry::Yes).await?;

    // One follower is cut off and misses an entry, then the two that have it crash.
    let leader = cluster.check_one_leader().await?;
    let (follower, away) = (cluster.server_after(leader, 1), cluster.server_after(leader, 2));
    cluster.note("cut off one follower, then crash the two that have the entry");
    cluster.isolate(away);
    cluster.one(102, 2, Retry::Yes).await?;
    cluster.crash(leader);
    cluster.crash(follower);

    // The old leader's disk must be enough to bring the entry back.
    cluster.note("the old leader comes back: its disk must bring the entry back");
    cluster.connect(away);
    cluster.restart(leader)?;
    cluster.one(103, 2, Retry::Yes).await?;
    cluster.restart(follower)?;
    cluster.one(104, 3, Retry::Yes).await?;
    Ok(())
}

/// Steps of the two Figure 8 tests.
const FIGURE_8_STEPS: u32 = 1000;
/// With fewer servers than this in the group, one is brought back.
const FIGURE_8_MAJORITY: usize = 3;

/// The situation of figure 8 of the Raft paper: leaders that fail soon after they got a command, so
/// that entries of earlier terms lie on some servers, on a majority perhaps, without being
/// committed. A new leader must not take such an entry for committed by counting servers.
///
/// Each server is given a value of its own: if a leader that is cut off and the new one had the
/// same, two different entries at an index could not be told apart by what is applied.
pub(super) async fn figure8(cluster: Cluster) -> Outcome {
    let mut rng = runtime::rng("scenario", 0);
    cluster.one(Value::random(&mut rng), 1, Retry::Yes).await?;

    cluster.note("leaders crash soon after each command, again and again");
    let mut up = cluster.servers();
    for _ in 0..FIGURE_8_STEPS {
        let accepted = cluster.start_everywhere(|| Value::random(&mut rng)).await?;
        sleep(figure_8_pause(&mut rng)).await;
        if let Some((leader, _)) = accepted.last() {
            cluster.crash(*leader);
            up -= 1;
        }
        if up < FIGURE_8_MAJORITY {
            let server = cluster.any_server(&mut rng);
            if !cluster.is_running(server) {
                cluster.restart(server)?;
                up += 1;
            }
        }
    }

    cluster.note("all are back: five must agree");
    restart_those_down(&cluster)?;
    cluster.one(Value::random(&mut rng), 5, Retry::Yes).await?;
    Ok(())
}

/// Mostly a moment too short to replicate an entry to all; sometimes long enough for an election.
fn figure_8_pause(rng: &mut Rng) -> Duration {
    let is_long = rng.below(1000) < 100;
    Duration::from_millis(if is_long { rng.range(0..=499) } else { rng.range(0..=12) })
}

pub(super) fn restart_those_down(cluster: &Cluster) -> Outcome {
    (0..cluster.servers())
        .filter(|server| !cluster.is_running(*server))
        .try_for_each(|server| cluster.restart(server))
}

/// Figure 8 with leaders that are cut off rather than crashed, so that they come back with
/// everything they had, over a network that loses, delays and, later on, reorders messages.
pub(super) async fn figure8_unreliable(cluster: Cluster) -> Outcome {
    const REORDERING_FROM_STEP: u32 = 200;
    let mut rng = runtime::rng("scenario", 0);
    let small_number = |rng: &mut Rng| Value::from(rng.below(10_000));
    cluster.one(small_number(&mut rng), 1, Retry::Yes).await?;

    cluster.note("leaders are cut off soon after a command, again and again");
    let mut connected = cluster.servers();
    for step in 0..FIGURE_8_STEPS {
        if step == REORDERING_FROM_STEP {
            cluster.note("from now on two replies in three come late");
            cluster.set_long_reordering(true);
        }
        let accepted = cluster.start_everywhere(|| small_number(&mut rng)).await?;
        let leader = accepted.iter().rev().find(|(server, _)| cluster.is_connected(*server));
        sleep(figure_8_pause(&mut rng)).await;
        if let Some((leader, _)) = leader
            && rng.below(1000) < 500
        {
            cluster.isolate(*leader);
            connected -= 1;
        }
        if connected < FIGURE_8_MAJORITY {
            let server = cluster.any_server(&mut rng);
            if !cluster.is_connected(server) {
                cluster.connect(server);
                connected += 1;
            }
        }
    }

    // All are back, the network stays as bad as it is, and yet five must agree.
    cluster.note("all are connected: five must agree over this network");
    cluster.connect_all();
    cluster.one(small_number(&mut rng), 5, Retry::Yes).await?;
    Ok(())
}

pub(super) async fn unreliable_agree(cluster: Cluster) -> Outcome {
    const ROUNDS: u64 = 49;
    const CLIENTS: u64 = 4;
    cluster.note("five clients at once over a network that loses and delays messages");
    let mut clients = Vec::new();
    for round in 1..=ROUNDS {
        for client in 0..CLIENTS {
            let cluster = cluster.clone();
            clients.push(runtime::spawn(async move {
                cluster.one(100 * round + client, 1, Retry::Yes).await
            }));
        }
        cluster.one(round, 1, Retry::Yes).await?;
    }

    cluster.note("the network is reliable from now on");
    cluster.set_reliable(true);
    for client in clients {
        client.await.map_err(|_| Failure::new(property::PANIC, "client failed"))??;
    }
    cluster.one(100, 5, Retry::Yes).await?;
    Ok(())
}
