use super::wire::{Piece, RECEIVED, Received, TransferId, Wire};
use super::{Core, Outgoing, Output, Write, Written, start};
use crate::{Config, MakeArgs, Peer};
use bytes::Bytes;
use labrpc::{BoxFuture, ClientEnd, HandleError, Network, RpcError, Service, decode, encode};
use parking_lot::Mutex;
use persister::{PersistError, Persister, Stored, SyncFuture};
use raft_api::{ApplyMsg, NotLeader, ReadIndexError, Started, State};
use runtime::{Node, Simulation};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A core that wants done what a test tells it to, and keeps what happens to it.
#[derive(Default)]
struct Script {
    outputs: VecDeque<Output>,
    happened: Vec<Happened>,
    ticks: Vec<runtime::Instant>,
    term: u64,
}

#[derive(Clone, Debug, PartialEq)]
enum Happened {
    Step(Vec<u8>, Option<Bytes>),
    Sent(usize, bool),
    Durable(u64),
    Applied(u64),
    Compacted(u64),
    Read(u64),
}

struct Scripted(Arc<Mutex<Script>>);

impl Scripted {
    fn note(&mut self, happened: Happened) {
        self.0.lock().happened.push(happened);
    }
}

impl Core for Scripted {
    const METHODS: &'static [&'static str] = &["Tell"];

    fn tick(&mut self) -> bool {
        let mut script = self.0.lock();
        script.ticks.push(runtime::now());
        !script.outputs.is_empty()
    }

    fn step(&mut self, message: &[u8], snapshot: Option<Bytes>) -> Result<(), String> {
        if message == b"rubbish" {
            return Err("it is rubbish".to_owned());
        }
        self.note(Happened::Step(message.to_vec(), snapshot));
        Ok(())
    }

    fn propose(&mut self, _: Bytes) -> Result<Started, NotLeader> {
        Ok(Started { index: 1, term: self.0.lock().term })
    }

    fn compact(&mut self, index: u64, _: Bytes) {
        self.note(Happened::Compacted(index));
    }

    fn output(&mut self) -> Output {
        self.0.lock().outputs.pop_front().unwrap_or_default()
    }

    fn durable(&mut self, number: u64) {
        self.note(Happened::Durable(number));
    }

    fn applied(&mut self, index: u64) {
        self.note(Happened::Applied(index));
    }

    fn snapshot_sent(&mut self, to: usize, has_arrived: bool) {
        self.note(Happened::Sent(to, has_arrived));
    }

    fn read_index(&mut self, read: u64) -> Option<Result<(), ReadIndexError>> {
        self.note(Happened::Read(read));
        Some(Ok(()))
    }

    fn state(&self) -> State {
        State { term: self.0.lock().term, is_leader: true }
    }
}

/// How a sync ends.
type End = oneshot::Sender<Result<(), PersistError>>;

/// A disk whose syncs end when a test says so.
#[derive(Default)]
struct Disk {
    records: Mutex<Vec<Vec<u8>>>,
    syncs: Mutex<Vec<Option<End>>>,
}

impl Disk {
    /// The sync after write `write` ends, the first being 1.
    fn ends(&self, write: usize, outcome: Result<(), PersistError>) {
        let sync = self.syncs.lock()[write - 1].take().expect("it ends once");
        // The server may be dead.
        let _ = sync.send(outcome);
    }
}

impl Persister for Disk {
    fn save(&self, state: &[u8], _: Option<Bytes>) {
        self.append(state);
    }

    fn append(&self, record: &[u8]) {
        self.records.lock().push(record.to_vec());
    }

    fn sync(&self) -> SyncFuture {
        let (sender, receiver) = oneshot::channel();
        self.syncs.lock().push(Some(sender));
        SyncFuture::Waiting(Box::pin(async { receiver.await.expect("a sync ends") }))
    }

    fn read(&self) -> Result<Stored, PersistError> {
        Ok(Stored::default())
    }

    fn state_size(&self) -> usize {
        0
    }

