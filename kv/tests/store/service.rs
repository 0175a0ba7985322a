//! What a client may rely on, one thing at a time.

use crate::common::{Cluster, lossy, ms, simulate};
use kv::{Action, Clerk, Request};
use kv::{Answer, ClerkError, ClerkOptions, ExecuteArgs, GetArgs, Options, Reply, Versioned};
use runtime::Simulation;
use std::time::Duration;

fn done(version: u64) -> Result<Answer, ClerkError> {
    Ok(Answer::Done { version })
}

fn found(value: &str, version: u64) -> Result<Versioned, ClerkError> {
    Ok(Versioned { value: Some(value.to_owned().into()), version })
}

#[test]
fn every_operation_is_answered() {
    simulate(1, async {
        let cluster = Cluster::new(3, 2, Options::default());
        let (mut one, mut other) = (cluster.clerk(0), cluster.clerk(1));
        assert_eq!(one.get("x").await, Ok(Versioned::default()));
        assert_eq!(one.put("x", "a").await, done(1));
        assert_eq!(other.append("x", "b").await, done(2));
        assert_eq!(one.get("x").await, found("ab", 2));
        assert_eq!(one.put_at_version("x", 1, "c").await, Ok(Answer::Refused));
        assert_eq!(one.put_at_version("x", 2, "c").await, done(3));
        assert_eq!(other.compare_and_set("x", Some("ab"), "d").await, Ok(Answer::Refused));
        assert_eq!(other.compare_and_set("x", Some("c"), "d").await, done(4));
        assert_eq!(other.compare_and_set("y", None, "e").await, done(1));
        assert_eq!(one.delete("x").await, done(5));
        assert_eq!(other.get("x").await, Ok(Versioned { value: None, version: 5 }));
        assert_eq!(other.get("y").await, found("e", 1));
    });
}

/// Each of five clients sees its own appends in order and once, also where messages are lost.
#[test]
fn a_write_takes_effect_exactly_once_however_often_it_is_sent() {
    const APPENDS: usize = 30;
    for seed in 0..5 {
        simulate(seed, async {
            let cluster = Cluster::new(3, 6, Options::default());
            cluster.set_all_links(&lossy());
            let clients = (0..5).map(|client| {
                let mut clerk = cluster.clerk(client);
                runtime::spawn(async move {
                    for number in 0..APPENDS {
                        clerk.append("x", &format!("{client}.{number} ")).await.unwrap();
                    }
                })
            });
            let clients: Vec<_> = clients.collect();
            for client in clients {
                client.await.unwrap();
            }
            let all = cluster.clerk(5).get("x").await.unwrap();
            assert_eq!(all.version, 5 * APPENDS as u64);
            let text = all.value.unwrap();
            let text = str::from_utf8(&text).unwrap();
            for client in 0..5 {
                let own = text.split(' ').filter(|word| word.starts_with(&format!("{client}.")));
                let expected: Vec<_> =
                    (0..APPENDS).map(|number| format!("{client}.{number}")).collect();
                assert_eq!(own.collect::<Vec<_>>(), expected);
            }
        });
    }
}

/// The number of a server that says that it leads, by the word of all others.
async fn named_leader(cluster: &Cluster) -> usize {
    let ends = cluster.ends(cluster.clients() - 1);
    let args = GetArgs { key: "x".into() };
    for _ in 0..100 {
        let mut named = Vec::new();
        for end in &ends {
            match end.typed_call::<_, Reply>("Kv.Get", &args).await {
                Ok(Reply::NotLeader { leader: Some(leader) }) => named.push(leader),
                Ok(Reply::Answered(_)) => named.push(end.server()),
                _ => {}
            }
        }
        if named.len() == ends.len() && named.iter().all(|&leader| leader == named[0]) {
            return named[0];
        }
        ms(100).await;
    }
    panic!("no leader");
}

