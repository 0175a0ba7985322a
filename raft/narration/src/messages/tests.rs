use super::*;
use bytes::Bytes;
use labrpc::{EventKind, Network, NetworkEvent, Observer};
use parking_lot::Mutex;
use persister::MemoryDisk;
use raft::Raft;
use raft::message::Entry;
use runtime::{Node, Simulation, sleep};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

mod replies;

fn vote(last_log_index: u64, pre_vote: bool) -> Request {
    let last_log_term = if last_log_index == 0 { 0 } else { 2 };
    let args =
        RequestVoteArgs { term: 3, candidate_id: 2, last_log_index, last_log_term, pre_vote };
    Request::RequestVote(args)
}

fn append(prev_log_index: u64, entries: usize) -> Request {
    let entry = Entry { term: 3, command: Bytes::from_static(b"x") };
    Request::AppendEntries(AppendEntriesArgs {
        term: 3,
        leader_id: 2,
        prev_log_index,
        prev_log_term: if prev_log_index == 0 { 0 } else { 2 },
        entries: vec![entry; entries],
        leader_commit: 6,
    })
}

fn snapshot() -> Request {
    Request::InstallSnapshot(InstallSnapshotArgs {
        term: 3,
        leader_id: 2,
        last_included_index: 9,
        last_included_term: 2,
        offset: 0,
        data: Bytes::from_static(b"state"),
        done: true,
    })
}

#[test]
fn each_request_has_its_words() {
    let said = [vote(7, false), vote(0, false), vote(7, true)]
        .map(|request| request.words(Naming::Node, 1));
    assert_eq!(
        said,
        [
            "asks node 1 for its vote in term 3 (own log ends at 7 of term 2)",
            "asks node 1 for its vote in term 3 (own log is empty)",
            "asks node 1 if it would vote for it in term 3 (own log ends at 7 of term 2)",
        ]
    );
    let said = [append(7, 2), append(0, 1), append(7, 0), append(0, 0), snapshot()]
        .map(|request| request.words(Naming::Node, 1));
    assert_eq!(
        said,
        [
            "sends node 1 AppendEntries of term 3 after 7 of term 2: 2 entries, commit 6",
            "sends node 1 AppendEntries of term 3 from the start: 1 entry, commit 6",
            "sends node 1 a heartbeat of term 3 after 7 of term 2, commit 6",
            "sends node 1 a heartbeat of term 3 from the start, commit 6",
            "sends node 1 its snapshot up to 9 of term 2 (5 bytes) in term 3",
        ]
    );
}

#[test]
fn heartbeats_and_pre_votes_are_kinds_of_their_own() {
    let kinds = [vote(7, false), vote(7, true), append(7, 0), append(7, 1), snapshot()]
        .map(|request| request.kind().name());
    assert_eq!(kinds, ["RequestVote", "PreVote", "heartbeat", "AppendEntries", "InstallSnapshot"]);
}

#[test]
fn what_is_no_request_is_refused_and_still_has_words() {
    let other = Request::decode("Kv.Get", b"").unwrap_err();
    assert_eq!(
        other.to_string(),
        format!("Kv.Get is no method of Raft; expected one of {}", method::ALL.join(", "))
    );
    let broken = Request::decode(method::REQUEST_VOTE, b"\x03").unwrap_err().to_string();
    assert!(broken.starts_with("1 bytes that are no message of Raft.RequestVote: "), "{broken}");
    assert_eq!(
        request_words(Naming::Node, 1, method::REQUEST_VOTE, b"\x03"),
        "calls Raft.RequestVote of node 1 (1 byte)"
    );
}

/// Every message of a cluster, as (method, bytes, whether it is a reply).
#[derive(Default)]
struct Seen(Mutex<Vec<(String, Vec<u8>, bool)>>);

impl Observer for Seen {
    fn observe(&self, event: &NetworkEvent<'_>) {
        let reply = match event.kind {
            EventKind::RequestSent => false,
            EventKind::ReplySent => true,
            _ => return,
        };
        self.0.lock().push((event.method.to_owned(), event.bytes.to_vec(), reply));
    }
}

/// The forms here are those on the wire: a server that comes back late makes a cluster use all three
/// methods of the paper.
#[test]
fn every_message_of_a_cluster_is_decoded() {
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen);
    let finished = Simulation::new(1).run(async move {
        let network = Network::new(3);
        network.set_observer(Some(observer));
        let start = |me: usize| {
            let node = Node::new("server");
            let ends = network.add_server(me, &node);
            let disk = Arc::new(MemoryDisk::new().open());
            let (apply, applied) = mpsc::channel(16);
            let raft = node.enter(|| Raft::make(ends, me, disk, apply)).unwrap();
            network.set_service(me, raft.service());
            (raft, applied)
        };
        let mut servers = vec![start(0), start(1)];
        sleep(Duration::from_secs(2)).await;
        let leader = servers.iter_mut().find(|(raft, _)| raft.get_state().is_leader).unwrap();
        leader.0.start(Bytes::from_static(b"x")).unwrap();
        leader.1.recv().await.unwrap();
        leader.0.snapshot(1, Bytes::from_static(b"state"));
        servers.push(start(2));
        sleep(Duration::from_secs(2)).await;
    });
    assert_eq!(finished.result, Ok(()));
    let seen = seen.0.lock();
    for (method, bytes, reply) in seen.iter() {
        match reply {
            false => assert!(Request::decode(method, bytes).is_ok(), "{method}: {bytes:?}"),
            true => {
                assert!(Reply::decode(method, bytes).is_ok(), "{method}: {bytes:?}");
            }
        }
    }
    for method in [method::REQUEST_VOTE, method::APPEND_ENTRIES, method::INSTALL_SNAPSHOT] {
        assert!(seen.iter().any(|(seen, _, _)| seen == method), "{method} was not used");
    }
}
