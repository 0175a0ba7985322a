//! Churn: clients submit values while servers crash, restart and lose their connection all the
//! time. Whatever a client saw committed must be in the log at the end.

use super::c::restart_those_down;
use crate::{
    Answer, Cluster, ELECTION_ALLOWANCE, Failure, Outcome, Retry, Value, ensure, property,
};
use runtime::{JoinHandle, sleep, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const CLIENTS: u64 = 3;
const STEPS: u32 = 20;

pub(super) async fn churn(cluster: Cluster) -> Outcome {
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..CLIENTS).map(|number| start_client(&cluster, number, &stop)).collect();

    cluster.note("three clients submit values while servers crash and lose their connection");
    for_some_time(&cluster).await?;

    // Everything is made well again, and the clients are done.
    cluster.note("everything is made well again, and the clients finish");
    sleep(ELECTION_ALLOWANCE).await;
    cluster.set_reliable(true);
    restart_those_down(&cluster)?;
    cluster.connect_all();
    stop.store(true, Ordering::Relaxed);
    let mut seen_committed = Vec::new();
    for client in clients {
        let values = client.await.map_err(|_| Failure::new(property::PANIC, "client failed"))??;
        seen_committed.extend(values);
    }
    sleep(ELECTION_ALLOWANCE).await;
    cluster.note("whatever a client saw committed must be in the log");
    check_durability(&cluster, &seen_committed).await
}

/// Twenty steps, each a little shorter than an election may take: cut one off, bring one back, crash
/// one, each by chance.
async fn for_some_time(cluster: &Cluster) -> Outcome {
    let mut rng = runtime::rng("scenario", 0);
    for _ in 0..STEPS {
        if rng.below(1000) < 200 {
            cluster.isolate(cluster.any_server(&mut rng));
        }
        if rng.below(1000) < 500 {
            let server = cluster.any_server(&mut rng);
            if !cluster.is_running(server) {
                cluster.restart(server)?;
            }
            cluster.connect(server);
        }
        if rng.below(1000) < 200 {
            cluster.crash(cluster.any_server(&mut rng));
        }
        sleep(ELECTION_ALLOWANCE * 7 / 10).await;
    }
    Ok(())
}

type Client = JoinHandle<Result<Vec<Value>, Failure>>;

/// A client that submits values until it is asked to stop, and returns those it saw committed.
fn start_client(cluster: &Cluster, number: u64, stop: &Arc<AtomicBool>) -> Client {
    let (cluster, stop) = (cluster.clone(), Arc::clone(stop));
    runtime::spawn(async move {
        let mut rng = runtime::rng("client", number);
        let mut seen_committed = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let value = Value::random(&mut rng);
            let operation = cluster.operation_begins(Some(number), "submit", &value);
            let accepted = cluster.start_everywhere(|| value.clone()).await?;
            let Some((_, started)) = accepted.last() else {
                cluster.operation_ends(&operation, Answer::Refused);
                // Odd numbers, so that the clients don't run in step.
                sleep(Duration::from_millis(79 + 17 * number)).await;
                continue;
            };
            let index = started.index;
            if is_committed_soon(&cluster, index, &value).await {
                cluster.operation_ends(&operation, Answer::Done { index });
                seen_committed.push(value);
            } else {
                cluster.operation_ends(&operation, Answer::Unknown);
                // Where the index was another's already no time has passed, and none would if the
                // server gave that index again and again.
                yield_now().await;
            }
        }
        Ok(seen_committed)
    })
}

/// Whether any server applies this value at the index within about 0.4 s.
async fn is_committed_soon(cluster: &Cluster, index: u64, value: &Value) -> bool {
    for pause_ms in [10, 20, 50, 100, 200] {
        if let Some(there) = cluster.n_committed(index).value {
            return there == *value;
        }
        sleep(Duration::from_millis(pause_ms)).await;
    }
    false
}

/// All five servers must have the whole log, and in it all that the clients saw committed.
async fn check_durability(cluster: &Cluster, seen_committed: &[Value]) -> Outcome {
    let mut rng = runtime::rng("scenario", 1);
    let last = cluster.one(Value::random(&mut rng), 5, Retry::Yes).await?;
    let mut log = Vec::new();
    for index in 1..=last {
        let Some(value) = cluster.wait(index, 5, None).await? else {
            // An entry of Raft's own.
            continue;
        };
        let number = value.as_integer();
        ensure!(number.is_some(), property::COMMITTED_VALUE, "not an int at index {index}");
        log.extend(number);
    }
    log.sort_unstable();
    for value in seen_committed {
        let is_there = value.as_integer().is_some_and(|number| log.binary_search(&number).is_ok());
        ensure!(is_there, property::DURABILITY, "didn't find a value: {value}");
    }
    Ok(())
}
