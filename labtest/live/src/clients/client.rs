//! One client: it asks, waits for the answer, and asks again.

use super::history::Asking;
use super::workload::draw;
use super::{Answer, Operation, Outcome, Shared, chance};
use crate::driver::{Connection, Reached};
use runtime::{Instant, Rng};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// How long a client waits before it retries an operation that certainly has had no effect.
const PAUSE: RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(50);

pub(super) struct Client {
    pub(super) shared: Arc<Shared>,
    number: u64,
    /// The process of these operations in histories. A client whose last operation may yet take effect goes on
    /// as another process.
    process: u64,
    /// Whether it looks for the server that leads.
    roams: bool,
    rng: Rng,
    /// Whom it asks.
    server: usize,
    /// Until when it asks that one, if it does not roam.
    bound_until: Instant,
    connection: Option<Box<dyn Connection>>,
    /// What registers held when it saw them last.
    seen: BTreeMap<String, Option<String>>,
}

impl Client {
    pub(super) fn new(shared: &Arc<Shared>, seed: u64, number: u64, roams: bool) -> Client {
        let mut rng = chance(seed, number);
        let server = rng.below(shared.servers.len().max(1) as u64) as usize;
        Client {
            shared: Arc::clone(shared),
            number,
            process: shared.process(),
            roams,
            rng,
            server,
            bound_until: runtime::now(),
            connection: None,
            seen: BTreeMap::new(),
        }
    }

    pub(super) async fn run(mut self) {
        let patience = self.shared.workload.patience;
        while !self.shared.stops() {
            let next_at = runtime::now() + self.shared.workload.pace(&mut self.rng);
            self.bind();
            let operation = self.draw();
            self.perform(operation, patience).await;
            runtime::sleep_until(next_at).await;
        }
    }

    fn draw(&mut self) -> Operation {
        let Shared { driver, workload, keys, .. } = &*self.shared;
        let kind = workload.kind(&mut self.rng, |kind| driver.can(kind));
        draw(kind, workload, &mut keys.lock(), &self.seen, &mut self.rng)
    }

    /// Goes to another server, when it is time for that.
    fn bind(&mut self) {
        if self.roams || runtime::now() < self.bound_until {
            return;
        }
        let server = self.rng.below(self.shared.servers.len().max(1) as u64) as usize;
        self.go_to(server);
        let bound_for = self.shared.workload.bound_for.clone();
        self.bound_until = runtime::now() + self.rng.duration(bound_for);
    }

    fn go_to(&mut self, server: usize) {
        if server != self.server {
            self.connection = None;
        }
        self.server = server;
    }

    /// Does one operation, and records it. A roaming client retries it as long as it certainly has had no
    /// effect, until its patience ends.
    pub(super) async fn perform(&mut self, operation: Operation, patience: Duration) -> Outcome {
        let Client { number: client, process, roams, .. } = *self;
        let shared = Arc::clone(&self.shared);
        let asking = Asking { client, process, roams };
        let place = shared.recorder.begin(asking, operation.clone());
        let until = runtime::now() + patience;
        let (server, outcome) = loop {
            let asked = self.server;
            let (outcome, next) = self.attempt(&operation).await;
            let is_over = runtime::now() >= until || shared.stops();
            let goes_on = matches!(outcome, Outcome::Failed(_)) && roams && !is_over;
            if roams {
                self.go_to(next);
            }
            if !goes_on {
                break (asked, outcome);
            }
            runtime::sleep(self.rng.duration(PAUSE)).await;
        };
        shared.recorder.end(place, server, outcome.clone());
        self.learn(&operation, &outcome);
        outcome
    }

    /// Asks the server once: what it came to, and whom to ask next.
    async fn attempt(&mut self, operation: &Operation) -> (Outcome, usize) {
        let (stays, other) = (self.server, (self.server + 1) % self.shared.servers.len().max(1));
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => match self.shared.driver.connect(self.shared.servers[stays]).await {
                Ok(connection) => none.insert(connection),
                Err(error) => return (Outcome::Failed(format!("no connection: {error}")), other),
            },
        };
        match connection.call(operation, self.shared.workload.answer_timeout).await {
            Reached::Done(outcome @ Outcome::Failed(_)) => (outcome, other),
            Reached::Done(outcome) => (outcome, stays),
            Reached::Broken(outcome) => {
                self.connection = None;
                (outcome, other)
            }
            Reached::Elsewhere(address) => {
                let known = |server: &std::net::SocketAddr| server.to_string() == address;
                let named = self.shared.servers.iter().position(known);
                (Outcome::Failed(format!("sent to {address}")), named.unwrap_or(other))
            }
        }
    }

    fn learn(&mut self, operation: &Operation, outcome: &Outcome) {
        match (operation, outcome) {
            (Operation::Get { key }, Outcome::Ok(Answer::Value(value))) => {
                self.seen.insert(key.clone(), value.clone());
            }
            (Operation::Put { key, value }, Outcome::Ok(_))
            | (Operation::CompareAndSet { key, value, .. }, Outcome::Ok(Answer::Swapped(true))) => {
                self.seen.insert(key.clone(), Some(value.clone()));
            }
            (_, Outcome::Unknown(_)) => {
                self.shared.keys.lock().lost(operation);
                self.process = self.shared.process();
            }
            _ => {}
        }
    }
}
