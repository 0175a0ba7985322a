//! A key/value store of one's own under the tests of stores, on this project's Raft: what
//! docs/test-your-own-store.md explains, from the first line to the last.
//!
//! ```text
//! cargo run --release -p labtest --example own_store -- run kv kv_snapshot --seeds 50
//! ```
//!
//! It is as simple as a right store can be: reads go through the log like writes, and a client has one session
//! forever. What is replicated is [`Machine`]; all else is waiting for it.

use labtest::clients::{MakeStoreArgs, StoreServer};
use labtest::kv::{Action, Answer, ExecuteArgs, GetArgs, Reply, Request, Versioned};
use labtest::labrpc::Router;
use labtest::parking_lot::Mutex;
use labtest::{
    ApplyMsg, Bytes, Decoded, DiskDecoder, Encoded, Implementation, MakeArgs, Message, NotLeader,
    OurRaft, Peer, Persister, Service, Supports, anyhow, decode, encode, oneshot, runtime,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    labtest::command_main(OwnStore { reads: Reads::ThroughTheLog })
}

/// Our Raft with this store.
struct OwnStore {
    reads: Reads,
}

#[derive(Clone, Copy, PartialEq)]
enum Reads {
    ThroughTheLog,
    /// From what this server has applied, even if another leads by now: a mistake, for the test below.
    FromHere,
}

impl Implementation for OwnStore {
    fn name(&self) -> &str {
        "own-store"
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        OurRaft.make(args)
    }

    fn make_store(&self, args: MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>> {
        Server::start(self.reads, args)
    }

    // The rest is our Raft's, so that its own checks see as much as ever.
    fn supports(&self) -> Supports {
        OurRaft.supports()
    }

    fn describe(&self, message: &Message<'_>) -> Option<String> {
        OurRaft.describe(message)
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        OurRaft.decode(message)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        OurRaft.disk_decoder()
    }
}

labtest::service! {
    /// What the tester's clients ask of a store; the names are theirs.
    trait StoreRpc, client StoreClient {
        /// Begins a session.
        fn open_session("Kv.OpenSession", ()) -> Reply;
        /// Makes a write, once for each number of a session.
        fn execute("Kv.Execute", ExecuteArgs) -> Reply;
        /// Reads a key.
        fn get("Kv.Get", GetArgs) -> Reply;
    }
}

/// An entry of the log.
#[derive(Serialize, Deserialize)]
enum Command {
    OpenSession,
    Execute { session: u64, sequence: u64, request: Request },
    Get { key: Bytes },
}

/// What all servers have alike, once they have applied the same entries.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Machine {
    applied: u64,
    keys: BTreeMap<Bytes, Versioned>,
    /// By session the number of its latest write, and what that was answered: a write that comes again
    /// is not made again.
    sessions: BTreeMap<u64, (u64, Option<Answer>)>,
}

impl Machine {
    fn apply(&mut self, index: u64, command: Command) -> Reply {
        self.applied = index;
        match command {
            // Its place in the log is a number that no other session has.
            Command::OpenSession => {
                self.sessions.insert(index, (0, None));
                Reply::Opened { session: index }
            }
            Command::Get { key } => Reply::Answered(Answer::Got(self.get(&key))),
            Command::Execute { session, sequence, request } => {
                match self.sessions.get(&session) {
                    None => return Reply::Expired,
                    Some((latest, _)) if sequence < *latest => return Reply::Late,
                    Some((latest, Some(answer))) if sequence == *latest => {
                        return Reply::Answered(answer.clone());
                    }
                    Some(_) => {}
                }
                let answer = self.write(request);
                self.sessions.insert(session, (sequence, Some(answer.clone())));
                Reply::Answered(answer)
            }
        }
    }

    fn get(&self, key: &[u8]) -> Versioned {
        self.keys.get(key).cloned().unwrap_or_default()
    }

    fn write(&mut self, Request { key, action }: Request) -> Answer {
        let Versioned { value, version } = self.get(&key);
        let next = match action {
            Action::Get => return Answer::Got(self.get(&key)),
            Action::Put(value) => Some(value),
            Action::PutAtVersion(wanted, value) if wanted == version => Some(value),
            Action::CompareAndSet(from, to) if from == value => Some(to),
            Action::PutAtVersion(..) | Action::CompareAndSet(..) => return Answer::Refused,
            Action::Append(tail) => Some([value.unwrap_or_default(), tail].concat().into()),
            Action::Delete => None,
            // Clients of the tester do not ask for the others.
            _ => return Answer::Refused,
        };
        let version = version + 1;
        self.keys.insert(key, Versioned { value: next, version });
        Answer::Done { version }
    }
}

/// One life of a server.
struct Server {
    raft: Arc<dyn Peer>,
    persister: Arc<dyn Persister>,
    snapshot_at_bytes: Option<usize>,
    reads: Reads,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    machine: Machine,
    /// Who waits for the entry of an index, and its term.
    waiting: BTreeMap<u64, (u64, oneshot::Sender<Reply>)>,
    failure: Option<String>,
}

