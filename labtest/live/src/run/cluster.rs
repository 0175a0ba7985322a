//! The servers of a run, with everything around them.

use super::Options;
use super::catching_up::CatchingUp;
use crate::blackouts::Blackouts;
use crate::clients;
use crate::driver::{Driver, Place};
use crate::isolation::{Port, Ports};
use crate::judge::Facts;
use crate::network::{LinkName, LinkStatistics, Network};
use crate::noted::Broken;
use crate::processes::Processes;
use crate::record::{Recorder, RunFolder};
use crate::world::World;
use anyhow::Context;
use futures::future::join_all;
use runtime::JoinHandle;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long repaired servers have to catch up before the others are asked about unknown outcomes.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(60);
/// How long a server may take to accept one connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
/// Between two looks whether servers answer.
const PAUSE: Duration = Duration::from_millis(50);

/// Running servers, their links, and who watches them.
pub struct Cluster {
    driver: Arc<dyn Driver>,
    world: Arc<World>,
    processes: Processes,
    /// Sees what processes do until there are none.
    watching: JoinHandle<()>,
    catching_up: CatchingUp,
    directories: Vec<PathBuf>,
    recorder: Recorder,
}

/// What is left of servers that have ended.
pub struct Ended {
    /// What they had, by server.
    pub directories: Vec<PathBuf>,
    /// The most memory that each had, in bytes; none where that can't be seen.
    pub memory_max_bytes: Option<Vec<u64>>,
    /// What links have done.
    pub links: BTreeMap<LinkName, LinkStatistics>,
    /// What was noted.
    pub facts: Facts,
    /// How often parts were broken.
    pub broken: Broken,
    /// What went wrong on the tester's side.
    pub troubles: Vec<String>,
    /// Where the run is recorded.
    pub recorder: Recorder,
}

/// The two ports of a server.
struct Doors {
    peers: Port,
    clients: Port,
}

impl Cluster {
    /// Starts the servers, whose clients are told `answers`.
    pub fn start(
        options: &Options,
        folder: &RunFolder,
        answers: &Arc<clients::Recorder>,
    ) -> anyhow::Result<Cluster> {
        let servers = options.scenario.servers;
        let network = Network::new(servers, options.seed).context("can't listen")?;
        let recorder = folder.recorder()?;
        let (mut processes, mut events) = Processes::new(&options.isolation, &folder.logs())?;
        let mut ports = Ports::new(&options.isolation);
        let mut directories = Vec::new();
        let mut doors = Vec::new();
        for server in 0..servers {
            directories.push(folder.directory(server)?);
            doors.push(Doors { peers: ports.take()?, clients: ports.take()? });
            network.set_server(
                server,
                doors[server].peers.address(),
                doors[server].clients.address(),
            );
        }
        let addresses = doors.iter().map(|doors| doors.clients.address()).collect();
        for (server, doors) in doors.iter().enumerate() {
            let place = place(server, doors, &network, servers, &directories[server]);
            let driver = Arc::clone(&options.driver);
            processes.add(move |life| driver.program(&Place { life, ..place.clone() }))?;
        }
        // Before any process is forked, since until its `exec` it would hold what is held here.
        drop(doors);
        let (driver, handles) = (Arc::clone(&options.driver), processes.servers().to_vec());
        let blackouts = Blackouts::new(
            Arc::clone(&driver),
            directories.clone(),
            folder.directories(),
            Arc::clone(answers),
        );
        let world = World::new(
            options.seed,
            Arc::clone(&driver),
            handles,
            options.scenario.disk.sync(),
            network,
            blackouts,
            recorder.clone(),
        );
        let world = Arc::new(world);
        let seeing = Arc::clone(&world);
        let watching = runtime::spawn(async move {
            while let Some(event) = events.recv().await {
                seeing.see(event);
            }
        });
        world.start();
        let catching_up = CatchingUp::start(&world, &driver, addresses);
        Ok(Cluster { driver, world, processes, watching, catching_up, directories, recorder })
    }

    /// The world of the nemesis.
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.world)
    }

    /// Where clients find each server.
    pub fn for_clients(&self) -> Vec<SocketAddr> {
        (0..self.directories.len()).map(|it| self.world.network.client_address(it)).collect()
    }

    /// Waits until all servers take connections, or for this long.
    pub async fn answers_within(&self, limit: Duration) {
        let until = runtime::now() + limit;
        for address in self.for_clients() {
            while runtime::now() < until && self.world.failure().is_none() {
                let connected = self.driver.connect(address);
                if matches!(runtime::timeout(CONNECT_LIMIT, connected).await, Ok(Ok(_))) {
                    break;
                }
                runtime::sleep(PAUSE).await;
            }
        }
    }

    /// Waits until all servers that run have what the others have, or a minute.
    pub async fn catch_up(&self) {
        // Who has not caught up by then is found by those who look at its disk.
        let _ = runtime::timeout(CATCH_UP_LIMIT, self.catching_up.all()).await;
    }

    /// Ends all servers.
    pub async fn end(self) -> Ended {
        let Cluster { world, processes, watching, catching_up, directories, recorder, .. } = self;
        catching_up.stop();
        processes.shutdown().await;
        let most: Vec<u64> = processes.servers().iter().map(|it| it.memory_bytes_max()).collect();
        let memory_max_bytes = most.iter().any(|bytes| *bytes > 0).then_some(most);
        let links = world.network.statistics();
        world.network.shutdown();
        // All that they did was told before they were said to have ended.
        join_all(processes.servers().iter().map(|server| server.settled())).await;
        drop(processes);
        let _ = runtime::timeout(CONNECT_LIMIT, watching).await;
        let (mut facts, broken, troubles) = world.take_noted().finish();
        facts.blackouts = world.blackouts.finish().await;
        Ended { directories, memory_max_bytes, links, facts, broken, troubles, recorder }
    }
}

fn place(
    server: usize,
    doors: &Doors,
    network: &Network,
    servers: usize,
    directory: &Path,
) -> Place {
    let peer = |other| match other == server {
        true => doors.peers.address(),
        false => network.peer_address(server, other),
    };
    Place {
        server,
        client_address: doors.clients.address(),
        peer_address: doors.peers.address(),
        peers: (0..servers).map(peer).collect(),
        clients: (0..servers).map(|other| network.client_address(other)).collect(),
        directory: directory.to_owned(),
        life: 0,
    }
}

impl Ended {
    /// What was noted here, and what is known elsewhere.
    pub fn complete(&self, known: Facts) -> Facts {
        let Facts { faults, lives, leaders, panics, blackouts, .. } = self.facts.clone();
        Facts { faults, lives, leaders, panics, blackouts, ..known }
    }
}
