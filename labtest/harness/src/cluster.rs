//! A cluster of servers under test, and everything a test does with it.
//!
//! The parts: `servers` crashes, restarts, connects and cuts off; `apply` reads what the servers
//! apply; `leaders` asks who leads; `agreement` submits values and waits for them; `operations` are
//! what clients did, for the history; `reads` asks for read indices; `counters` counts messages and bytes; `store` is
//! the store on the servers, in tests of its clients.

mod agreement;
mod apply;
mod counters;
mod disk;
mod hearing;
mod leaders;
mod oddities;
mod operations;
mod reads;
mod servers;
mod sights;
pub(crate) mod store;
mod stretches;

pub use agreement::{Committed, Retry};
#[cfg(test)]
pub(crate) use sights::Lasting;

use crate::api::ending::Ending;
use crate::checks::Oracle;
use crate::novelty::{Drawing, Sheet};
use crate::watch::{Watch, Watcher};
use crate::{Config, Failure, Implementation};
use labrpc::{Network, Observer};
use labtrace::Coverage;
use parking_lot::Mutex;
use servers::Server;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Weak};
use std::time::Duration;
use store::Stores;

/// The lab's fixed time for an election, independent of the implementation's timeouts.
pub const ELECTION_ALLOWANCE: Duration = Duration::from_millis(1000);

/// A cluster of servers under test. Cheap to clone, so that the clients of a test can have it too.
///
/// Every value that a server applies, and every term and leader it reports, is checked against all
/// that was seen before in the run; a violation ends the run at once.
///
/// ```no_run
/// # use harness as labtest;
/// use labtest::{Cluster, Config, OurRaft, Retry};
/// use std::sync::Arc;
///
/// let finished = runtime::Simulation::new(1).run(async {
///     let cluster = Cluster::new(Config::new(3), Arc::new(OurRaft))?;
///     let leader = cluster.check_one_leader().await?;
///     cluster.isolate(leader);
///     cluster.one(101, 2, Retry::Yes).await
/// });
/// assert_eq!(finished.result.unwrap().unwrap(), 1);
/// ```
#[derive(Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
}

struct Shared {
    implementation: Arc<dyn Implementation>,
    config: Arc<Config>,
    network: Network,
    servers: Mutex<Vec<Server>>,
    /// Held while a server is asked about itself, so that two askers on the real clock report in the
    /// order in which they asked.
    asking: Mutex<()>,
    ending: Arc<Ending>,
    watch: Arc<Watch>,
    /// Chance for the moments at which `check_one_leader` looks.
    samples: Mutex<runtime::Rng>,
    warnings: Mutex<Vec<String>>,
    /// Numbers the operations of clients.
    operations: AtomicU64,
    /// In tests of clients.
    stores: Option<Stores>,
}

impl Cluster {
    /// Starts the servers, all connected. Must be called inside a simulation or a tokio runtime.
    ///
    /// # Errors
    /// When the implementation fails to make a server.
    pub fn new(
        config: Config,
        implementation: Arc<dyn Implementation>,
    ) -> Result<Cluster, Failure> {
        let oracle = Oracle::of_service_alone(&config, Arc::clone(&implementation));
        Cluster::of(config, implementation, oracle, (Vec::new(), None))
    }

    /// [`new`](Cluster::new), with all checks, and watchers who see everything from the start. Its sketch
    /// is drawn on the sheet, if there is one.
    pub(crate) fn watched(
        config: Config,
        implementation: Arc<dyn Implementation>,
        watchers: Vec<Box<dyn Watcher>>,
        sheet: Option<&Sheet>,
    ) -> Result<Cluster, Failure> {
        let oracle = Oracle::new(&config, Arc::clone(&implementation));
        let drawing = sheet.map(|sheet| Drawing::new(&config, sheet));
        Cluster::of(config, implementation, oracle, (watchers, drawing))
    }