impl Server {
    /// Called on the server's node, after a crash as at the first start: what must survive is on the disk.
    fn start(reads: Reads, args: MakeStoreArgs) -> anyhow::Result<Arc<dyn StoreServer>> {
        let MakeStoreArgs { replica, mut applied, persister, options } = args;
        let snapshot = persister.read()?.snapshot;
        let machine = if snapshot.is_empty() { Machine::default() } else { from_bytes(&snapshot)? };
        let state = Mutex::new(State { machine, ..State::default() });
        let snapshot_at_bytes = options.snapshot_at_bytes;
        let server = Arc::new(Server { raft: replica, persister, snapshot_at_bytes, reads, state });
        let applying = Arc::clone(&server);
        // Not `tokio::spawn`: in a simulation the task is one of this node's and ends with it.
        runtime::spawn(async move {
            while let Some(message) = applied.recv().await {
                if let Err(error) = applying.apply(message) {
                    applying.state.lock().failure = Some(error.to_string());
                    return applying.raft.kill();
                }
            }
        });
        Ok(Arc::new(Handle(server)))
    }

    fn apply(&self, message: ApplyMsg) -> anyhow::Result<()> {
        let mut state = self.state.lock();
        match message.in_memory()? {
            ApplyMsg::Command { index, term, command } => {
                let reply = state.machine.apply(index, from_bytes(&command)?);
                if let Some((expected, waiting)) = state.waiting.remove(&index) {
                    // With another term it is another leader's entry, and ours will never be here.
                    let _ = waiting.send(if term == expected { reply } else { Reply::Lost });
                }
            }
            // A place without a command.
            ApplyMsg::Own { index, .. } => state.machine.applied = index,
            ApplyMsg::Snapshot { index, snapshot, .. } => {
                if index > state.machine.applied {
                    state.machine = from_bytes(&snapshot)?;
                }
                // Whether theirs are in it nobody can tell: those who wait see that nobody answers.
                state.waiting = state.waiting.split_off(&(index + 1));
            }
            ApplyMsg::StoredSnapshot { .. } => unreachable!("it has been read"),
        }
        let is_large = |bytes| self.persister.state_size() >= bytes;
        if self.snapshot_at_bytes.is_some_and(is_large) {
            let snapshot = encode(&state.machine).map_err(anyhow::Error::msg)?;
            self.raft.snapshot(state.machine.applied, snapshot.into());
        }
        Ok(())
    }

    async fn submit(&self, command: Command) -> Reply {
        let Ok(command) = encode(&command) else { return Reply::Unknown };
        let (sender, reply) = oneshot::channel();
        {
            // Locked until somebody waits, so that nothing is applied before.
            let mut state = self.state.lock();
            match self.raft.start(command.into()) {
                Ok(started) => state.waiting.insert(started.index, (started.term, sender)),
                Err(NotLeader { leader }) => return Reply::NotLeader { leader },
            };
        }
        reply.await.unwrap_or(Reply::Unknown)
    }
}

fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> anyhow::Result<T> {
    decode(bytes).map_err(anyhow::Error::msg)
}

impl StoreRpc for Server {
    async fn open_session(self: Arc<Self>, (): ()) -> Reply {
        self.submit(Command::OpenSession).await
    }

    async fn execute(self: Arc<Self>, args: ExecuteArgs) -> Reply {
        let ExecuteArgs { session, sequence, request, .. } = args;
        self.submit(Command::Execute { session, sequence, request }).await
    }

    async fn get(self: Arc<Self>, GetArgs { key }: GetArgs) -> Reply {
        if self.reads == Reads::FromHere {
            return Reply::Answered(Answer::Got(self.state.lock().machine.get(&key)));
        }
        self.submit(Command::Get { key }).await
    }
}

/// What the tester holds of a server.
struct Handle(Arc<Server>);

impl StoreServer for Handle {
    fn service(&self) -> Arc<dyn Service> {
        let store = StoreClient::serve(Arc::clone(&self.0));
        Arc::new(Router::new().route("Kv.", store).route("", self.0.raft.service()))
    }

    fn failure(&self) -> Option<String> {
        self.0.state.lock().failure.clone()
    }

    fn kill(&self) {
        self.0.state.lock().waiting.clear();
        self.0.raft.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use labtest::pool::{Plan, Seeds, Shard, run_all};
    use labtest::{RunOptions, kv_tests};
    use std::ops::ControlFlow;

    fn failures(reads: Reads) -> u64 {
        let plan = Plan {
            tests: kv_tests().to_vec(),
            seeds: Seeds::new(1, 3),
            shard: Shard::WHOLE,
            jobs: 2,
            options: RunOptions::default(),
            fail_fast: false,
        };
        let store: Arc<dyn Implementation> = Arc::new(OwnStore { reads });
        let summary = run_all(&plan, &store, |_, _, _| ControlFlow::Continue(()));
        summary.unwrap().total().failed
    }

    #[test]
    fn the_store_passes_and_a_mistake_in_it_is_found() {
        assert_eq!(failures(Reads::ThroughTheLog), 0);
        assert!(failures(Reads::FromHere) > 3);
    }
}
