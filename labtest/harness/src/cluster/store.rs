//! The store on the servers: each life of a server has one, and clients reach it over a network of
//! their own.

pub(crate) mod client;
mod hosted;

use super::Cluster;
use crate::api::clients::StoreOperation;
use crate::api::life::Life;
use crate::keyvalue::history::Collector;
use crate::keyvalue::judge::{Judged, judge};
use crate::keyvalue::order::AppliedOrder;
use crate::watch::Sight;
use crate::{
    Config, Failure, KvConfig, MakeStoreArgs, Outcome, Peer, StoreServer, Value, Violation,
    property,
};
use client::StoreClient;
use hosted::Hosted;
use kv::{Answer, Clerk, ClerkError, ClerkOptions, Request};
use labrpc::Network;
use parking_lot::Mutex;
use persister::Persister;
use raft::ApplyMsg;
use runtime::Node;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// What tests of clients have beside the servers.
pub(super) struct Stores {
    config: KvConfig,
    /// Servers have the places that they have in the cluster, clients those after.
    pub(super) network: Network,
    servers: usize,
    /// How many clients there have been.
    clients: AtomicU64,
    history: Mutex<Collector>,
    /// What is known of the order in which writes took effect.
    applied: Mutex<AppliedOrder>,
    /// Why the history can't be judged, if so.
    undecided: Mutex<Option<String>>,
}

/// Places for clients beside those of the workload: for those of scenarios and readers at the end.
const OTHER_CLIENTS: usize = 8;
/// How many messages may wait for a store: Raft is not to run ahead of it.
const APPLY_AHEAD: usize = 1;

fn client_places(config: &KvConfig) -> usize {
    config.workload.clients + OTHER_CLIENTS
}

impl Stores {
    pub(super) fn of(config: &Config) -> Option<Stores> {
        let kv = config.kv.clone()?;
        let places = config.servers + client_places(&kv);
        let network = Network::with_streams(places, "client link");
        network.set_reliable(config.network.reliable && !kv.lossy_clients);
        network.set_arriving_requests(true);
        Some(Stores {
            config: kv,
            network,
            servers: config.servers,
            clients: AtomicU64::new(0),
            history: Mutex::default(),
            applied: Mutex::default(),
            undecided: Mutex::default(),
        })
    }
}

/// One life's store, and where its Raft's messages go on to.
#[derive(Clone)]
pub(super) struct Store {
    pub(super) server: Arc<dyn StoreServer>,
    apply: mpsc::Sender<ApplyMsg>,
}

impl Store {
    /// Hands on what the checks have seen. A store that has stopped takes nothing more.
    pub(super) async fn take(
        &self,
        cluster: &Cluster,
        who: Life,
        message: ApplyMsg,
    ) -> Result<(), Failure> {
        if let ApplyMsg::Command { index, command, .. } = &message {
            cluster.stores().applied.lock().apply(*index, command);
        }
        match (self.apply.send(message).await, self.server.failure()) {
            (_, Some(reason)) => Err(store_stopped(who.server, &reason).into()),
            (Ok(()) | Err(_), None) => Ok(()),
        }
    }
}

/// The store of a server has stopped by itself.
pub(super) fn store_stopped(server: usize, reason: &str) -> Violation {
    let sentence = format!("the store of server {server} has stopped: {reason}");
    Violation::new(property::STORE, sentence).at_servers([server])
}

impl Cluster {
    /// Starts the store of a life that begins, if the test has one. Called on the server's node.
    pub(super) fn make_store(
        &self,
        who: Life,
        peer: &Arc<dyn Peer>,
        persister: Arc<dyn Persister>,
    ) -> anyhow::Result<Option<Store>> {
        let Some(stores) = &self.shared.stores else { return Ok(None) };
        let (apply, applied) = mpsc::channel(APPLY_AHEAD);
        let replica = Arc::new(Hosted { peer: Arc::clone(peer), who, cluster: self.weak() });
        let options = stores.config.options();
        let server = self.shared.implementation.make_store(MakeStoreArgs {
            replica,
            applied,
            persister,
            options,
        })?;
        stores.network.add_server(who.server, &Node::current());
        stores.network.set_service(who.server, server.service());
        Ok(Some(Store { server, apply }))
    }

    /// Nobody reaches the server's store any more.
    pub(super) fn delete_store(&self, server: usize) {
        if let Some(stores) = &self.shared.stores {
            stores.network.delete_server(server);
        }
    }

    fn stores(&self) -> &Stores {
        let stores = self.shared.stores.as_ref();
        stores.expect("only tests that have a store in their configuration ask for it")
    }

    /// The store's configuration.
    ///
    /// # Panics
    /// When the cluster has none.
    pub(crate) fn kv_config(&self) -> &KvConfig {
        &self.stores().config
    }

    /// Another client, on the current node.
    ///
    /// # Panics
    /// When the cluster has no store, or there were more clients than it has places for.
    pub(crate) fn new_client(&self) -> StoreClient {
        self.new_client_with(self.kv_config().clerk_options())
    }

    /// Another client, which never gives up.
    ///
    /// # Panics
    /// As [`new_client`](Cluster::new_client).
    pub(crate) fn new_patient_client(&self) -> StoreClient {
        self.new_client_with(ClerkOptions { timeout_ms: None, ..ClerkOptions::default() })
    }

    /// A command without effect, by number: for a store one that it understands.
    pub(crate) fn plain_command(&self, number: u64) -> Value {
        match &self.shared.stores {
            None => Value::from(number),
            Some(_) => Value::from(kv::read_command(&number.to_string())),
        }
    }

