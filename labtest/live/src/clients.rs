//! Clients: what they ask, what they are answered, and what is known from that.
//!
//! [`Clients::start`] starts them as tasks. Two thirds of them are bound to one server for a while and then to
//! another, and ask it even if it does not lead; the others roam, and look for the server that does. What they
//! ask and are told goes into a [`Recorder`], whose histories a linearizability checker reads.

mod client;
mod history;
mod last_round;
mod workload;

pub use crate::operation::{Answer, Kind, Operation, Outcome, Transaction};
#[cfg(test)]
pub(crate) use history::record_for_tests;
pub use history::{Calibration, Fate, Histories, HistoryFile, MODELS, Record, Recorder};
pub use last_round::LastRound;
pub use workload::Workload;

use crate::driver::Driver;
use client::Client;
use parking_lot::Mutex;
use runtime::{JoinHandle, Rng};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use workload::Keys;

/// All clients of a run.
pub struct Clients {
    shared: Arc<Shared>,
    seed: u64,
    tasks: Vec<JoinHandle<()>>,
}

/// What all clients have in common.
struct Shared {
    driver: Arc<dyn Driver>,
    /// Where clients find each server.
    servers: Vec<SocketAddr>,
    workload: Workload,
    keys: Mutex<Keys>,
    recorder: Arc<Recorder>,
    next_process: AtomicU64,
    stops: AtomicBool,
}

impl Clients {
    /// Starts them. They find the servers at those addresses, by their numbers.
    pub fn start(
        driver: Arc<dyn Driver>,
        servers: Vec<SocketAddr>,
        workload: Workload,
        seed: u64,
        recorder: Arc<Recorder>,
    ) -> Clients {
        let keys = Keys::new(&workload);
        let next_process = AtomicU64::new(0);
        let stops = AtomicBool::new(false);
        let shared = Shared {
            driver,
            servers,
            workload,
            keys: Mutex::new(keys),
            recorder,
            next_process,
            stops,
        };
        let shared = Arc::new(shared);
        let start = |number| {
            let client = Client::new(&shared, seed, number, number % 3 == 0);
            runtime::spawn(client.run())
        };
        let tasks = (0..shared.workload.clients as u64).map(start).collect();
        Clients { shared, seed, tasks }
    }

    /// Lets them finish what they have begun, and begin nothing more.
    pub async fn stop(&mut self) {
        self.shared.stops.store(true, Ordering::Relaxed);
        for task in self.tasks.drain(..) {
            // It ends by itself: nobody aborts it.
            let _ = task.await;
        }
    }

    /// Reads every key again, looking for the leader, and writes a last time. The clients have stopped and the
    /// servers are well.
    pub async fn last_round(&self) -> LastRound {
        self.shared.stops.store(false, Ordering::Relaxed);
        let number = self.shared.workload.clients as u64;
        last_round::run(Client::new(&self.shared, self.seed, number, true)).await
    }
}

impl Shared {
    fn stops(&self) -> bool {
        self.stops.load(Ordering::Relaxed)
    }

    fn process(&self) -> u64 {
        self.next_process.fetch_add(1, Ordering::Relaxed)
    }
}

/// The stream of a client's chance.
fn chance(seed: u64, number: u64) -> Rng {
    Rng::stream(seed, "live client", number)
}
