//! A server over a Raft that does what the test says.

use crate::common::{ms, simulate};
use bytes::Bytes;
use futures::future::BoxFuture;
use kv::{Answer, GetArgs, KvServer, Options, Reply, Versioned};
use labrpc::{BoxFuture as HandlerFuture, HandleError, Network, Service};
use parking_lot::Mutex;
use persister::{MemoryDisk, Persister};
use raft_api::{ApplyMsg, NotLeader, Peer, ReadIndexError, Started, State};
use runtime::{JoinHandle, Node};
use std::sync::Arc;
use tokio::sync::mpsc;

/// It leads, commits nothing by itself, and says that reads need entry 2.
#[derive(Default)]
struct Scripted {
    killed: Mutex<bool>,
    snapshots: Mutex<Vec<u64>>,
}

impl Peer for Scripted {
    fn start(&self, _: Bytes) -> Result<Started, NotLeader> {
        Ok(Started { index: 1, term: 1 })
    }

    fn get_state(&self) -> State {
        State { term: 1, is_leader: true }
    }

    fn snapshot(&self, index: u64, _: Bytes) {
        self.snapshots.lock().push(index);
    }

    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        Some(Box::pin(async { Ok(2) }))
    }

    fn service(&self) -> Arc<dyn Service> {
        Arc::new(Silent)
    }

    fn kill(&self) {
        *self.killed.lock() = true;
    }
}

struct Silent;

impl Service for Silent {
    fn handle(
        self: Arc<Self>,
        _: &'static str,
        _: Vec<u8>,
    ) -> HandlerFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(std::future::pending())
    }
}

struct Scene {
    network: Network,
    raft: Arc<Scripted>,
    server: KvServer,
    apply: mpsc::Sender<ApplyMsg>,
}

fn scene() -> Scene {
    let network = Network::new(2);
    let raft = Arc::new(Scripted::default());
    let (apply, applied) = mpsc::channel(1);
    let disk = Arc::new(MemoryDisk::new().open());
    let options =
        Options { snapshot_at_bytes: Some(0), snapshot_at_percent: 0, ..Options::default() };
    let server = KvServer::over(Arc::clone(&raft) as _, applied, disk, options).unwrap();
    network.add_server(0, &Node::current());
    network.set_service(0, server.service());
    Scene { network, raft, server, apply }
}

impl Scene {
    fn get(&self) -> JoinHandle<Option<Reply>> {
        let end = self.network.add_server(1, &Node::current())[0].clone();
        let args = GetArgs { key: "x".into() };
        runtime::spawn(async move { end.typed_call("Kv.Get", &args).await.ok() })
    }

    /// A read through the log, at that place: the shortest command that there is.
    async fn apply(&self, index: u64) {
        // Variant 2 of the command, with an empty key.
        let command = Bytes::from_static(&[2, 0]);
        self.apply.send(ApplyMsg::Command { index, term: 1, command }).await.unwrap();
        ms(10).await;
    }
}

#[test]
fn a_read_waits_until_its_index_is_applied() {
    simulate(1, async {
        let scene = scene();
        let read = scene.get();
        ms(1_000).await;
        assert!(!read.is_finished());
        scene.apply(1).await;
        assert!(!read.is_finished());
        scene.apply(2).await;
        let expected = Reply::Answered(Answer::Got(Versioned::default()));
        assert_eq!(read.await.unwrap(), Some(expected));
        assert_eq!((scene.server.applied(), &*scene.raft.snapshots.lock()), (2, &vec![1, 2]));
    });
}

#[test]
fn what_cannot_be_applied_stops_the_server_and_says_why() {
    simulate(1, async {
        let scene = scene();
        let read = scene.get();
        ms(10).await;
        scene.apply(1).await;
        scene.apply(3).await;
        let expected = "entry 3 comes after entry 1: what was in between is missing";
        assert_eq!(scene.server.failure().as_deref(), Some(expected));
        assert!(*scene.raft.killed.lock());
        assert_eq!(read.await.unwrap(), Some(Reply::NotLeader { leader: None }));
    });
}

#[test]
fn a_snapshot_of_another_entry_stops_the_server() {
    simulate(1, async {
        let scene = scene();
        // Format 2, applied 4, no keys, no sessions.
        let snapshot = Bytes::from_static(&[2, 4, 0, 0]);
        let message = |index| ApplyMsg::Snapshot { index, term: 1, snapshot: snapshot.clone() };
        scene.apply.send(message(4)).await.unwrap();
        ms(10).await;
        assert_eq!((scene.server.applied(), scene.server.failure()), (4, None));
        scene.apply.send(message(9)).await.unwrap();
        ms(10).await;
        let expected = "the snapshot of entry 9 shows entry 4";
        assert_eq!(scene.server.failure().as_deref(), Some(expected));
    });
}

#[test]
fn a_stored_snapshot_that_cannot_be_read_is_an_error() {
    simulate(1, async {
        let disk = MemoryDisk::new();
        disk.open().save(b"", Some(Bytes::from_static(b"\x07")));
        let (_, applied) = mpsc::channel(1);
        let raft = Arc::new(Scripted::default());
        let disk = Arc::new(disk.open());
        let error = KvServer::over(raft, applied, disk, Options::default()).err().unwrap();
        let expected = "the store's snapshot: the snapshot has format 7, expected 2";
        assert_eq!(format!("{error:#}"), expected);
    });
}