    fn snapshot_size(&self) -> usize {
        0
    }
}

/// The other server: it keeps what arrives.
#[derive(Default)]
struct Other(Mutex<Vec<Wire>>);

impl Service for Other {
    fn handle(
        self: Arc<Self>,
        _: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        self.0.lock().push(decode(&args).expect("it is a driver's"));
        Box::pin(async { Err(HandleError::Silent) })
    }
}

/// Server 0, of a scripted core, and all that surrounds it.
struct Stage {
    script: Arc<Mutex<Script>>,
    disk: Arc<Disk>,
    other: Arc<Other>,
    peer: Arc<dyn Peer>,
    node: Node,
    service: mpsc::Receiver<ApplyMsg>,
    /// The other server's way to this one.
    end: ClientEnd,
    network: Network,
}

impl Stage {
    fn new() -> Stage {
        let network = Network::new(2);
        let (node, other_node) = (Node::new("server 0"), Node::new("server 1"));
        let peers = network.add_server(0, &node);
        let end = network.add_server(1, &other_node)[0].clone();
        let (script, disk) = (Arc::new(Mutex::new(Script::default())), Arc::new(Disk::default()));
        let (apply, service) = mpsc::channel(1);
        let persister: Arc<dyn Persister> = disk.clone();
        let raft = raft::Config { snapshot_piece_bytes_max: 4, ..raft::Config::default() };
        let config = Arc::new(Config { raft, ..Config::default() });
        let args = MakeArgs { peers, me: 0, persister, apply, config };
        let core = Scripted(Arc::clone(&script));
        let peer = node.enter(|| start(core, args));
        let other = Arc::new(Other::default());
        network.set_service(0, peer.service());
        network.set_service(1, other.clone());
        Stage { script, disk, other, peer, node, service, end, network }
    }

    /// The core wants this done, at its next tick.
    async fn wants(&self, output: Output) {
        self.script.lock().outputs.push_back(output);
        settle().await;
    }

    fn happened(&self) -> Vec<Happened> {
        std::mem::take(&mut self.script.lock().happened)
    }

    /// What has arrived at the other server.
    fn arrived(&self) -> Vec<Wire> {
        std::mem::take(&mut self.other.0.lock())
    }

    /// The other server sends this.
    async fn is_told(&self, method: &'static str, wire: Wire) {
        self.end.send(method, encode(&wire).unwrap());
        settle().await;
    }
}

/// Long enough for ticks, and for messages under way.
async fn settle() {
    runtime::sleep(Duration::from_millis(200)).await;
}

fn run<F: Future<Output = ()> + 'static>(test: F) {
    Simulation::new(1).run(test).result.unwrap();
}

fn to(server: usize, bytes: &[u8]) -> Vec<Outgoing> {
    vec![Outgoing { to: server, method: "Tell", bytes: bytes.to_vec(), snapshot: None }]
}

fn message(bytes: &'static [u8]) -> Wire {
    Wire::Message(Bytes::from_static(bytes))
}

fn write(number: u64) -> Option<Written> {
    Some(Written { number, write: Write::Append(number.to_le_bytes().to_vec()) })
}

fn own(index: u64) -> ApplyMsg {
    ApplyMsg::Own { index, term: 1 }
}

#[test]
fn a_message_leaves_at_once_and_a_promise_when_all_writes_in_front_of_it_are_durable() {
    run(async {
        let stage = Stage::new();
        stage
            .wants(Output {
                messages: to(1, b"entries"),
                write: write(7),
                promises: to(1, b"behind 7"),
                ..Output::default()
            })
            .await;
        stage.wants(Output { promises: to(1, b"too"), ..Output::default() }).await;
        stage
            .wants(Output { write: write(9), promises: to(1, b"behind 9"), ..Output::default() })
            .await;
        assert_eq!(stage.arrived(), [message(b"entries")]);
        assert_eq!(*stage.disk.records.lock(), [7_u64.to_le_bytes(), 9_u64.to_le_bytes()]);

        stage.disk.ends(1, Ok(()));
        settle().await;
        let mut arrived = stage.arrived();
        arrived.sort_by_key(|wire| *wire != message(b"behind 7"));
        assert_eq!(arrived, [message(b"behind 7"), message(b"too")]);
        stage.disk.ends(2, Ok(()));
        settle().await;
        assert_eq!(stage.arrived(), [message(b"behind 9")]);
        assert_eq!(stage.happened(), [Happened::Durable(7), Happened::Durable(9)]);
    });
}

