//! Suite B: log replication, on a reliable network.

use crate::{
    Answer, Cluster, ELECTION_ALLOWANCE, Failure, Outcome, Retry, Value, ensure, property,
};
use raft::Started;
use runtime::sleep;
use std::time::Duration;

/// How often a test that needs a term without a change of leader tries again, and the pause before.
const STABLE_TERM_ATTEMPTS: u32 = 5;
const STABLE_TERM_PAUSE: Duration = Duration::from_secs(3);

pub(super) async fn basic_agree(cluster: Cluster) -> Outcome {
    cluster.note("three values, one after another");
    for index in 1..=3 {
        let untouched = cluster.commands_applied() < index;
        ensure!(untouched, property::NO_QUORUM, "some have committed before Start()");
        let got = cluster.one(index * 100, 3, Retry::No).await?;
        ensure_command(&cluster, got, index)?;
    }
    Ok(())
}

/// What was agreed on at `index` is the command with that number. In a log of commands alone the two are the
/// same.
fn ensure_command(cluster: &Cluster, index: u64, number: u64) -> Outcome {
    let got = cluster.place(index);
    ensure!(
        cluster.command_number(index) == Some(number),
        property::START,
        "got index {got} but expected {number}"
    );
    Ok(())
}

pub(super) async fn rpc_bytes(cluster: Cluster) -> Outcome {
    const COMMANDS: u64 = 10;
    const COMMAND_BYTES: u64 = 5000;
    let mut rng = runtime::rng("scenario", 0);
    let servers = cluster.servers();
    cluster.one(99, servers, Retry::No).await?;

    cluster.note("ten commands of 5,000 bytes");
    let bytes_before = cluster.total_bytes();
    for index in 2..2 + COMMANDS {
        let text = Value::random_text(&mut rng, COMMAND_BYTES as usize);
        let got = cluster.one(text, servers, Retry::No).await?;
        ensure_command(&cluster, got, index)?;
    }

    // Every command once to every server, and 50,000 bytes for everything else.
    let got = cluster.total_bytes() - bytes_before;
    let expected = servers as u64 * COMMANDS * COMMAND_BYTES + 50_000;
    ensure!(
        got <= expected,
        property::RPC_BYTES,
        "too many RPC bytes; got {got}, expected {expected}"
    );
    Ok(())
}

pub(super) async fn follower_failure(cluster: Cluster) -> Outcome {
    cluster.one(101, 3, Retry::No).await?;

    // One follower is cut off: leader and the other follower still agree, also after a while.
    let first = cluster.check_one_leader().await?;
    cluster.note("cut off one follower: the other two still agree");
    cluster.isolate(cluster.server_after(first, 1));
    cluster.one(102, 2, Retry::No).await?;
    sleep(ELECTION_ALLOWANCE).await;
    cluster.one(103, 2, Retry::No).await?;

    // The other one too: the leader alone still accepts a command, but must not commit it.
    let second = cluster.check_one_leader().await?;
    cluster.note("cut off both followers: the leader alone must not commit");
    cluster.isolate(cluster.server_after(second, 1));
    cluster.isolate(cluster.server_after(second, 2));
    let started = cluster.start(second, &Value::from(104)).await?;
    let index = started.map(|started| started.index).ok_or_else(rejected)?;
    cluster.check_promised(index, 4..=4, || format!("expected index 4, got {index}"))?;
    sleep(2 * ELECTION_ALLOWANCE).await;
    cluster.check_no_agreement(index)
}

fn rejected() -> Failure {
    Failure::new(property::START, "leader rejected Start()")
}

pub(super) async fn leader_failure(cluster: Cluster) -> Outcome {
    cluster.one(101, 3, Retry::No).await?;

    // The leader is cut off: the other two elect one and agree.
    let first = cluster.check_one_leader().await?;
    cluster.note("cut the leader off: the other two elect one and agree");
    cluster.isolate(first);
    cluster.one(102, 2, Retry::No).await?;
    sleep(ELECTION_ALLOWANCE).await;
    cluster.one(103, 2, Retry::No).await?;

    // The second leader too: whatever is submitted to whomever, nothing is committed.
    let second = cluster.check_one_leader().await?;
    cluster.note("cut the second leader off: nothing can be committed");
    cluster.isolate(second);
    cluster.start_everywhere(|| Value::from(104)).await?;
    sleep(2 * ELECTION_ALLOWANCE).await;
    cluster.check_no_command(4)
}

pub(super) async fn fail_agree(cluster: Cluster) -> Outcome {
    cluster.one(101, 3, Retry::No).await?;

    // A follower misses some agreements …
    let leader = cluster.check_one_leader().await?;
    let away = cluster.server_after(leader, 1);
    cluster.note("cut off a follower: it misses some agreements");
    cluster.isolate(away);
    cluster.one(102, 2, Retry::No).await?;
    cluster.one(103, 2, Retry::No).await?;
    sleep(ELECTION_ALLOWANCE).await;
    cluster.one(104, 2, Retry::No).await?;
    cluster.one(105, 2, Retry::No).await?;

    // … and when it comes back it catches up and takes part in new ones.
    cluster.note("it comes back and must catch up");
    cluster.connect(away);
    cluster.one(106, 3, Retry::Yes).await?;
    sleep(ELECTION_ALLOWANCE).await;
    cluster.one(107, 3, Retry::Yes).await?;
    Ok(())
}

