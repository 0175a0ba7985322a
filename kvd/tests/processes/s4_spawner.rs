//! A spawner starts every server of `server.json` as its own process, each with a client port and a log port;
//! changes are on disk after a majority; any server may crash at any time. Concurrent clients, every outcome of
//! theirs checked.

use crate::common::record::{Recorder, assert_linearizable};
use crate::common::{Client, ClusterOfProcesses, Spawner, eventually, pause, servers_file, words};
use bytes::Bytes;
use kvd::resp::Reply;
use lincheck::models::{
    Counter, CounterInput, CounterOutput, Kv, KvInput, KvOperation, KvOutput, MicroOperation,
    MultiRegister,
};
use lincheck::{Datum, History, Model, Operation, Verdict, check};
use runtime::Rng;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const CLIENTS: u64 = 5;

#[test]
fn a_spawner_starts_each_server_with_a_client_port_and_a_log_port() {
    let (folder, file) = (tempfile::tempdir().unwrap(), servers_file("kvd", 3));
    let port = |server: &kvd::servers_file::Server| {
        let kvd::servers_file::Server { host, client_port, log_port, .. } = server;
        json!({"host": host, "client_port": client_port, "log_port": log_port})
    };
    let ports: Vec<_> = file.servers.iter().map(port).collect();
    let config = folder.path().join("server.json");
    std::fs::write(&config, json!(ports).to_string()).unwrap();
    let mut spawner = Spawner::start(&config, folder.path(), &["--restart"]);
    let leader = spawner.wait_for_leader();
    let addresses = file.servers.iter().map(|it| it.client_address()).collect();
    let mut client = Client::new(addresses);
    assert_eq!(client.insist("SET x 1"), "OK");
    // Any server may crash at any time.
    spawner.kill_server(leader);
    let death = format!("node {leader} was killed by SIGKILL; it is started again in 1 s");
    spawner.wait_for("its death", |line| line.starts_with(&death));
    assert_eq!(client.insist("GET x"), "1");
    assert_eq!(client.insist("SET x 2"), "OK");
    spawner.wait_for("its return", |line| {
        line.starts_with(&format!("node {leader} ")) && line.contains("LEADER => 127.")
    });
    assert_eq!(client.insist("GET x"), "2");
}

#[test]
fn what_was_acknowledged_is_on_the_disks_of_a_majority() {
    let cluster = ClusterOfProcesses::of(servers_file("kvd", 3), "server.json", &[]);
    let mut client = cluster.client();
    for number in 0..10 {
        let (key, value) = (format!("key-{number}"), number.to_string());
        assert_eq!(client.insist(&format!("SET {key} {value}")), "OK");
        let on_disk = |id: &usize| cluster.inspected(*id, &key) == Some(json!(value));
        assert!((0..3).filter(on_disk).count() >= 2, "{key}");
    }
}

/// Ends the clients' work, also when the test fails meanwhile.
struct Work<'a>(&'a AtomicBool);

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Clients do something again and again while the leader is killed and started again, twice, and while it is stopped
/// until another one leads, and goes on without having heard of that.
fn while_leaders_die<M>(recorder: &Recorder<M>, act: impl Fn(u64, &mut Client, &mut Rng) + Sync)
where
    M: Model,
    Recorder<M>: Sync,
{
    let mut cluster = ClusterOfProcesses::of(servers_file("kvd", 3), "server.json", &[]);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _work = Work(&is_over);
        for number in 0..CLIENTS {
            let (mut client, is_over, act) = (cluster.client(), &is_over, &act);
            scope.spawn(move || {
                let mut rng = Rng::stream(4, "client", number);
                while !is_over.load(Ordering::Relaxed) {
                    act(number, &mut client, &mut rng);
                    pause();
                }
            });
        }
        let go_on = || {
            let aim = recorder.answered() + 50;
            eventually("clients go on", || (recorder.answered() >= aim).then_some(()));
        };
        for _ in 0..2 {
            go_on();
            let leader = cluster.leader();
            cluster.kill(leader);
            go_on();
            cluster.restart(leader);
            go_on();
        }
        for _ in 0..6 {
            go_on();
            depose(&cluster);
        }
        go_on();
    });
    // What was acknowledged and is lost shows at the latest now.
    let mut client = cluster.client();
    let mut rng = Rng::stream(4, "last client", 0);
    for _ in 0..50 {
        act(CLIENTS, &mut client, &mut rng);
    }
    let running: Vec<bool> = (0..3).map(|id| cluster.connect(id).ask("PING").is_ok()).collect();
    assert_eq!(running, [true; 3]);
}

