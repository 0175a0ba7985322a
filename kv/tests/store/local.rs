//! Programs that take their clients' requests themselves: what they see of several keys at once is strictly
//! serializable, whatever happens to servers and network, and a command takes effect at most once.

use crate::common::{Cluster, ms, simulate};
use kv::{Action, Answer, Command, KvServer, Options, Reply, Request};
use lincheck::models::{MicroOperation, MultiRegister};
use lincheck::{Checker, Datum, Event, EventKind, EventReader, Verdict};
use parking_lot::Mutex;
use runtime::{Rng, timeout};
use std::sync::Arc;
use std::time::Duration;

const CLIENTS: u64 = 5;
const KEYS: [&str; 3] = ["a", "b", "c"];

type Parts = Vec<MicroOperation>;
type Values = Vec<Option<Datum>>;
type Servers = Arc<Mutex<Vec<Option<KvServer>>>>;
type Events = Arc<Mutex<EventReader<Parts, Values>>>;

fn datum(value: i64) -> Datum {
    Datum::from(&serde_json::Value::from(value))
}

fn number(value: Option<bytes::Bytes>) -> Option<Datum> {
    let value = value?;
    Some(datum(std::str::from_utf8(&value).unwrap().parse().unwrap()))
}

/// Reads and writes of several keys as one command of the log.
fn draw(rng: &mut Rng, value: i64) -> (Command, Parts) {
    let mut requests = Vec::new();
    let mut parts = Vec::new();
    for key in KEYS {
        match rng.below(3) {
            0 => {
                requests.push(Request::new(key, Action::Get));
                parts.push(MicroOperation::Read(key.to_owned()));
            }
            1 => {
                requests.push(Request::new(key, Action::Put(value.to_string().into())));
                parts.push(MicroOperation::Write(key.to_owned(), datum(value)));
            }
            _ => {}
        }
    }
    (Command::Execute { once: None, requests }, parts)
}

fn values(answer: Answer) -> Values {
    match answer {
        Answer::Got(found) => vec![number(found.value)],
        Answer::Several(answers) => answers.into_iter().flat_map(values).collect(),
        _ => Vec::new(),
    }
}

/// One command at whichever server takes it. It is not sent again once one has taken it.
async fn write(servers: &Servers, command: &Command) -> EventKind<Parts, Values> {
    let running: Vec<KvServer> = servers.lock().iter().flatten().cloned().collect();
    for server in running {
        match timeout(Duration::from_secs(1), server.submit(command)).await {
            Ok(Reply::Answered(answer)) => return EventKind::Ok(values(answer)),
            Ok(Reply::NotLeader { .. } | Reply::Lost) => {}
            _ => return EventKind::Info,
        }
    }
    EventKind::Fail
}

async fn read(servers: &Servers) -> EventKind<Parts, Values> {
    let running: Vec<KvServer> = servers.lock().iter().flatten().cloned().collect();
    for server in running {
        let look = |store: &kv::Store| KEYS.map(|key| number(store.get(key.as_bytes()).value));
        if let Ok(Ok(values)) = timeout(Duration::from_secs(1), server.read(look)).await {
            return EventKind::Ok(values.to_vec());
        }
    }
    EventKind::Fail
}

async fn client(client: u64, servers: Servers, events: Events) {
    let mut rng = runtime::rng("test client", client);
    let note = |kind| {
        let event = Event { at: runtime::true_now().as_nanos(), process: client, kind };
        events.lock().push(event).expect("clients do one thing at a time");
    };
    for number in 0.. {
        if rng.chance(400_000) {
            note(EventKind::Invoke(KEYS.map(|key| MicroOperation::Read(key.to_owned())).to_vec()));
            note(read(&servers).await);
        } else {
            let (command, parts) = draw(&mut rng, number * CLIENTS as i64 + client as i64);
            note(EventKind::Invoke(parts));
            note(write(&servers, &command).await);
        }
        ms(rng.range(0..=60)).await;
    }
}

/// Half a minute of crashes and partitions.
async fn chaos(servers: usize) -> Events {
    let mut cluster = Cluster::new(servers, 1, Options::default());
    let handles = Servers::default();
    let events: Events = Arc::new(Mutex::new(EventReader::new()));
    let mut rng = runtime::rng("test", 0);
    for number in 0..CLIENTS {
        runtime::spawn(client(number, Arc::clone(&handles), Arc::clone(&events)));
    }
    for _ in 0..30 {
        let server = rng.below(servers as u64) as usize;
        match rng.below(8) {
            0 => cluster.crash(server),
            1 | 2 => cluster.restart(server),
            3 | 4 => cluster.partition(|other| usize::from(other == server)),
            5 | 6 => cluster.heal(),
            _ => {}
        }
        let running = cluster.running.iter().map(|it| it.as_ref().map(|(_, kv)| kv.clone()));
        *handles.lock() = running.collect();
        ms(rng.range(0..=2000)).await;
        cluster.check();
    }
    events
}

#[test]
fn several_keys_are_read_and_written_at_once() {
    let (mut answered, mut unknown) = (0, 0);
    for seed in 0..20 {
        let (events, _) = simulate(seed, chaos(3));
        let history = events.lock().clone().finish();
        let is_answered = |operation: &&_| lincheck::Operation::output(*operation).is_some();
        let count = history.operations().iter().filter(is_answered).count();
        (answered, unknown) = (answered + count, unknown + history.operations().len() - count);
        let model = MultiRegister::default();
        let report = Checker::new(&model).explain(&history);
        let told = || report.describe(&model, &history);
        assert_eq!(report.verdict, Verdict::Linearizable, "seed {seed}: {}", told());
    }
    assert!(answered > 2000 && unknown > 10, "{answered} answered, {unknown} unknown");
}