    fn of(
        config: Config,
        implementation: Arc<dyn Implementation>,
        oracle: Oracle,
        watchers: (Vec<Box<dyn Watcher>>, Option<Drawing>),
    ) -> Result<Cluster, Failure> {
        let servers = config.servers;
        let disk = |server| disk::disk(&config, &*implementation, server);
        let all: Vec<Server> = (0..servers).map(|server| Server::new(disk(server))).collect();
        let ending = Arc::new(Ending::default());
        let inspects = !config.checks.outside_only;
        let watch = Watch::new(servers, oracle, watchers, Arc::clone(&ending), inspects);
        let network = Network::new(servers);
        network.set_reliable(config.network.reliable);
        network.set_long_reordering(config.network.long_reordering);
        network.set_long_delays(config.network.long_delays);
        network.set_arriving_requests(true);
        let cluster = Cluster {
            shared: Arc::new(Shared {
                implementation,
                network,
                servers: Mutex::new(all),
                asking: Mutex::default(),
                ending,
                watch,
                samples: Mutex::new(runtime::rng("leader samples", 0)),
                warnings: Mutex::default(),
                operations: AtomicU64::new(0),
                stores: Stores::of(&config),
                config: Arc::new(config),
            }),
        };
        let watch = &cluster.shared.watch;
        if watch.sees_all() {
            watch.begin();
            cluster.shared.network.set_observer(Some(Arc::clone(watch) as Arc<dyn Observer>));
        }
        let started = (0..servers).try_for_each(|server| cluster.restart(server));
        if started.is_err() {
            cluster.shut_down();
        }
        started.map(|()| cluster)
    }

    /// For what the network and the disks hold, both of which the cluster holds.
    pub(crate) fn weak(&self) -> WeakCluster {
        WeakCluster(Arc::downgrade(&self.shared))
    }

    /// What is under test.
    pub(crate) fn implementation(&self) -> &dyn Implementation {
        &*self.shared.implementation
    }

    /// Ends the run as a failure.
    pub(crate) fn fail(&self, failure: Failure) {
        self.shared.ending.fail(failure);
    }

    /// How many servers there are, running or not.
    pub fn servers(&self) -> usize {
        self.shared.config.servers
    }

    /// The server `by` places after `server`, going round.
    pub fn server_after(&self, server: usize, by: usize) -> usize {
        (server + by) % self.servers()
    }

    /// A server drawn by chance, whatever its state.
    pub fn any_server(&self, rng: &mut runtime::Rng) -> usize {
        rng.below(self.servers() as u64) as usize
    }

    /// What the cluster was built from.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The network between the servers, for faults beyond the lab's.
    pub fn network(&self) -> &Network {
        &self.shared.network
    }

    /// Notes something odd that is not a failure.
    pub fn warn(&self, warning: impl Into<String>) {
        self.shared.warnings.lock().push(warning.into());
    }

    /// What of the run was seen so far.
    pub(crate) fn coverage(&self) -> Coverage {
        self.shared.watch.ask(Oracle::coverage)
    }

    /// Takes what was noted so far.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.warnings.lock())
    }

    /// Ends every server, so that nothing of the run is left: the network and the servers hold each
    /// other otherwise.
    pub(crate) fn shut_down(&self) {
        for server in &mut *self.shared.servers.lock() {
            if let Some(running) = server.running.take() {
                running.end();
            }
        }
        self.shared.watch.end();
        self.shared.network.close();
        if let Some(stores) = &self.shared.stores {
            stores.network.close();
        }
    }

    /// Resolves when one of the always-on checks fires, or the network notices a mistake.
    pub async fn failure(&self) -> Failure {
        self.shared.ending.wait(&self.shared.network).await
    }
}

/// A [`Cluster`] as seen by what it holds itself.
#[derive(Clone)]
pub(crate) struct WeakCluster(Weak<Shared>);

impl WeakCluster {
    /// `None` when the run is over.
    pub(crate) fn upgrade(&self) -> Option<Cluster> {
        self.0.upgrade().map(|shared| Cluster { shared })
    }
}
