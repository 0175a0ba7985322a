//! A client of the store, and what it does.

use crate::workload::{Generator, Task};
use crate::{Cluster, Failure, property};
use bytes::Bytes;
use kv::{Action, Answer, Clerk, ClerkError, Request};
use runtime::{JoinHandle, Rng};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A client of a cluster's store. Everything it does is in the history of the run.
pub(crate) struct StoreClient {
    number: u64,
    clerk: Clerk,
    cluster: Cluster,
    generator: Generator,
}

impl StoreClient {
    /// The client with that number; there is one of each in a run.
    pub(crate) fn new(cluster: &Cluster, number: u64, clerk: Clerk) -> StoreClient {
        let generator = Generator::new(&cluster.kv_config().workload, number);
        StoreClient { number, clerk, cluster: cluster.clone(), generator }
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
        self.tell_session();
        result
    }

    fn tell_session(&self) {
        if let Some(session) = self.clerk.session() {
            self.cluster.store_session_is_of(session, self.number);
        }
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
    ) -> Result<Option<Bytes>, Failure> {
        let request = Request::new(key, Action::Get);
        match self.must(request, limit).await? {
            Answer::Got(found) => Ok(found.value),
            other => {
                let sentence = format!("a get of {key:?} was answered with {other:?}");
                Err(Failure::new(property::LINEARIZABLE, sentence))
            }
        }
    }

    /// Works until it is asked to stop, and returns. Unfinished work is abandoned.
    pub(crate) async fn work(mut self, mut rng: Rng, stop: Arc<AtomicBool>) -> StoreClient {
        let workload = self.cluster.kv_config().workload.clone();
        while !stop.load(Ordering::Relaxed) {
            let began_at = runtime::now();
            match self.generator.next(&mut rng) {
                Task::Ask(request) => {
                    let key = request.key.clone();
                    let done = self.execute(request).await;
                    if let Ok(Answer::Got(found)) = done {
                        self.generator.saw(&key, found.value.as_ref(), found.version);
                    }
                }
                Task::Increment(key) => self.increment(key).await,
            }
            let took = runtime::now().since(began_at);
            let left = workload.pace(&mut rng).saturating_sub(took);
            runtime::sleep(workload.think(&mut rng).max(left)).await;
        }
        self
    }

    /// Another client may come first, and then nothing is counted.
    async fn increment(&mut self, key: String) {
        let read = self.execute(Request::new(&key, Action::Get)).await;
        let Ok(Answer::Got(found)) = read else { return };
        let count = found.value.and_then(|value| str::from_utf8(&value).ok()?.parse().ok());
        let next = count.unwrap_or(0u64) + 1;
        let action = Action::PutAtVersion(found.version, next.to_string().into());
        // The result is in the history.
        let _ = self.execute(Request::new(key, action)).await;
    }
}

/// What it had under way may have opened a session, and written in it.
impl Drop for StoreClient {
    fn drop(&mut self) {
        self.tell_session();
    }
}

/// Waits until clients that were asked to stop return.
///
/// # Errors
/// When one still has an operation under way after `limit`.
pub(crate) async fn finish(
    at_work: Vec<JoinHandle<StoreClient>>,
    limit: Duration,
) -> Result<Vec<StoreClient>, Failure> {
    let deadline = runtime::now() + limit;
    let mut clients = Vec::with_capacity(at_work.len());
    for (number, client) in at_work.into_iter().enumerate() {
        let left = deadline.since(runtime::now());
        match runtime::timeout(left, client).await {
            Ok(Ok(client)) => clients.push(client),
            Ok(Err(_)) => return Err(Failure::new(property::PANIC, "client failed")),
            Err(_) => {
                let seconds = limit.as_secs_f64();
                let sentence = format!(
                    "client {number} is not answered for {seconds:.1} s, and nothing is broken"
                );
                return Err(Failure::new(property::CLIENTS, sentence));
            }
        }
    }
    Ok(clients)
}