pub(super) async fn fail_no_agree(cluster: Cluster) -> Outcome {
    cluster.one(10, 5, Retry::No).await?;

    // Three of five are cut off: the leader accepts a command and can't commit it.
    let leader = cluster.check_one_leader().await?;
    let away = [1, 2, 3].map(|by| cluster.server_after(leader, by));
    cluster.note("cut off three of five: the leader must not commit");
    away.iter().for_each(|server| cluster.isolate(*server));
    let started = cluster.start(leader, &Value::from(20)).await?;
    let index = started.map(|started| started.index).ok_or_else(rejected)?;
    cluster.check_promised(index, 2..=2, || format!("expected index 2, got {index}"))?;
    sleep(2 * ELECTION_ALLOWANCE).await;
    cluster.check_no_agreement(index)?;

    // Those three may have elected a leader of their own, which forgets index 2.
    cluster.note("all can talk again");
    away.iter().for_each(|server| cluster.connect(*server));
    let leader = cluster.check_one_leader().await?;
    let started = cluster.start(leader, &Value::from(30)).await?;
    let index = started
        .map(|started| started.index)
        .ok_or_else(|| Failure::new(property::START, "leader2 rejected Start()"))?;
    cluster.check_promised(index, 2..=3, || format!("unexpected index {index}"))?;
    cluster.one(1000, 5, Retry::Yes).await?;
    Ok(())
}

pub(super) async fn concurrent_starts(cluster: Cluster) -> Outcome {
    for attempt in 0..STABLE_TERM_ATTEMPTS {
        if attempt > 0 {
            sleep(STABLE_TERM_PAUSE).await;
        }
        if start_five_at_once(&cluster).await? {
            return Ok(());
        }
    }
    Err(Failure::new(property::STABLE_TERM, "term changed too often"))
}

/// False when the term changed meanwhile, so that nothing can be said.
async fn start_five_at_once(cluster: &Cluster) -> Result<bool, Failure> {
    let leader = cluster.check_one_leader().await?;
    let Some(first) = cluster.start(leader, &Value::from(1)).await? else { return Ok(false) };
    let term = first.term;

    cluster.note("five commands at once, at one leader");
    let clients = [100, 101, 102, 103, 104].map(|number| {
        let cluster = cluster.clone();
        runtime::spawn(async move {
            let value = Value::from(number);
            let operation = cluster.operation_begins(Some(number - 100), "submit", &value);
            Ok::<_, Failure>((operation, cluster.start(leader, &value).await?))
        })
    });
    let mut submitted = Vec::new();
    for client in clients {
        let (operation, started) = client.await.map_err(|_| client_failed())??;
        match started.filter(|started| started.term == term) {
            Some(Started { index, .. }) => submitted.push((operation, index)),
            None => cluster.operation_ends(&operation, Answer::Unknown),
        }
    }
    if !cluster.all_in_term(term)? {
        return Ok(false);
    }

    let mut committed = Vec::new();
    for (operation, index) in submitted {
        let Some(value) = cluster.wait(index, cluster.servers(), Some(term)).await? else {
            return Ok(false);
        };
        let answer =
            if value == operation.value { Answer::Done { index } } else { Answer::Unknown };
        cluster.operation_ends(&operation, answer);
        let number = value.as_integer();
        ensure!(number.is_some(), property::COMMITTED_VALUE, "value {value} is not an integer");
        committed.extend(number);
    }
    for number in 100..=104 {
        ensure!(
            committed.contains(&number),
            property::COMMITTED_VALUE,
            "cmd {number} missing in {committed:?}"
        );
    }
    Ok(true)
}

fn client_failed() -> Failure {
    Failure::new(property::PANIC, "client failed")
}

pub(super) async fn rejoin(cluster: Cluster) -> Outcome {
    cluster.one(101, 3, Retry::Yes).await?;

    // The first leader is cut off and goes on accepting what it can't commit.
    let first = cluster.check_one_leader().await?;
    cluster.note("cut the leader off; it accepts what it can't commit");
    cluster.isolate(first);
    for number in [102, 103, 104] {
        cluster.start(first, &Value::from(number)).await?;
    }

    // A new leader commits something else at index 2, and is cut off in turn.
    cluster.note("a new leader commits another value, and is cut off in its turn");
    cluster.one(103, 2, Retry::Yes).await?;
    let second = cluster.check_one_leader().await?;
    cluster.isolate(second);

    // The first comes back: its stray entries must give way.
    cluster.note("the first leader comes back: its stray entries must give way");
    cluster.connect(first);
    cluster.one(104, 2, Retry::Yes).await?;
    cluster.connect(second);
    cluster.one(105, 3, Retry::Yes).await?;
    Ok(())
}