fn depose(cluster: &ClusterOfProcesses) {
    let leader = cluster.leader();
    cluster.stop(leader);
    let mut others = cluster.addresses();
    others.remove(leader);
    // Until one of them leads they may send it to the one that has stopped.
    let mut client = Client::new(others);
    client.timeout = Duration::from_millis(200);
    client.insist("GET x");
    cluster.resume(leader);
}

/// Does one thing with one key, and records it.
fn one_key(recorder: &Recorder<Kv>, number: u64, client: &mut Client, rng: &mut Rng) {
    let (key, value) = (format!("key-{}", rng.below(3)), rng.below(10).to_string());
    let (command, operation) = match rng.below(10) {
        0..4 => (format!("GET {key}"), KvOperation::Get),
        4..6 => (format!("SET {key} {value}"), KvOperation::Put(value)),
        6..8 => (format!("APPEND {key} {value}"), KvOperation::Append(value)),
        8 => {
            let expected = rng.below(10).to_string();
            let command = format!("CAS {key} {expected} {value}");
            (command, KvOperation::Cas(Some(expected), value))
        }
        _ => (format!("SETNX {key} {value}"), KvOperation::Cas(None, value)),
    };
    let act = || client.send_once(&words(&command));
    recorder.run(number, KvInput { key, operation }, act, kv_output);
}

/// What the store said. A length is at least 1, so 0 is that a condition did not hold.
fn kv_output(reply: &Reply) -> KvOutput {
    match reply {
        Reply::Null => KvOutput::Got(None, None),
        Reply::Bulk(bytes) => KvOutput::Got(Some(string(bytes)), None),
        Reply::Integer(0) => KvOutput::Refused,
        Reply::Simple(_) | Reply::Integer(_) => KvOutput::Done(None),
        other => panic!("{other:?}"),
    }
}