#[test]
fn a_sync_that_is_sooner_than_an_earlier_one_stands_for_both() {
    run(async {
        let stage = Stage::new();
        stage
            .wants(Output { write: write(1), promises: to(1, b"first"), ..Output::default() })
            .await;
        stage.wants(Output { write: write(2), ..Output::default() }).await;
        stage.disk.ends(2, Ok(()));
        settle().await;
        assert_eq!(stage.arrived(), [message(b"first")]);
        stage.disk.ends(1, Ok(()));
        settle().await;
        assert_eq!(stage.happened(), [Happened::Durable(2)]);
    });
}

#[test]
fn a_message_to_itself_is_a_step_when_it_is_due() {
    run(async {
        let stage = Stage::new();
        let own_vote = Output { write: write(1), promises: to(0, b"vote"), ..Output::default() };
        stage.wants(own_vote).await;
        assert_eq!(stage.happened(), []);
        stage.disk.ends(1, Ok(()));
        settle().await;
        assert_eq!(
            stage.happened(),
            [Happened::Durable(1), Happened::Step(b"vote".to_vec(), None)]
        );
        assert_eq!(stage.network.total_sends(), 0);
    });
}

#[test]
fn a_sync_that_fails_is_the_end() {
    run(async {
        let stage = Stage::new();
        stage
            .wants(Output { write: write(1), promises: to(1, b"promise"), ..Output::default() })
            .await;
        stage.disk.ends(1, Err(PersistError::Failed("no space".into())));
        settle().await;
        let ticks = stage.script.lock().ticks.len();
        settle().await;
        assert!(!stage.node.is_alive());
        assert_eq!(stage.script.lock().ticks.len(), ticks);
        assert_eq!((stage.arrived(), stage.happened()), (vec![], vec![]));
        assert_eq!(stage.peer.start(Bytes::new()), Err(NotLeader { leader: None }));
    });
}

#[test]
fn the_service_is_given_everything_in_order_and_the_core_told_what_it_has_taken() {
    run(async {
        let mut stage = Stage::new();
        stage.wants(Output { apply: vec![own(1), own(2)], ..Output::default() }).await;
        stage.wants(Output { apply: vec![own(3)], ..Output::default() }).await;
        // The channel has room for one.
        assert_eq!(stage.happened(), [Happened::Applied(1)]);
        for index in 1..=3 {
            assert_eq!(stage.service.recv().await, Some(own(index)));
        }
        settle().await;
        assert_eq!(stage.happened(), [Happened::Applied(2), Happened::Applied(3)]);
    });
}

#[test]
fn a_leaders_snapshot_and_what_follows_wait_for_the_disk() {
    run(async {
        let mut stage = Stage::new();
        let snapshot = ApplyMsg::Snapshot { index: 7, term: 1, snapshot: Bytes::new() };
        let apply = vec![snapshot.clone(), own(8)];
        stage.wants(Output { write: write(1), apply, ..Output::default() }).await;
        assert!(stage.service.try_recv().is_err());
        stage.disk.ends(1, Ok(()));
        settle().await;
        assert_eq!(stage.service.recv().await, Some(snapshot));
        assert_eq!(stage.service.recv().await, Some(own(8)));
    });
}

/// Of the first snapshot that server 0 sends.
fn id() -> TransferId {
    TransferId { term: 0, from: 0, number: 1 }
}

fn piece(offset: u64, data: &'static [u8], done: bool) -> Piece {
    let (message, data) = (Bytes::from_static(b"head"), Bytes::from_static(data));
    Piece { id: id(), message, offset, done, data }
}

