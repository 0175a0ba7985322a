//! Tests with a scenario of their own.

use super::generic::check_state_size;
use super::{ANSWER_LIMIT, KvTest, STATE_BYTES_MAX};
use crate::cluster::store::client::StoreClient;
use crate::{Cluster, ELECTION_ALLOWANCE, Failure, Outcome, ensure, property};
use kv::{Action, Request};
use runtime::sleep;
use std::time::Duration;

fn request(key: &str, action: Action) -> Request {
    Request::new(key, action)
}

async fn put(client: &mut StoreClient, key: &str, value: &str) -> Outcome {
    client.must(request(key, Action::Put(value.to_owned().into())), ANSWER_LIMIT).await.map(drop)
}

async fn expect(client: &mut StoreClient, key: &str, value: &str) -> Outcome {
    let found = client.read(key, ANSWER_LIMIT).await?;
    let found = found.unwrap_or_default().escape_ascii().to_string();
    ensure!(found == value, property::LINEARIZABLE, "get({key}): expected {value}, got {found}");
    Ok(())
}

/// An operation takes no longer than a third of the heartbeat interval, so that a Raft that sends
/// entries with heartbeats only is too slow.
pub(super) async fn speed(cluster: Cluster, test: &KvTest) -> Outcome {
    const OPERATIONS: u32 = 1000;
    const LIMIT: Duration = Duration::from_millis(33);
    let mut client = cluster.new_client();
    // The first leader is elected before the clock runs.
    expect(&mut client, "list 0", "").await?;
    let began_at = runtime::now();
    let mut expected = String::new();
    for number in 0..OPERATIONS {
        let tail = format!("0.{number} ");
        expected.push_str(&tail);
        client.must(request("list 0", Action::Append(tail.into())), ANSWER_LIMIT).await?;
    }
    let each = runtime::now().since(began_at) / OPERATIONS;
    expect(&mut client, "list 0", &expected).await?;
    ensure!(
        each < LIMIT,
        property::OPERATION_TIME,
        "operations take {:.1} ms each, {} ms are allowed",
        each.as_secs_f64() * 1e3,
        LIMIT.as_millis()
    );
    // The list itself is larger than the bound, but no part of the Raft state.
    check_state_size(&cluster, test)?;
    cluster.judge_clients()
}

/// With the leader in the smaller part, the larger one goes on, the smaller one does not, and what
/// was asked of it is done when both are one again.
pub(super) async fn one_partition(cluster: Cluster) -> Outcome {
    let mut client = cluster.new_client();
    put(&mut client, "1", "13").await?;
    let leader = cluster.check_one_leader().await?;
    let at = |by| cluster.server_after(leader, by);
    let (small, large) = ([at(0), at(1)], [at(2), at(3), at(4)]);
    cluster.partition(&[&large, &small]);

    cluster.note("the larger part goes on");
    cluster.connect_client(client.number(), &large);
    put(&mut client, "1", "14").await?;
    expect(&mut client, "1", "14").await?;

    cluster.note("the smaller part does not");
    let asked = [Action::Put("15".into()), Action::Get].map(|action| {
        let mut cut_off = cluster.new_client();
        let number = cut_off.number();
        cluster.connect_client(number, &small);
        let asked = request("1", action);
        (number, runtime::spawn(async move { cut_off.execute(asked).await }))
    });
    sleep(ELECTION_ALLOWANCE).await;
    ensure!(
        asked.iter().all(|(_, asked)| !asked.is_finished()),
        property::NO_QUORUM,
        "a client was answered by less than a majority"
    );
    expect(&mut client, "1", "14").await?;
    put(&mut client, "1", "16").await?;
    expect(&mut client, "1", "16").await?;

    cluster.note("both are one again");
    cluster.connect_all();
    asked.iter().for_each(|(client, _)| cluster.connect_client(*client, &[0, 1, 2, 3, 4]));
    for (_, asked) in asked {
        let done = runtime::timeout(ANSWER_LIMIT, asked).await;
        let answered = matches!(done, Ok(Ok(Ok(_))));
        ensure!(
            answered,
            property::CLIENTS,
            "a client is not answered after the partition is healed"
        );
    }
    expect(&mut client, "1", "15").await?;
    cluster.judge_clients()
}

/// A server that has missed so much that only a snapshot helps is needed for a majority.
pub(super) async fn install(cluster: Cluster) -> Outcome {
    const PUTS: u32 = 50;
    let mut client = cluster.new_client();
    put(&mut client, "a", "A").await?;
    expect(&mut client, "a", "A").await?;
    cluster.note("server 2 is away");
    cluster.partition(&[&[0, 1], &[2]]);
    cluster.connect_client(client.number(), &[0, 1]);
    for number in 0..PUTS {
        put(&mut client, &number.to_string(), &number.to_string()).await?;
    }
    sleep(ELECTION_ALLOWANCE).await;
    put(&mut client, "b", "B").await?;
    let size = cluster.largest_state_bytes();
    ensure!(size <= STATE_BYTES_MAX, property::LOG_SIZE, "logs were not trimmed ({size} bytes)");

    cluster.note("server 2 is needed for a majority");
    cluster.partition(&[&[0, 2], &[1]]);
    cluster.connect_client(client.number(), &[0, 2]);
    put(&mut client, "c", "C").await?;
    put(&mut client, "d", "D").await?;
    expect(&mut client, "a", "A").await?;
    expect(&mut client, "b", "B").await?;
    expect(&mut client, "1", "1").await?;
    expect(&mut client, "49", "49").await?;

    cluster.note("all are one again");
    cluster.connect_all();
    cluster.connect_client(client.number(), &[0, 1, 2]);
    put(&mut client, "e", "E").await?;
    for (key, value) in [("c", "C"), ("e", "E"), ("1", "1")] {
        expect(&mut client, key, value).await?;
    }
    cluster.judge_clients()
}

/// A snapshot has the state, and nothing that grows with the number of operations.
pub(super) async fn size(cluster: Cluster) -> Outcome {
    const ROUNDS: u32 = 200;
    const SNAPSHOT_BYTES_MAX: usize = 500;
    let mut client = cluster.new_client();
    for _ in 0..ROUNDS {
        for value in ["0", "1"] {
            put(&mut client, "x", value).await?;
            expect(&mut client, "x", value).await?;
        }
    }
    let (state, snapshot) = (cluster.largest_state_bytes(), cluster.largest_snapshot_bytes());
    ensure!(state <= STATE_BYTES_MAX, property::LOG_SIZE, "logs were not trimmed ({state} bytes)");
    if !(1..=SNAPSHOT_BYTES_MAX).contains(&snapshot) {
        let sentence =
            format!("the snapshot has {snapshot} bytes, expected 1 to {SNAPSHOT_BYTES_MAX}");
        return Err(Failure::new(property::LOG_SIZE, sentence));
    }
    cluster.judge_clients()
}