#[test]
fn a_server_that_does_not_lead_names_the_leader() {
    simulate(1, async {
        let cluster = Cluster::new(3, 2, Options::default());
        assert_eq!(cluster.clerk(0).put("x", "a").await, done(1));
        let leader = named_leader(&cluster).await;
        let follower = &cluster.ends(0)[(leader + 1) % 3];
        let request = Request::new("x", Action::Delete);
        let args = ExecuteArgs { session: 1, sequence: 9, attempt: 1, request };
        let reply = follower.typed_call("Kv.Execute", &args).await;
        assert_eq!(reply, Ok(Reply::NotLeader { leader: Some(leader) }));
    });
}

#[test]
fn a_server_takes_an_attempt_once_however_often_the_network_brings_it() {
    simulate(1, async {
        let cluster = Cluster::new(3, 2, Options::default());
        assert_eq!(cluster.clerk(0).put("x", "a").await, done(1));
        let leader = named_leader(&cluster).await;
        let end = &cluster.ends(1)[leader];
        let Ok(Reply::Opened { session }) = end.typed_call("Kv.OpenSession", &()).await else {
            panic!("no session");
        };
        cluster.partition(|server| usize::from(server == leader));
        let request = Request::new("x", Action::Append("b".into()));
        let attempt = |attempt| {
            let args = ExecuteArgs { session, sequence: 1, attempt, request: request.clone() };
            end.typed_call::<_, Reply>("Kv.Execute", &args)
        };
        let first = attempt(1);
        ms(5).await;
        assert_eq!(attempt(1).await, Ok(Reply::Unknown), "a copy");
        let second = attempt(2);
        ms(5).await;
        assert_eq!(attempt(1).await, Ok(Reply::Unknown), "a copy that comes late");
        cluster.heal();
        let answer = Ok(Reply::Answered(Answer::Done { version: 2 }));
        assert_eq!((first.await, second.await), (answer.clone(), answer.clone()));
        assert_eq!(attempt(1).await, answer, "there is an answer now");
        assert_eq!(cluster.clerk(0).get("x").await, found("ab", 2));
    });
}

#[test]
fn a_leader_that_is_cut_off_answers_no_read() {
    simulate(1, async {
        let cluster = Cluster::new(3, 2, Options::default());
        assert_eq!(cluster.clerk(0).put("x", "a").await, done(1));
        let old = named_leader(&cluster).await;
        cluster.partition(|server| usize::from(server == old));
        let args = GetArgs { key: "x".into() };
        let end = cluster.ends(1)[old].clone();
        let read = runtime::spawn(async move { end.typed_call::<_, Reply>("Kv.Get", &args).await });
        assert_eq!(cluster.clerk(0).put("x", "b").await, done(2), "another leads");
        ms(1_000).await;
        assert!(!read.is_finished());
        cluster.heal();
        assert_eq!(read.await.unwrap(), Ok(Reply::NotLeader { leader: None }));
    });
}

#[test]
fn what_no_leader_took_has_failed_and_what_a_lost_leader_took_is_unknown() {
    simulate(1, async {
        let cluster = Cluster::new(3, 2, Options::default());
        let options = ClerkOptions { timeout_ms: Some(2_000), ..ClerkOptions::default() };
        let mut clerk = Clerk::new(cluster.ends(0), options.clone());
        assert_eq!(clerk.put("x", "a").await, done(1));
        // The leader is alone and does not know it: it takes the write, and there it stays.
        cluster.partition(|server| server);
        assert!(matches!(clerk.put("x", "b").await, Err(ClerkError::Unknown { in_doubt: 1.. })));
        let in_time = |error| match error {
            ClerkError::Failed { waited } => waited >= Duration::from_secs(2),
            ClerkError::Unknown { .. } => false,
        };
        assert!(clerk.get("x").await.is_err_and(in_time), "a read has no effect");
        cluster.heal();
        ms(2_000).await;
        cluster.partition(|server| server);
        let mut others = cluster.ends(0);
        others.remove(named_old_leader(&cluster).await);
        let mut clerk = Clerk::new(others, options);
        assert!(clerk.put("x", "c").await.is_err_and(in_time), "nobody else led");
    });
}