    fn new_client_with(&self, options: ClerkOptions) -> StoreClient {
        let stores = self.stores();
        let number = stores.clients.fetch_add(1, Ordering::Relaxed);
        let place = stores.servers + number as usize;
        let ends = stores.network.add_server(place, &Node::current())[..stores.servers].to_vec();
        StoreClient::new(self, number, Clerk::new(ends, options))
    }

    /// The client with that number can reach these servers and no others.
    pub(crate) fn connect_client(&self, client: u64, servers: &[usize]) {
        let stores = self.stores();
        let place = stores.servers + client as usize;
        for server in 0..stores.servers {
            let enabled = servers.contains(&server);
            stores.network.set_enabled(place, server, enabled);
            stores.network.set_enabled(server, place, enabled);
        }
    }

    /// The places of all clients in the network that they share with servers; none where nobody has a store.
    pub(crate) fn each_client_place(&self, mut act: impl FnMut(&Network, usize)) {
        if let Some(stores) = &self.shared.stores {
            let first = stores.servers;
            (first..first + client_places(&stores.config)).for_each(|it| act(&stores.network, it));
        }
    }

    pub(crate) fn store_operation_begins(&self, client: u64, request: &Request) -> StoreOperation {
        let number = self.shared.operations.fetch_add(1, Ordering::Relaxed);
        let operation = StoreOperation { number, client, request: request.clone() };
        self.stores().history.lock().invoked(client, request);
        self.shared.watch.show(&Sight::StoreInvoked(&operation));
        operation
    }

    pub(crate) fn store_operation_ends(
        &self,
        operation: &StoreOperation,
        result: &Result<Answer, ClerkError>,
    ) {
        self.stores().history.lock().ended(operation.client, result);
        self.shared.watch.show(&Sight::StoreAnswered(operation, result));
    }

    /// The session is that client's.
    pub(crate) fn store_session_is_of(&self, session: u64, client: u64) {
        self.stores().applied.lock().session_is_of(session, client);
    }

    /// Judges what clients saw. [`take_undecided`] returns what can't be decided.
    ///
    /// # Errors
    /// What does not hold.
    ///
    /// [`take_undecided`]: Cluster::take_undecided
    pub(crate) fn judge_clients(&self) -> Outcome {
        let stores = self.stores();
        let collector = stores.history.lock();
        let judged = match collector.history() {
            Ok(history) => {
                let numbers = collector.write_numbers(&history);
                let order = stores.applied.lock().order(&history, &numbers);
                judge(&history, &order)
            }
            Err(error) => Judged::Undecided(format!("what clients did is no history: {error}")),
        };
        match judged {
            Judged::Holds => Ok(()),
            Judged::Violated(violation, details) => {
                Err(Failure { details, ..Failure::from(violation) })
            }
            Judged::Undecided(reason) => {
                *stores.undecided.lock() = Some(reason);
                Ok(())
            }
        }
    }

    /// Why the run can't be judged, if so.
    pub(crate) fn take_undecided(&self) -> Option<String> {
        self.shared.stores.as_ref()?.undecided.lock().take()
    }

    /// Bytes of the largest snapshot on any server's disk.
    pub(crate) fn largest_snapshot_bytes(&self) -> usize {
        let servers = self.shared.servers.lock();
        let size = |disk: &dyn persister::Disk| disk.read().map_or(0, |it| it.snapshot.len());
        servers.iter().map(|server| size(&*server.disk)).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyvalue::judge::MODEL;
    use crate::{OurRaft, Workload};
    use lincheck::{History, check_order};
    use runtime::{Simulation, sleep};
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    /// Clients that lose answers, give up and have their sessions closed, and servers that crash.
    async fn run() -> Cluster {
        let workload = Workload { clients: 4, think_max_ms: 30, ..Workload::default() };
        let kv = KvConfig {
            snapshot_at_bytes: 2000,
            sessions_max: 2,
            operation_timeout_ms: 300,
            lossy_clients: true,
            workload,
        };
        let config = Config { kv: Some(kv), ..Config::new(3) };
        let cluster = Cluster::new(config, Arc::new(OurRaft)).unwrap();
        let never = Arc::new(AtomicBool::new(false));
        let start = |_| {
            let client = cluster.new_client();
            let rng = runtime::rng("client", client.number());
            runtime::spawn(client.work(rng, Arc::clone(&never)))
        };
        let clients: Vec<_> = (0..4).map(start).collect();
        for round in 0..6 {
            sleep(Duration::from_millis(1000)).await;
            cluster.crash(round % 3);
            cluster.restart(round % 3).unwrap();
        }
        clients.iter().for_each(|client| client.abort());
        sleep(Duration::from_millis(1)).await;
        cluster
    }

    #[test]
    fn the_order_of_application_is_a_linearization() {
        let mut unknown = 0;
        for seed in 1..=5 {
            let finished = Simulation::new(seed).run(async {
                let cluster = run().await;
                let stores = cluster.stores();
                let collector = stores.history.lock();
                let history = collector.history().unwrap();
                let numbers = collector.write_numbers(&history);
                let order = stores.applied.lock().order(&history, &numbers);
                drop(collector);
                cluster.shut_down();
                (history, order)
            });
            let (history, order): (History<_, _>, Vec<usize>) = finished.result.unwrap();
            let operations = history.operations();
            assert!(order.len() > 100, "{} of {}", order.len(), operations.len());
            let in_order = |&&number: &&usize| operations[number].output().is_none();
            unknown += order.iter().filter(in_order).count();
            assert_eq!(check_order(&MODEL, &history, &order), Ok(()), "seed {seed}");
        }
        assert!(unknown > 3, "{unknown} operations of unknown outcome had taken effect");
    }
}
