//! Who leads the other clusters that share the slots, as their servers say.

use super::Shared;
use crate::client::{ClientOptions, LeaderWatch};
use crate::servers_file::Server;
use std::sync::Arc;
use std::time::Duration;

/// How often their servers are asked.
const INTERVAL: Duration = Duration::from_secs(1);

/// Asks the servers of the other clusters forever. Nothing waits for what they say: until then, clients are
/// sent to the one that led last.
pub fn watch(shared: &Arc<Shared>) {
    // Their places in the topology come after this server's own cluster.
    for place in 1..=shared.options.servers.others.len() {
        runtime::detach(watch_cluster(Arc::clone(shared), place));
    }
}

async fn watch_cluster(shared: Arc<Shared>, place: usize) {
    let Some((name, servers)) = shared.options.servers.others.iter().nth(place - 1) else { return };
    let mut watch = LeaderWatch::new(client_options(&shared, servers));
    let mut last_term = 0;
    loop {
        // One that can't be asked just now may be there the next time.
        let leader = watch.look().await.ok().flatten();
        // Who was deposed may not know it yet.
        if let Some(leader) = leader.filter(|leader| leader.term >= last_term)
            && let Some(server) = servers.iter().position(|server| server.id == leader.id)
        {
            last_term = leader.term;
            if shared.topology.lock().set_leader_of(place, server) {
                let address = leader.address;
                tracing::info!(target: "kvd::server", cluster = name, "another cluster is led by {address}");
            }
        }
        runtime::sleep(INTERVAL).await;
    }
}

/// Clusters that share the slots have the same clients, and so the same password.
fn client_options(shared: &Shared, servers: &[Server]) -> ClientOptions {
    ClientOptions {
        servers: servers.iter().map(|server| server.advertised.clone()).collect(),
        password: shared.options.password.clone(),
        ..ClientOptions::default()
    }
}