/// Who still believes to lead.
async fn named_old_leader(cluster: &Cluster) -> usize {
    let ends = cluster.ends(1);
    let args = GetArgs { key: "x".into() };
    for end in &ends {
        let call = end.typed_call::<_, Reply>("Kv.Get", &args);
        if runtime::timeout(Duration::from_millis(100), call).await.is_err() {
            return end.server();
        }
    }
    panic!("nobody leads");
}

#[test]
fn the_raft_state_stays_small_and_snapshots_bring_everything_back() {
    const SNAPSHOT_AT_BYTES: usize = 1_000;
    simulate(1, async {
        let options = Options {
            snapshot_at_bytes: Some(SNAPSHOT_AT_BYTES),
            snapshot_at_percent: 0,
            ..Options::default()
        };
        let mut cluster = Cluster::new(3, 1, options);
        let mut clerk = cluster.clerk(0);
        for number in 0..500 {
            clerk.put(&format!("key {}", number % 10), &number.to_string()).await.unwrap();
            for disk in &cluster.disks {
                assert!(disk.state_size() < 2 * SNAPSHOT_AT_BYTES, "{}", disk.state_size());
            }
        }
        clerk.append("key 9", " and more").await.unwrap();
        for server in 0..3 {
            assert!(cluster.disks[server].snapshot_size() > 0);
            cluster.restart(server);
        }
        assert_eq!(clerk.get("key 9").await, found("499 and more", 51));
        assert_eq!(clerk.get("key 8").await, found("498", 50));
    });
}

#[test]
fn the_larger_the_store_is_the_rarer_are_its_snapshots() {
    let largest_state_of = |snapshot_at_percent| {
        let run = async move {
            let options = Options {
                snapshot_at_bytes: Some(1000),
                snapshot_at_percent,
                ..Options::default()
            };
            let cluster = Cluster::new(3, 1, options);
            let mut clerk = cluster.clerk(0);
            let mut largest = 0;
            for number in 0..300 {
                clerk.put(&format!("key {number}"), &"x".repeat(100)).await.unwrap();
                for disk in &cluster.disks {
                    largest = largest.max(disk.state_size());
                    let due = 1000.max(disk.snapshot_size() / 100 * snapshot_at_percent);
                    assert!(disk.state_size() < 2 * due, "{} of {due}", disk.state_size());
                }
            }
            largest
        };
        Simulation::new(1).run(run).result.unwrap()
    };
    assert!(largest_state_of(0) < 2000);
    assert!(largest_state_of(100) > 10_000);
}

/// Not from the log, which forgot the first time, but from what snapshots keep of the session.
#[test]
fn a_write_is_known_again_after_a_restart_from_a_snapshot() {
    simulate(1, async {
        let options =
            Options { snapshot_at_bytes: Some(0), snapshot_at_percent: 0, ..Options::default() };
        let mut cluster = Cluster::new(3, 2, options);
        let mut clerk = cluster.clerk(0);
        assert_eq!(clerk.append("x", "a").await, done(1));
        ms(200).await;
        for server in 0..3 {
            assert!(cluster.disks[server].snapshot_size() > 0);
            cluster.restart(server);
        }
        let leader = named_leader(&cluster).await;
        // The clerk's session is the first entry of the log, and this its first write.
        let request = Request::new("x", Action::Append("a".into()));
        let args = ExecuteArgs { session: 1, sequence: 1, attempt: 2, request };
        let end = &cluster.ends(1)[leader];
        let reply = end.typed_call("Kv.Execute", &args).await;
        assert_eq!(reply, Ok(Reply::Answered(Answer::Done { version: 1 })));
        assert_eq!(clerk.get("x").await, found("a", 1));
    });
}

#[test]
fn a_clerk_whose_session_was_closed_opens_another() {
    simulate(1, async {
        let cluster = Cluster::new(3, 3, Options { sessions_max: 2, ..Options::default() });
        let mut clerks = [cluster.clerk(0), cluster.clerk(1), cluster.clerk(2)];
        for round in 0..5 {
            for (number, clerk) in clerks.iter_mut().enumerate() {
                assert_eq!(clerk.append("x", "a").await, done(round * 3 + number as u64 + 1));
            }
        }
    });
}
