//! A client of the store, and what it does.

use super::workload::{Generator, Task, Workload};
use crate::{Cluster, Failure, Outcome, property};
use kv::{Action, Answer, Clerk, ClerkError, Request};
use runtime::Rng;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A client of a cluster's store. Everything it does is in the history of the run.
pub(crate) struct StoreClient {
    number: u64,
    clerk: Clerk,
    cluster: Cluster,
}

impl StoreClient {
    /// The client of that number; there is one of each in a run.
    pub(crate) fn new(cluster: &Cluster, number: u64, clerk: Clerk) -> StoreClient {
        StoreClient { number, clerk, cluster: cluster.clone() }
    }

    /// Tells it from the other clients of the run.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Does what is asked, and notes it.
    pub(crate) async fn execute(&mut self, request: Request) -> Result<Answer, ClerkError> {
        let operation = self.cluster.store_operation_begins(self.number, &request);
        let result = self.clerk.execute(request).await;
        self.cluster.store_operation_ends(&operation, &result);
        result
    }

    /// Does what is asked, which a store that works does in time.
    ///
    /// # Errors
    /// When it takes longer than `limit`, or can't be done.
    pub(crate) async fn must(
        &mut self,
        request: Request,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let what = format!("{:?} of {:?}", request.action, request.key);
        let done = runtime::timeout(limit, self.execute(request)).await;
        let sentence = match done {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => format!("{what} was not done: {error}"),
            Err(_) => format!("{what} was not done in {:.1} s", limit.as_secs_f64()),
        };
        Err(Failure::new(property::CLIENTS, sentence))
    }

    /// What is under a key.
    ///
    /// # Errors
    /// As [`must`](StoreClient::must).
    pub(crate) async fn read(
        &mut self,
        key: &str,
        limit: Duration,
    ) -> Result<Option<String>, Failure> {
        let request = Request { key: key.to_owned(), action: Action::Get };
        match self.must(request, limit).await? {
            Answer::Got(found) => Ok(found.value),
            other => {
                let sentence = format!("a get of {key:?} was answered with {other:?}");
                Err(Failure::new(property::LINEARIZABLE, sentence))
            }
        }
    }

    /// Works until it is told to stop. What it can't get done it leaves.
    pub(crate) async fn work(&mut self, workload: &Workload, rng: &mut Rng, stop: &AtomicBool) {
        let mut generator = Generator::new(workload, self.number);
        while !stop.load(Ordering::Relaxed) {
            match generator.next(rng) {
                Task::Ask(request) => {
                    let key = request.key.clone();
                    let done = self.execute(request).await;
                    if let Ok(Answer::Got(found)) = done {
                        generator.saw(&key, found.value.as_deref(), found.version);
                    }
                }
                Task::Increment(key) => self.increment(key).await,
            }
            runtime::sleep(workload.think(rng)).await;
        }
    }

    /// Another client may come first, and then nothing is counted.
    async fn increment(&mut self, key: String) {
        let read = self.execute(Request { key: key.clone(), action: Action::Get }).await;
        let Ok(Answer::Got(found)) = read else { return };
        let count: u64 = found.value.and_then(|value| value.parse().ok()).unwrap_or(0);
        let action = Action::PutAtVersion(found.version, (count + 1).to_string());
        // Whatever comes of it is in the history.
        let _ = self.execute(Request { key, action }).await;
    }
}

/// Stops clients and waits until they have stopped.
///
/// # Errors
/// When one still has an operation under way after `limit`.
pub(crate) async fn finish(
    clients: Vec<runtime::JoinHandle<()>>,
    stop: &AtomicBool,
    limit: Duration,
) -> Outcome {
    stop.store(true, Ordering::Relaxed);
    let deadline = runtime::now() + limit;
    for (number, client) in clients.into_iter().enumerate() {
        let left = deadline.since(runtime::now());
        match runtime::timeout(left, client).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Failure::new(property::PANIC, "client failed")),
            Err(_) => {
                let seconds = limit.as_secs_f64();
                let sentence = format!("client {number} has waited for {seconds:.1} s");
                return Err(Failure::new(property::CLIENTS, sentence));
            }
        }
    }
    Ok(())
}