fn string(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn concurrent_clients_of_single_keys_see_one_store_while_leaders_die() {
    let recorder = Recorder::new();
    while_leaders_die(&recorder, |number, client, rng| one_key(&recorder, number, client, rng));
    assert_linearizable(&Kv::new(), &recorder.history());
}

/// Adds one, or looks, and records it.
fn count(recorder: &Recorder<Counter>, number: u64, client: &mut Client, rng: &mut Rng) {
    let (command, input) = match rng.below(5) {
        0 => ("GET counter", CounterInput::Read),
        1 => ("DECRBY counter 7", CounterInput::AddAndGet(-7)),
        _ => ("INCR counter", CounterInput::AddAndGet(1)),
    };
    recorder.run(number, input, || client.send_once(&words(command)), counter_output);
}

fn counter_output(reply: &Reply) -> CounterOutput {
    CounterOutput::Total(match reply {
        Reply::Null => 0,
        Reply::Bulk(bytes) => string(bytes).parse().expect("a number"),
        Reply::Integer(total) => *total,
        other => panic!("{other:?}"),
    })
}

#[test]
fn no_increment_is_lost_or_doubled_while_leaders_die() {
    let recorder = Recorder::new();
    while_leaders_die(&recorder, |number, client, rng| count(&recorder, number, client, rng));
    assert_linearizable(&Counter::default(), &recorder.history());
}

const KEYS: [&str; 3] = ["a", "b", "c"];

/// What stands for a key that is not there.
const GONE: &str = "gone";

fn datum(text: &str) -> Datum {
    (&json!(text)).into()
}

fn several_registers() -> MultiRegister {
    let initial = KEYS.iter().map(|key| (key.to_string(), datum(GONE))).collect();
    MultiRegister { initial, has_single_keys: false }
}

/// Reads all keys, or writes or deletes two or three of them, and records it.
fn several(recorder: &Recorder<MultiRegister>, number: u64, client: &mut Client, rng: &mut Rng) {
    let value = format!("{number}-{}", rng.below(1_000_000));
    let keys = &KEYS[rng.below(2) as usize..];
    let write = |value: &str| {
        let write = |key: &&str| MicroOperation::Write(key.to_string(), datum(value));
        keys.iter().map(write).collect::<Vec<_>>()
    };
    let (command, parts) = match rng.below(10) {
        0..5 => {
            let parts = KEYS.iter().map(|key| MicroOperation::Read(key.to_string()));
            (format!("MGET {}", KEYS.join(" ")), parts.collect())
        }
        5..9 => {
            let pairs: Vec<String> = keys.iter().map(|key| format!("{key} {value}")).collect();
            (format!("MSET {}", pairs.join(" ")), write(&value))
        }
        _ => (format!("DEL {}", keys.join(" ")), write(GONE)),
    };
    recorder.run(number, parts, || client.send_once(&words(&command)), registers_output);
}

fn registers_output(reply: &Reply) -> Vec<Option<Datum>> {
    let datum = |reply: &Reply| match reply {
        Reply::Null => datum(GONE),
        Reply::Bulk(bytes) => datum(&string(bytes)),
        other => panic!("{other:?} among the values"),
    };
    match reply {
        Reply::Array(values) => values.iter().map(|value| Some(datum(value))).collect(),
        Reply::Simple(_) | Reply::Integer(_) => Vec::new(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_on_several_keys_are_whole_while_leaders_die() {
    let recorder = Recorder::new();
    while_leaders_die(&recorder, |number, client, rng| several(&recorder, number, client, rng));
    assert_linearizable(&several_registers(), &recorder.history());
}

/// The history with the answer of its last operation changed.
fn doctored<I: Clone, O: Clone>(history: &History<I, O>, answer: O) -> History<I, O> {
    let (mut doctored, last) = (History::new(), history.operations().len() - 1);
    for (number, operation) in history.operations().iter().enumerate() {
        let mut operation = operation.clone();
        if number == last {
            let Operation { client, invoked, ref input, .. } = operation;
            let at = operation.returned_at().expect("it was answered");
            operation = Operation::new(client, invoked, input.clone()).returned(at, answer.clone());
        }
        doctored.push(operation).expect("in order");
    }
    doctored
}

/// Demands that a history is judged well, and is not once its last answer is another one.
fn assert_noticed<M: Model>(model: &M, history: &History<M::Input, M::Output>, answer: M::Output)
where
    M::Input: Clone,
    M::Output: Clone,
{
    assert_linearizable(model, history);
    let report = check(model, &doctored(history, answer));
    assert_eq!(report.verdict, Verdict::NotLinearizable);
}

#[test]
fn the_judge_notices_a_lost_write_and_half_a_write_and_an_increment_that_counts_twice() {
    let cluster = ClusterOfProcesses::of(servers_file("kvd", 1), "server.json", &[]);
    let mut client = cluster.client();
    client.insist("DBSIZE");
    let mut send = |command: &str| client.send_once(&words(command));

    let recorder = Recorder::<Kv>::new();
    let on_x = |operation| KvInput { key: "x".to_owned(), operation };
    let put = KvOperation::Put("1".to_owned());
    recorder.run(0, on_x(put), || send("SET x 1"), kv_output);
    recorder.run(0, on_x(KvOperation::Get), || send("GET x"), kv_output);
    assert_noticed(&Kv::new(), &recorder.history(), KvOutput::Got(None, None));

    let recorder = Recorder::<MultiRegister>::new();
    let write = |key: &str| MicroOperation::Write(key.to_owned(), datum("1"));
    recorder.run(0, KEYS.map(write).to_vec(), || send("MSET a 1 b 1 c 1"), registers_output);
    let read = |key: &str| MicroOperation::Read(key.to_owned());
    recorder.run(0, KEYS.map(read).to_vec(), || send("MGET a b c"), registers_output);
    let half = ["1", "1", GONE].map(|value| Some(datum(value))).to_vec();
    assert_noticed(&several_registers(), &recorder.history(), half);

    let recorder = Recorder::<Counter>::new();
    for _ in 0..2 {
        let add = CounterInput::AddAndGet(1);
        recorder.run(0, add, || send("INCR counter"), counter_output);
    }
    assert_noticed(&Counter::default(), &recorder.history(), CounterOutput::Total(3));
}
