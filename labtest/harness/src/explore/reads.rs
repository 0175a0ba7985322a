//! Reads in explorations: from time to time all servers that believe to lead are asked for a read index, deposed
//! ones among them. Clients with the timing to notice a stale one are rare.

use crate::{Cluster, Scenario};
use raft::RoleName;
use runtime::JoinHandle;
use std::time::Duration;

/// Who asks, if the scenario says so.
pub(super) struct Reads(Option<JoinHandle<()>>);

impl Reads {
    pub(super) fn start(scenario: &Scenario, cluster: &Cluster) -> Reads {
        let pause_ms = scenario.clients.read_pause_ms;
        Reads((pause_ms > 0).then(|| runtime::spawn(ask(cluster.clone(), pause_ms))))
    }

    /// No more reads begin; those under way go on.
    pub(super) fn stop(&self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn ask(cluster: Cluster, pause_ms: u64) {
    let mut rng = runtime::rng("reads", 0);
    loop {
        runtime::sleep(Duration::from_millis(rng.range(1..=2 * pause_ms))).await;
        for server in 0..cluster.servers() {
            let leads = cluster.view(server).is_some_and(|view| view.role == RoleName::Leader);
            if leads {
                runtime::spawn(read(cluster.clone(), server));
            }
        }
    }
}

async fn read(cluster: Cluster, server: usize) {
    if let Err(failure) = cluster.read_index(server).await {
        cluster.fail(failure);
    }
}
