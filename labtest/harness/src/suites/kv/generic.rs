//! The scenario of most tests: clients work while servers are cut off from each other and crash;
//! then everything is made well, all clients are answered, and nothing may be missing.

use super::{ANSWER_LIMIT, KvTest, STATE_BYTES_MAX};
use crate::cluster::store::client::{StoreClient, finish};
use crate::{Cluster, ELECTION_ALLOWANCE, Failure, Outcome, ensure, property};
use runtime::{JoinHandle, Rng, sleep};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ROUNDS: u64 = 3;
/// How long clients work in a round.
const WORK: Duration = Duration::from_secs(5);

pub(super) async fn run(cluster: Cluster, test: &KvTest) -> Outcome {
    let mut clients: Vec<StoreClient> = (0..test.clients).map(|_| cluster.new_client()).collect();
    let mut reader = cluster.new_client();
    for round in 0..ROUNDS {
        cluster.note(&format!("round {} of {ROUNDS}: clients work", round + 1));
        let stop = Arc::new(AtomicBool::new(false));
        let start = |client: StoreClient| {
            let rng = runtime::rng("client", (round << 32) | client.number());
            runtime::spawn(client.work(rng, Arc::clone(&stop)))
        };
        let at_work = clients.drain(..).map(start).collect();
        let faults = start_faults(&cluster, test, round, &stop);
        sleep(WORK).await;
        stop.store(true, Ordering::Relaxed);
        for fault in faults {
            fault.await.map_err(|_| Failure::new(property::PANIC, "a fault failed"))??;
        }
        cluster.note("everything is made well again, and the clients finish");
        make_well(&cluster, test).await?;
        clients = finish(at_work, ANSWER_LIMIT).await?;
        read_all(&cluster, &mut reader).await?;
        check_state_size(&cluster, test)?;
    }
    cluster.judge_clients()
}

fn start_faults(
    cluster: &Cluster,
    test: &KvTest,
    round: u64,
    stop: &Arc<AtomicBool>,
) -> Vec<JoinHandle<Outcome>> {
    let mut faults = Vec::new();
    if test.partitions {
        let rng = runtime::rng("partitions", round);
        faults.push(runtime::spawn(partition(cluster.clone(), rng, Arc::clone(stop))));
    }
    if test.crashes {
        let rng = runtime::rng("crashes", round);
        faults.push(runtime::spawn(crash(cluster.clone(), rng, Arc::clone(stop))));
    }
    faults
}

/// Two groups at random, again and again. The pauses are the course's: an election and a little.
async fn partition(cluster: Cluster, mut rng: Rng, stop: Arc<AtomicBool>) -> Outcome {
    while !stop.load(Ordering::Relaxed) {
        let mut groups = [Vec::new(), Vec::new()];
        for server in 0..cluster.servers() {
            groups[rng.below(2) as usize].push(server);
        }
        cluster.partition(&[&groups[0], &groups[1]]);
        sleep(ELECTION_ALLOWANCE + rng.duration(Duration::ZERO..=Duration::from_millis(200))).await;
    }
    Ok(())
}

/// One server at a time crashes and comes back.
async fn crash(cluster: Cluster, mut rng: Rng, stop: Arc<AtomicBool>) -> Outcome {
    while !stop.load(Ordering::Relaxed) {
        sleep(rng.duration(Duration::from_millis(200)..=Duration::from_millis(1500))).await;
        let server = cluster.any_server(&mut rng);
        cluster.crash(server);
        sleep(rng.duration(Duration::ZERO..=Duration::from_millis(500))).await;
        cluster.restart(server)?;
    }
    Ok(())
}

async fn make_well(cluster: &Cluster, test: &KvTest) -> Outcome {
    if test.partitions {
        cluster.connect_all();
        sleep(ELECTION_ALLOWANCE).await;
    }
    if test.crashes {
        (0..cluster.servers()).for_each(|server| cluster.crash(server));
        sleep(ELECTION_ALLOWANCE).await;
        (0..cluster.servers()).try_for_each(|server| cluster.restart(server))?;
    }
    Ok(())
}

/// Reads every key, so that nothing can be missing unnoticed.
pub(super) async fn read_all(cluster: &Cluster, reader: &mut StoreClient) -> Outcome {
    for key in cluster.kv_config().workload.all_keys() {
        reader.read(&key, ANSWER_LIMIT).await?;
    }
    Ok(())
}

/// With snapshots the log is short, whatever happened.
pub(super) fn check_state_size(cluster: &Cluster, test: &KvTest) -> Outcome {
    let size = cluster.largest_state_bytes();
    ensure!(
        !test.snapshots || size <= STATE_BYTES_MAX,
        property::LOG_SIZE,
        "the Raft state has {size} bytes, more than {STATE_BYTES_MAX}, although snapshots are taken"
    );
    Ok(())
}
