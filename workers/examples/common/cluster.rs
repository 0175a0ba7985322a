//! Five workers: each a Raft, a forwarder beside it, and a log of what was applied.

use super::Narrator;
use labrpc::{Hooks, Network};
use parking_lot::Mutex;
use persister::MemoryDisk;
use raft::{ApplyMsg, Raft};
use runtime::{Node, sleep};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use workers::{Committed, Forwarder, Options, Progress};

const WORKERS: usize = 5;

/// How long anything may take, in the virtual time of the story.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command: this key has this value from now on. Doing that twice does no harm, so commands may
/// be sent again where it is not known what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyVal {
    key: String,
    value: i64,
}

impl KeyVal {
    pub fn new(key: &str, value: i64) -> KeyVal {
        KeyVal { key: key.to_owned(), value }
    }
}

impl fmt::Display for KeyVal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.key, self.value)
    }
}

/// The workers, on one network.
pub struct Workers {
    network: Network,
    workers: Vec<Worker>,
    narrator: Arc<Narrator>,
}

#[derive(Default)]
struct Worker {
    /// What a worker saves. It outlives the worker.
    disk: MemoryDisk,
    running: Option<Running>,
}

struct Running {
    node: Node,
    raft: Raft,
    forwarder: Forwarder,
    /// What was applied, with the term of each entry.
    log: Arc<Mutex<Vec<(u64, KeyVal)>>>,
}

impl Workers {
    /// Makes five workers, with nothing in their persisters.
    pub fn start(narrator: &Arc<Narrator>) -> Workers {
        let network = Network::new(WORKERS);
        network.set_observer(Some(Arc::clone(narrator) as Arc<dyn labrpc::Observer>));
        narrator.watch(WORKERS);
        let workers = (0..WORKERS).map(|_| Worker::default()).collect();
        let mut workers = Workers { network, workers, narrator: Arc::clone(narrator) };
        (0..WORKERS).for_each(|worker| workers.restart(worker));
        workers
    }

    /// How many there are, running or not.
    pub fn count(&self) -> usize {
        self.workers.len()
    }

    /// What the worker's persister writes to.
    pub fn disk(&self, worker: usize) -> &MemoryDisk {
        &self.workers[worker].disk
    }

    /// Has the hooks see every request before its receiver does.
    pub fn set_hooks(&mut self, hooks: &Arc<dyn Hooks>) {
        for worker in 0..self.count() {
            self.network.set_hooks(worker, Some(Arc::clone(hooks)));
        }
    }

    /// Starts a worker with what its persister holds.
    pub fn restart(&mut self, me: usize) {
        let node = Node::new(&format!("worker {me}"));
        let ends = self.network.add_server(me, &node);
        let persister = Arc::new(self.workers[me].disk.open());
        let (apply, applied) = mpsc::channel(16);
        let raft = node
            .enter(|| Raft::make(ends.clone(), me, persister, apply))
            .expect("the default configuration works, and memory does not rot");
        let forwarder = Forwarder::new(raft.clone(), ends, me, Options::default());
        self.network.set_service(me, forwarder.service());
        let log = Arc::new(Mutex::new(Vec::new()));
        node.spawn(serve(applied, forwarder.clone(), Arc::clone(&log)));
        self.narrator.started(me, &node, raft.clone());
        self.workers[me].running = Some(Running { node, raft, forwarder, log });
    }

    /// Ends a worker at once. Its disk stays.
    pub fn crash(&mut self, worker: usize) {
        if let Some(running) = self.workers[worker].running.take() {
            self.network.delete_server(worker);
            running.node.kill();
            running.raft.kill();
            self.narrator.crashed(worker);
        }
    }

    /// Gives a command to a worker, and waits until it is committed.
    pub async fn submit(&self, worker: usize, command: &KeyVal) -> Result<Committed, String> {
        let Some(Running { node, forwarder, .. }) = &self.workers[worker].running else {
            return Err(format!("node {worker} is down"));
        };
        let command = labrpc::encode(command)?;
        let (forwarder, narrator) = (forwarder.clone(), Arc::clone(&self.narrator));
        let task = node.spawn(async move {
            let note = |step: &Progress| narrator.does(worker, step);
            forwarder.submit_and_note(command.into(), note).await
        });
        let ended = task.await.map_err(|_| format!("node {worker} has crashed"))?;
        ended.map_err(|error| error.to_string())
    }

    /// Who leads the highest term, and that term.
    pub fn leader(&self) -> Option<(u64, usize)> {
        let leads =
            |(worker, state): (usize, raft::State)| state.is_leader.then_some((state.term, worker));
        let running = self.workers.iter().enumerate();
        running
            .filter_map(|(number, worker)| Some((number, worker.running.as_ref()?)))
            .filter_map(|(number, running)| leads((number, running.raft.get_state())))
            .max()
    }

    /// Waits until somebody leads.
    pub async fn wait_for_leader(&self) -> Result<usize, String> {
        self.wait_for_leader_after(0).await.map(|(_, leader)| leader)
    }

    /// Waits for a leader of a later term than this; returns term and leader.
    pub async fn wait_for_leader_after(&self, term: u64) -> Result<(u64, usize), String> {
        let newer = || self.leader().filter(|(leads, _)| *leads > term);
        wait_until(|| newer().is_some(), "a leader").await?;
        newer().ok_or_else(|| "a leader has just stepped down".to_owned())
    }

    /// Waits until all workers have that many entries in their logs.
    pub async fn wait_for_logs(&self, length: usize) -> Result<(), String> {
        let reached = |worker: &Worker| match &worker.running {
            Some(running) => running.log.lock().len() >= length,
            None => false,
        };
        wait_until(|| self.workers.iter().all(reached), "all logs to be complete").await
    }

    /// Tells every worker's log.
    pub fn tell_logs(&self) {
        for (number, worker) in self.workers.iter().enumerate() {
            let Some(running) = &worker.running else { continue };
            self.narrator.title(&format!("Worker {number}'s log"));
            for (index, (term, command)) in running.log.lock().iter().enumerate() {
                let entry = format!("index {index}: term: {term} KeyVal: {command}");
                self.narrator.print(&entry);
            }
        }
    }
}

async fn wait_until(mut ready: impl FnMut() -> bool, what: &str) -> Result<(), String> {
    let deadline = runtime::now() + PATIENCE;
    while !ready() {
        if runtime::now() >= deadline {
            return Err(format!("no end to the wait for {what}, after {PATIENCE:?}"));
        }
        sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// What a worker does with what Raft hands it.
async fn serve(
    mut applied: mpsc::Receiver<ApplyMsg>,
    forwarder: Forwarder,
    log: Arc<Mutex<Vec<(u64, KeyVal)>>>,
) {
    while let Some(message) = applied.recv().await {
        // Workers never take snapshots, so they are never sent one.
        if let ApplyMsg::Command { term, command, .. } = &message {
            let command = labrpc::decode(command).expect("workers submit nothing else");
            log.lock().push((*term, command));
        }
        forwarder.applied(&message);
    }
}