pub(super) async fn backup(cluster: Cluster) -> Outcome {
    const ENTRIES: u32 = 50;
    let mut rng = runtime::rng("scenario", 0);
    cluster.one(Value::random(&mut rng), 5, Retry::Yes).await?;

    // The leader and one follower get many entries that can't commit.
    let first = cluster.check_one_leader().await?;
    let follower = cluster.server_after(first, 1);
    let others = [2, 3, 4].map(|by| cluster.server_after(first, by));
    cluster.note("cut off three of five; fifty entries that can't commit");
    others.iter().for_each(|server| cluster.isolate(*server));
    for _ in 0..ENTRIES {
        cluster.start(first, &Value::random(&mut rng)).await?;
    }
    sleep(ELECTION_ALLOWANCE / 2).await;

    // They go; the other three come and commit many entries.
    cluster.note("the other three take over and commit fifty entries");
    cluster.isolate(first);
    cluster.isolate(follower);
    others.iter().for_each(|server| cluster.connect(*server));
    for _ in 0..ENTRIES {
        cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
    }

    // Their leader with one follower gets many entries that can't commit.
    let second = cluster.check_one_leader().await?;
    let mut other = cluster.server_after(first, 2);
    if other == second {
        other = cluster.server_after(second, 1);
    }
    cluster.note("cut off one of them; fifty more entries that can't commit");
    cluster.isolate(other);
    for _ in 0..ENTRIES {
        cluster.start(second, &Value::random(&mut rng)).await?;
    }
    sleep(ELECTION_ALLOWANCE / 2).await;

    // The first leader and its follower return and meet one that knows better: their logs are
    // wrong over many entries, and must be put right in time.
    cluster.note("the first two come back, with logs that are wrong over fifty entries");
    (0..cluster.servers()).for_each(|server| cluster.isolate(server));
    [first, follower, other].iter().for_each(|server| cluster.connect(*server));
    for _ in 0..ENTRIES {
        cluster.one(Value::random(&mut rng), 3, Retry::Yes).await?;
    }
    cluster.connect_all();
    cluster.one(Value::random(&mut rng), 5, Retry::Yes).await?;
    Ok(())
}

pub(super) async fn count(cluster: Cluster) -> Outcome {
    cluster.check_one_leader().await?;
    let rpcs = cluster.rpcs_delivered();
    ensure!(
        (1..=30).contains(&rpcs),
        property::RPC_COUNT,
        "too many or few RPCs ({rpcs}) to elect initial leader"
    );

    for attempt in 0..STABLE_TERM_ATTEMPTS {
        if attempt > 0 {
            sleep(STABLE_TERM_PAUSE).await;
        }
        if count_for_ten_entries(&cluster).await? {
            return count_for_idle_second(&cluster).await;
        }
    }
    Err(Failure::new(property::STABLE_TERM, "term changed too often"))
}

/// False when the term changed meanwhile, so that nothing can be said.
async fn count_for_ten_entries(cluster: &Cluster) -> Result<bool, Failure> {
    const ENTRIES: u64 = 10;
    let mut rng = runtime::rng("scenario", runtime::now().as_nanos());
    let leader = cluster.check_one_leader().await?;
    cluster.note("count the RPCs for ten entries");
    let rpcs_before = cluster.rpcs_delivered();
    let Some(first) = cluster.start(leader, &Value::from(1)).await? else { return Ok(false) };

    let mut submitted = Vec::new();
    for further in 1..=ENTRIES + 1 {
        let value = Value::random(&mut rng);
        let started = cluster.start(leader, &value).await?.filter(|it| it.term == first.term);
        let Some(started) = started else { return Ok(false) };
        ensure!(started.index == first.index + further, property::START, "Start() failed");
        submitted.push((started.index, value));
    }

    for (index, value) in &submitted[..ENTRIES as usize] {
        let committed = cluster.wait(*index, cluster.servers(), Some(first.term)).await?;
        let Some(committed) = committed else { return Ok(false) };
        ensure!(
            committed == *value,
            property::COMMITTED_VALUE,
            "wrong value {committed} committed for index {index}; expected {value}"
        );
    }
    if !cluster.all_in_term(first.term)? {
        return Ok(false);
    }
    let rpcs = cluster.rpcs_delivered() - rpcs_before;
    ensure!(
        rpcs <= (ENTRIES + 1 + 3) * 3,
        property::RPC_COUNT,
        "too many RPCs ({rpcs}) for {ENTRIES} entries"
    );
    Ok(true)
}

async fn count_for_idle_second(cluster: &Cluster) -> Outcome {
    cluster.note("count the RPCs of an idle second");
    let rpcs_before = cluster.rpcs_delivered();
    sleep(Duration::from_secs(1)).await;
    let rpcs = cluster.rpcs_delivered() - rpcs_before;
    ensure!(rpcs <= 3 * 20, property::RPC_COUNT, "too many RPCs ({rpcs}) for 1 second of idleness");
    Ok(())
}