/// The other server says, to the piece at `offset`, how much it has of that.
fn received(offset: u64, missing_from: Option<u64>) -> Wire {
    Wire::Received(Received { id: id(), by: 1, offset, missing_from })
}

fn a_snapshot() -> Output {
    let snapshot = Some(Bytes::from_static(b"abcdefghij"));
    let bytes = b"head".to_vec();
    let messages = vec![Outgoing { to: 1, method: "Tell", bytes, snapshot }];
    Output { messages, ..Output::default() }
}

#[test]
fn a_snapshot_leaves_in_pieces_one_after_the_other() {
    run(async {
        let stage = Stage::new();
        stage.wants(a_snapshot()).await;
        assert_eq!(stage.arrived(), [Wire::Piece(piece(0, b"abcd", false))]);
        stage.is_told(RECEIVED, received(0, Some(4))).await;
        assert_eq!(stage.arrived(), [Wire::Piece(piece(4, b"efgh", false))]);
        stage.is_told(RECEIVED, received(4, Some(8))).await;
        assert_eq!(stage.arrived(), [Wire::Piece(piece(8, b"ij", true))]);
        assert_eq!(stage.happened(), []);
        stage.is_told(RECEIVED, received(8, None)).await;
        assert_eq!(stage.happened(), [Happened::Sent(1, true)]);
        runtime::sleep(Duration::from_secs(100)).await;
        assert_eq!((stage.arrived(), stage.happened()), (vec![], vec![]));
    });
}

#[test]
fn a_piece_that_nobody_answers_is_sent_again_until_the_core_is_told_that_it_is_lost() {
    run(async {
        let stage = Stage::new();
        stage.wants(a_snapshot()).await;
        runtime::sleep(Duration::from_secs(100)).await;
        let arrived = stage.arrived();
        assert!(arrived.len() > 2, "{arrived:?}");
        assert!(arrived.iter().all(|it| *it == Wire::Piece(piece(0, b"abcd", false))));
        assert_eq!(stage.happened(), [Happened::Sent(1, false)]);
    });
}

#[test]
fn a_snapshot_is_sent_no_longer_than_the_term_is_led() {
    run(async {
        let stage = Stage::new();
        stage.wants(a_snapshot()).await;
        stage.script.lock().term = 1;
        stage.wants(Output { messages: to(1, b"entries"), ..Output::default() }).await;
        stage.arrived();
        stage.is_told(RECEIVED, received(0, Some(4))).await;
        runtime::sleep(Duration::from_secs(100)).await;
        assert_eq!((stage.arrived(), stage.happened()), (vec![], vec![]));
    });
}

#[test]
fn a_core_is_given_pieces_as_one_message() {
    run(async {
        let stage = Stage::new();
        // As if the other server had sent them.
        let id = TransferId { from: 1, ..id() };
        let of_other = |piece: Piece| Wire::Piece(Piece { id, ..piece });
        let answer =
            |offset, missing_from| Wire::Received(Received { id, by: 0, offset, missing_from });
        stage.is_told("Tell", of_other(piece(0, b"abcd", false))).await;
        stage.is_told("Tell", of_other(piece(8, b"ij", true))).await;
        stage.is_told("Tell", of_other(piece(4, b"efgh", false))).await;
        assert_eq!(stage.arrived(), [answer(0, Some(4)), answer(8, Some(4)), answer(4, Some(8))]);
        assert_eq!(stage.happened(), []);
        stage.is_told("Tell", of_other(piece(8, b"ij", true))).await;
        let whole = Happened::Step(b"head".to_vec(), Some(Bytes::from_static(b"abcdefghij")));
        assert_eq!((stage.arrived(), stage.happened()), (vec![answer(8, None)], vec![whole]));
    });
}

#[test]
fn a_snapshot_says_how_far_the_service_has_got() {
    run(async {
        let stage = Stage::new();
        stage.peer.snapshot(5, Bytes::new());
        stage.peer.snapshot(4, Bytes::new());
        let happened = [Happened::Applied(5), Happened::Compacted(5), Happened::Compacted(4)];
        assert_eq!(stage.happened(), happened);
    });
}

