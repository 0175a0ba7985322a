//! Explorations with clients of a key/value store. What they saw must be linearizable, and when a
//! quorum has recovered every key can be read again.

use super::reads::Reads;
use super::recovery::Recovery;
use crate::Outcome;
use crate::nemesis::Nemesis;
use runtime::{Instant, JoinHandle};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) async fn run(recovery: &Recovery<'_>, nemesis: Nemesis, reads: Reads) -> Outcome {
    let (scenario, cluster) = (recovery.scenario, recovery.world.cluster());
    let never = Arc::new(AtomicBool::new(false));
    let start = |_| {
        let client = cluster.new_client();
        let rng = runtime::rng("client", client.number());
        runtime::spawn(client.work(rng, Arc::clone(&never)))
    };
    let workload = &cluster.kv_config().workload;
    let clients: Vec<JoinHandle<_>> = (0..workload.clients).map(start).collect();
    runtime::sleep_until(Instant::START + scenario.safety()).await;
    nemesis.stop();
    reads.stop();
    // What they have under way is of unknown outcome.
    clients.iter().for_each(JoinHandle::abort);

    recovery.run(0).await?;
    cluster.note("every key is read");
    let mut reader = cluster.new_patient_client();
    for key in workload.all_keys() {
        reader.read(&key, scenario.recovery_limit()).await?;
    }
    cluster.judge_clients()
}
