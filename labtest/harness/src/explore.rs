//! Explorations: runs whose faults, clients and options are all drawn from the seed.
//!
//! A run has two parts. For *safety*, clients submit commands while the nemesis does what the
//! scenario says; nothing has to work, and nothing wrong may happen ([`checks`](crate::checks)). For
//! *liveness*, a quorum drawn by chance is whole again and must elect, commit and agree in time,
//! whatever the others do ([`recovery`]). What clients saw committed must then be in the quorum's
//! logs.

mod clients;
mod costs;
mod demand;
mod reads;
mod recovery;
mod store;

use crate::nemesis::simulated::Simulated;
use crate::nemesis::{Field, Nemesis, Senses, World};
use crate::{Cluster, Outcome, Scenario};
use clients::Clients;
use reads::Reads;
use recovery::Recovery;
use runtime::Instant;
use std::sync::Arc;

/// Runs a scenario on a cluster that has just been started from its configuration.
pub(crate) async fn run(scenario: Arc<Scenario>, cluster: Cluster, senses: Senses) -> Outcome {
    scenario.network.set_up(cluster.network());
    let world = Simulated::new(cluster.clone(), scenario.network.link(), scenario.disk.sync());
    let field = Field::new(Arc::clone(&world) as Arc<dyn World>);
    let recovery = Recovery { scenario: &scenario, world: &world, field: &field };

    let nemesis = Nemesis::start(&scenario.steps, &field, &senses);
    let reads = Reads::start(&scenario, &cluster);
    if scenario.kv.is_some() {
        return store::run(&recovery, nemesis, reads).await;
    }
    let clients = Clients::start(&scenario, &cluster, &field, &senses);
    runtime::sleep_until(Instant::START + scenario.safety()).await;
    nemesis.stop();
    clients.stop();
    reads.stop();

    recovery.run(clients.acknowledged()).await
}
