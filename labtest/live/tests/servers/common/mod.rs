//! A run on servers that nothing is done to: clients for a few seconds, and the verdict.

use live::clients::{Clients, HistoryFile, Recorder, Workload};
use live::driver::Driver;
use live::heartbeat::Heartbeat;
use live::judge::{Check, Facts, Finding, Life, judge};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long the calibration takes, and then the run.
const CALIBRATION: Duration = Duration::from_secs(2);
const LOAD: Duration = Duration::from_secs(3);

/// What clients saw, and what is known already.
pub struct Seen {
    pub recorder: Arc<Recorder>,
    pub facts: Facts,
    heartbeat: Heartbeat,
}

/// Lets clients ask the server at that address, which is well all the time.
pub async fn load(driver: Arc<dyn Driver>, address: SocketAddr) -> Seen {
    let heartbeat = Heartbeat::start();
    let start = runtime::now();
    let recorder = Recorder::new(start);
    let workload = Workload::default();
    let mut clients = Clients::start(driver, vec![address], workload, 1, Arc::clone(&recorder));
    runtime::sleep(CALIBRATION).await;
    let calibrated_at_ns = runtime::now().since(start).as_nanos() as u64;
    runtime::sleep(LOAD).await;
    clients.stop().await;
    let stopped_at_ns = runtime::now().since(start).as_nanos() as u64;
    let life = Life { server: 0, started_ns: 0, caught_up_ns: Some(0), ended: None };
    let facts = Facts {
        servers: 1,
        calibrated_at_ns,
        stopped_at_ns,
        lives: vec![life],
        calibration: recorder.calibrate(Duration::ZERO, CALIBRATION),
        last_round: Some(clients.last_round().await),
        ..Facts::default()
    };
    Seen { recorder, facts, heartbeat }
}

impl Seen {
    /// The verdict on all of it.
    pub fn judge(mut self) -> Vec<Check> {
        self.facts.late_max_ns = self.heartbeat.late_max().as_nanos() as u64;
        let histories: Vec<HistoryFile> = self.recorder.histories();
        assert_eq!(histories.len(), 4, "clients use every kind of object");
        judge(&histories, &self.facts, None)
    }
}

/// What was found of a property.
pub fn finding<'a>(checks: &'a [Check], property: &str) -> &'a Finding {
    let check = checks.iter().find(|check| check.property == property);
    &check.expect("every property is judged").finding
}
