//! Clients: each asks one thing at a time, of one node for a while and then of another.

use super::history::Recorder;
use super::message::{Body, Message};
use super::network::Network;
use super::operation::{Operation, Outcome, is_unavailable};
use super::problems::Problems;
use parking_lot::Mutex;
use runtime::{Instant, Rng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long an answer is waited for.
pub(super) const TIMEOUT: Duration = Duration::from_secs(1);
/// The longest pause between two operations.
const THINKS_MAX: Duration = Duration::from_millis(20);
/// How often, of a million times, a client goes to another node though this one answers.
const ROAMS_PER_MILLION: u32 = 50_000;
/// How many keys are in use at a time.
const KEYS: u64 = 3;
/// After how many operations that may have had an effect a key is left for a new one: long parts take long to
/// judge.
const OPERATIONS_OF_KEY: u64 = 150;

/// A place in the network that asks and is answered.
pub(super) struct Caller {
    name: String,
    network: Arc<Network>,
    answers: UnboundedReceiver<Message>,
    asked: u64,
}

impl Caller {
    pub(super) fn new(name: String, network: Arc<Network>) -> Caller {
        let (input, answers) = unbounded_channel();
        network.attach(&name, input);
        Caller { name, network, answers, asked: 0 }
    }

    /// Asks a node; none if there is no answer in time. Answers to what was asked before are passed over.
    pub(super) async fn call(
        &mut self,
        node: &str,
        mut body: Body,
        timeout: Duration,
    ) -> Option<Body> {
        self.asked += 1;
        body.insert("msg_id".to_owned(), json!(self.asked));
        let request = Message { src: self.name.clone(), dest: node.to_owned(), body };
        self.network.send(request);
        let answer = async {
            loop {
                let message = self.answers.recv().await?;
                if message.src == node && message.in_reply_to() == Some(self.asked) {
                    return Some(message.body);
                }
            }
        };
        runtime::timeout(timeout, answer).await.ok().flatten()
    }
}

/// What all clients of a run have in common.
pub(super) struct Shared {
    pub(super) nodes: Vec<String>,
    pub(super) history: Recorder,
    pub(super) problems: Arc<Problems>,
    /// What was last seen of each key, for compare-and-sets that may succeed.
    seen: Mutex<BTreeMap<u64, u64>>,
    written: AtomicU64,
    /// How many operations had an effect, or may have had.
    done: AtomicU64,
}

impl Shared {
    pub(super) fn new(nodes: Vec<String>, history: Recorder, problems: Arc<Problems>) -> Shared {
        let (seen, written, done) = Default::default();
        Shared { nodes, history, problems, seen, written, done }
    }

    /// A value that nobody has written.
    fn fresh(&self) -> u64 {
        self.written.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A write of a value that nobody has written.
    pub(super) fn write(&self) -> Operation {
        Operation::Write(self.fresh())
    }

    /// A key that is in use now.
    fn key(&self, rng: &mut Rng) -> u64 {
        let done = self.done.load(Ordering::Relaxed);
        done / (OPERATIONS_OF_KEY * KEYS) * KEYS + rng.below(KEYS)
    }

    /// All keys that were in use.
    pub(super) fn keys(&self) -> std::ops::Range<u64> {
        0..(self.done.load(Ordering::Relaxed) / (OPERATIONS_OF_KEY * KEYS) + 1) * KEYS
    }

    fn draw(&self, rng: &mut Rng) -> (u64, Operation) {
        let key = self.key(rng);
        let seen = self.seen.lock().get(&key).copied();
        let operation = match (rng.below(10), seen) {
            (0..4, _) => Operation::Read,
            (4..7, Some(from)) => Operation::CompareAndSet { from, to: self.fresh() },
            _ => self.write(),
        };
        (key, operation)
    }

    fn learn(&self, key: u64, operation: &Operation, outcome: &Outcome) {
        if !matches!(outcome, Outcome::Failed(_)) {
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        let now = match (operation, outcome) {
            (Operation::Read, Outcome::Ok(value)) => value.as_u64(),
            (Operation::Write(value), Outcome::Ok(_)) => Some(*value),
            (Operation::CompareAndSet { to, .. }, Outcome::Ok(Value::Null)) => Some(*to),
            _ => None,
        };
        if let Some(value) = now {
            self.seen.lock().insert(key, value);
        }
    }
}

/// Asks until that time.
pub(super) async fn ask_until(
    number: usize,
    mut rng: Rng,
    network: Arc<Network>,
    shared: Arc<Shared>,
    until: Instant,
) {
    let mut caller = Caller::new(format!("c{number}"), network);
    let mut node = rng.pick(&shared.nodes).clone();
    while runtime::now() < until {
        let (key, operation) = shared.draw(&mut rng);
        let (_, stays) = ask(&mut caller, number, &node, key, &operation, &shared).await;
        if !stays || rng.chance(ROAMS_PER_MILLION) {
            node = rng.pick(&shared.nodes).clone();
        }
        runtime::sleep(rng.duration(Duration::ZERO..=THINKS_MAX)).await;
    }
}

/// One operation, and what it came to in the history; and whether the node is one to stay with.
pub(super) async fn ask(
    caller: &mut Caller,
    process: usize,
    node: &str,
    key: u64,
    operation: &Operation,
    shared: &Shared,
) -> (Option<Outcome>, bool) {
    shared.history.invoke(process, key, operation);
    let answer = caller.call(node, operation.request(key), TIMEOUT).await;
    let stays = answer.as_ref().is_some_and(|answer| !is_unavailable(answer));
    let is_answered = answer.is_some();
    let outcome = match answer {
        Some(answer) => operation.outcome(&answer).unwrap_or_else(|problem| {
            shared.problems.tell(format!("{node} {problem}"));
            operation.unanswered("no answer that can be read".to_owned())
        }),
        None => operation.unanswered(format!("no answer from {node}")),
    };
    shared.learn(key, operation, &outcome);
    shared.history.end(process, key, operation, &outcome);
    (is_answered.then_some(outcome), stays)
}