#[test]
fn servers_tick_with_a_phase_each() {
    run(async {
        let stages = [Stage::new(), Stage::new()];
        settle().await;
        let [one, other] = stages.map(|stage| stage.script.lock().ticks.clone());
        assert_ne!(one[0], other[0]);
        for ticks in [one, other] {
            assert!(ticks.windows(2).all(|pair| pair[1].since(pair[0]) == super::TICK));
        }
    });
}

#[test]
fn nothing_happens_after_a_kill() {
    run(async {
        let mut stage = Stage::new();
        stage
            .wants(Output {
                write: write(1),
                promises: to(1, b"promise"),
                apply: vec![own(1), own(2)],
                ..Output::default()
            })
            .await;
        let read = stage.peer.read_index().expect("it has reads");
        stage.peer.kill();
        assert_eq!(read.await, Err(NotLeader { leader: None }.into()));
        stage.happened();
        let ticks = stage.script.lock().ticks.len();

        stage
            .script
            .lock()
            .outputs
            .push_back(Output { messages: to(1, b"late"), ..Output::default() });
        stage.disk.ends(1, Ok(()));
        stage.end.send("Tell", encode(&message(b"hello")).unwrap());
        stage.peer.snapshot(1, Bytes::new());
        assert_eq!(stage.peer.start(Bytes::new()), Err(NotLeader { leader: None }));
        settle().await;
        assert_eq!((stage.arrived(), stage.happened()), (vec![], vec![]));
        assert_eq!(stage.script.lock().ticks.len(), ticks);
        // The first was in the channel already; the second was on its way there.
        assert_eq!(stage.service.recv().await, Some(own(1)));
    });
}

#[test]
fn what_is_done_from_outside_is_carried_out_without_a_tick() {
    run(async {
        let stage = Stage::new();
        // In front of the first tick.
        let output = Output { messages: to(1, b"entries"), ..Output::default() };
        stage.script.lock().outputs.push_back(output);
        assert_eq!(stage.peer.start(Bytes::new()), Ok(Started { index: 1, term: 0 }));
        runtime::yield_now().await;
        assert_eq!(stage.script.lock().ticks, []);
        assert_eq!(stage.script.lock().outputs.len(), 0);
    });
}

#[test]
fn a_read_waits_for_its_index_or_for_the_end_of_the_term() {
    run(async {
        let stage = Stage::new();
        let read = || stage.peer.read_index().expect("it has reads");
        let (first, second) = (read(), read());
        stage.wants(Output { reads: vec![(1, 42)], ..Output::default() }).await;
        assert_eq!(first.await, Ok(42));
        stage.script.lock().term = 1;
        stage.wants(Output { reads: vec![(7, 1)], ..Output::default() }).await;
        assert_eq!(second.await, Err(NotLeader { leader: None }.into()));
    });
}

#[test]
fn what_is_no_message_is_refused() {
    run(async {
        let stage = Stage::new();
        let refusal = async |method, args: &[u8]| match stage.end.call(method, args.to_vec()).await
        {
            Err(RpcError::Mistake(mistake)) => mistake.to_string(),
            other => panic!("{other:?}"),
        };
        let sentence = refusal("Tell", &encode(&message(b"rubbish")).unwrap()).await;
        assert!(sentence.ends_with("it is rubbish"), "{sentence}");
        refusal("Tell", b"").await;
        let nobodys = Piece { id: TransferId { from: 2, ..id() }, ..piece(0, b"abcd", false) };
        let sentence = refusal("Tell", &encode(&Wire::Piece(nobodys)).unwrap()).await;
        assert!(sentence.ends_with("there is no server 2"), "{sentence}");
        let sentence = refusal("Shout", b"").await;
        assert!(sentence.contains("unknown method Shout"), "{sentence}");
        assert_eq!(stage.happened(), []);
    });
}
