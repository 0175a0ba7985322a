//! A tester breaks the disks of running servers, and has them end at chosen points (`kvd serve --control`).

use crate::common::{Client, ClusterOfProcesses, eventually, kvd, run};
use kvd::control::Point;
use kvd::resp::Reply;
use rustix::process::Signal;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Servers that are controlled, whose disks lose what is not synced.
fn controlled(count: u64) -> ClusterOfProcesses {
    let flags = ["--control", "--volatile", "7", "--log", "json", "--snapshot-at-bytes", "4096"];
    ClusterOfProcesses::with_flags(count, &flags)
}

/// What a server has told of its controls, in all its lives.
fn told(cluster: &ClusterOfProcesses, id: usize) -> Vec<Value> {
    let log = cluster.log(id);
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told = lines.filter(|line| line["target"] == "kvd::control");
    told.map(|line| line["fields"].clone()).collect()
}

/// Writes a line, and waits until the server tells that it has its effect.
fn tell(cluster: &mut ClusterOfProcesses, id: usize, line: &str) {
    let done = |cluster: &ClusterOfProcesses| {
        told(cluster, id).iter().filter(|fields| fields["done"] == line).count()
    };
    let before = done(cluster);
    cluster.tell(id, line);
    eventually(line, || (done(cluster) > before).then_some(()));
}

fn has_reached(cluster: &ClusterOfProcesses, id: usize, point: &str) -> bool {
    told(cluster, id).iter().any(|fields| fields["reached"] == point)
}

const KILLED: Result<i32, Option<i32>> = Err(Some(Signal::KILL.as_raw()));

/// Writes keys that nobody else writes until `act` is over, which is told how many were acknowledged. Returns those.
fn under_load(
    cluster: &mut ClusterOfProcesses,
    name: &str,
    act: impl FnOnce(&mut ClusterOfProcesses, &AtomicUsize),
) -> Vec<String> {
    let (is_over, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut client = Client::new(cluster.addresses());
    // A server that is killed before it answers is not waited for.
    client.timeout = Duration::from_secs(5);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut acknowledged = Vec::new();
            for number in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let key = format!("{name}-{number}");
                if client.ask(&format!("SET {key} {key}")) == Some(Reply::ok()) {
                    acknowledged.push(key);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            acknowledged
        });
        let acted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(cluster, &count)));
        is_over.store(true, Ordering::Relaxed);
        let acknowledged = writer.join().expect("written");
        acted.map(|()| acknowledged).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Waits until some more were acknowledged.
fn wait_for_more(count: &AtomicUsize) {
    let before = count.load(Ordering::Relaxed);
    eventually("the others go on", || (count.load(Ordering::Relaxed) > before + 20).then_some(()));
}

/// Demands that a cluster has these keys, and the same on all its disks. Ends it.
fn assert_kept(mut cluster: ClusterOfProcesses, keys: &[String]) {
    assert!(keys.len() > 20, "{keys:?}");
    let mut client = cluster.client();
    for key in keys {
        assert_eq!(client.insist(&format!("GET {key}")), *key);
    }
    assert_eq!(client.insist("SET last value"), "OK");
    cluster.wait_until_all_have("last", "value");
    cluster.kill_all();
    let directories = (0..cluster.count()).map(|id| cluster.directory(id));
    let checked = run(kvd().args(["check", "--json"]).args(directories));
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let verdict: Value = serde_json::from_str(&checked.output).expect("an object");
    assert!(verdict["verdict"] == "equal" && verdict["last_index"].as_u64() > Some(0), "{verdict}");
}

#[test]
fn each_line_is_told_when_it_has_its_effect() {
    let mut cluster = controlled(1);
    cluster.client().insist("SET x 1");
    for line in ["disk slow 1 2", "disk fail-sync", "disk ok", "exit-at after-sync 1000000"] {
        tell(&mut cluster, 0, line);
    }
    tell(&mut cluster, 0, "exit-at never");
    assert_eq!(cluster.client().insist("GET x"), "1");
}

#[test]
fn the_end_of_input_ends_the_server_also_on_a_slow_disk() {
    let mut cluster = controlled(1);
    cluster.client().insist("SET x 1");
    tell(&mut cluster, 0, "disk slow 4000000000 4000000000");
    let mut connection = cluster.connect(0);
    connection.send_all(&[crate::common::words("SET x 2")]).expect("sent");
    cluster.hang_up(0);
    assert_eq!(cluster.wait_for_end(0), Ok(143));
    let sentence = "error: standard input has ended: without its tester there is no server\n";
    assert!(cluster.log(0).contains(sentence), "{}", cluster.log(0));
    cluster.restart(0);
    assert!(["1", "2"].contains(&&*cluster.client().insist("GET x")));
}

#[test]
fn a_line_that_is_not_understood_ends_the_server() {
    let mut cluster = controlled(1);
    cluster.tell(0, "disk fulll");
    assert_eq!(cluster.wait_for_end(0), Ok(64));
    let sentence = "\nerror: standard input: \"disk fulll\": expected `disk ok`, ";
    assert!(format!("\n{}", cluster.log(0)).contains(sentence), "{}", cluster.log(0));
}

#[test]
fn a_log_that_leaves_out_what_is_done_is_refused() {
    let mut cluster = ClusterOfProcesses::with_flags(1, &["--control", "--log-level", "warn"]);
    assert_eq!(cluster.wait_for_end(0), Ok(64));
    assert!(cluster.log(0).contains("--control: what it does is told at --log-level info"));
}

#[test]
fn who_does_not_ask_for_controls_has_none() {
    let mut cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("SET x 1");
    cluster.tell(0, "disk full");
    cluster.hang_up(0);
    let mut client = cluster.client();
    assert_eq!(client.insist("SET x 2"), "OK");
    assert_eq!(client.insist("GET x"), "2");
    assert!(!cluster.log(0).contains("kvd::control"));
}

#[test]
fn a_slow_disk_makes_writes_wait_until_it_is_well_or_the_process_ends() {
    let mut cluster = controlled(1);
    let mut client = cluster.client();
    client.insist("SET x 1");
    tell(&mut cluster, 0, "disk slow 300 400");
    let began = runtime::now();
    assert_eq!(client.insist("SET x 2"), "OK");
    assert!(runtime::now().since(began) >= Duration::from_millis(300));
    tell(&mut cluster, 0, "exit-at after-sync 1");
    client.ask("SET x 3");
    assert_eq!(cluster.wait_for_end(0), KILLED);
    assert!(has_reached(&cluster, 0, "after-sync"));
    cluster.restart(0);
    assert_eq!(cluster.client().insist("GET x"), "3");
}

/// At `point`, which servers that lead reach and others as well. Nothing is lost, and the server comes back.
fn nothing_is_lost_by_an_end_at(point: Point) {
    let mut cluster = controlled(3);
    let name = point.name();
    let mut kept = Vec::new();
    for round in 1..=2 {
        let keys = under_load(&mut cluster, &format!("{name}-{round}"), |cluster, count| {
            wait_for_more(count);
            let id = cluster.leader();
            tell(cluster, id, &format!("exit-at {name} {round}"));
            assert_eq!(cluster.wait_for_end(id), KILLED);
            assert!(has_reached(cluster, id, name), "{:?}", told(cluster, id));
            wait_for_more(count);
            cluster.restart(id);
            wait_for_more(count);
        });
        kept.extend(keys);
    }
    assert_kept(cluster, &kept);
}

#[test]
fn nothing_is_lost_by_an_end_after_a_write() {
    nothing_is_lost_by_an_end_at(Point::AfterWrite);
}

#[test]
fn nothing_is_lost_by_an_end_after_a_save() {
    nothing_is_lost_by_an_end_at(Point::AfterSave);
}

#[test]
fn nothing_is_lost_by_an_end_before_a_sync() {
    nothing_is_lost_by_an_end_at(Point::BeforeSync);
}

#[test]
fn nothing_is_lost_by_an_end_after_a_sync() {
    nothing_is_lost_by_an_end_at(Point::AfterSync);
}

#[test]
fn nothing_is_lost_by_an_end_before_a_reply() {
    nothing_is_lost_by_an_end_at(Point::BeforeReply);
}

#[test]
fn nothing_is_lost_by_an_end_after_a_reply() {
    nothing_is_lost_by_an_end_at(Point::AfterReply);
}

#[test]
fn nothing_is_lost_by_an_end_of_one_that_is_elected() {
    let mut cluster = controlled(3);
    let keys = under_load(&mut cluster, "key", |cluster, count| {
        wait_for_more(count);
        let leader = cluster.leader();
        let others: Vec<usize> = (0..3).filter(|id| *id != leader).collect();
        for id in &others {
            tell(cluster, *id, "exit-at elected 1");
        }
        cluster.kill(leader);
        let elected = eventually("one is elected", || {
            others.iter().copied().find_map(|id| Some((id, cluster.has_ended(id)?)))
        });
        assert!(has_reached(cluster, elected.0, "elected"));
        // The server that is left will be elected only with another one, and end.
        let left = others.into_iter().find(|id| *id != elected.0).expect("two");
        tell(cluster, left, "exit-at never");
        cluster.restart(leader);
        cluster.restart(elected.0);
        wait_for_more(count);
    });
    assert_kept(cluster, &keys);
}

/// After `line` a server ends by itself, with a sentence that has that in it, whether it leads or not. Nothing is
/// lost, and it comes back.
fn nothing_is_lost_by_a_disk_that_fails(line: &str, reason: &str) {
    let mut cluster = controlled(3);
    let mut kept = Vec::new();
    for leads in [true, false] {
        let keys = under_load(&mut cluster, &format!("leads-{leads}"), |cluster, count| {
            wait_for_more(count);
            let leader = cluster.leader();
            let id = if leads { leader } else { (leader + 1) % 3 };
            tell(cluster, id, line);
            assert_eq!(cluster.wait_for_end(id), Ok(70));
            let log = cluster.log(id);
            let last = log.lines().last().unwrap_or_default();
            assert!(last.starts_with("error: ") && last.contains(reason), "{last}");
            wait_for_more(count);
            cluster.restart(id);
            wait_for_more(count);
        });
        kept.extend(keys);
    }
    assert_kept(cluster, &kept);
}

#[test]
fn nothing_is_lost_by_a_disk_that_is_full() {
    nothing_is_lost_by_a_disk_that_fails("disk full", "No space left on device");
}

#[test]
fn nothing_is_lost_by_a_sync_that_fails() {
    nothing_is_lost_by_a_disk_that_fails("disk fail-sync", "input/output error");
}

#[test]
fn every_term_is_told_by_the_server_that_leads_it() {
    let mut cluster = controlled(3);
    let terms = |cluster: &ClusterOfProcesses, id: usize, leads: bool| -> Vec<u64> {
        let fields = told(cluster, id).into_iter().filter(|fields| fields["leads"] == leads);
        fields.map(|fields| fields["term"].as_u64().expect("a term")).collect()
    };
    let leader = cluster.leader();
    let before: Vec<u64> = (0..3).flat_map(|id| terms(&cluster, id, true)).collect();
    let last_before = before.into_iter().max().expect("it leads");
    cluster.stop(leader);
    eventually("another one leads", || {
        let others = (0..3).filter(|id| *id != leader);
        let mut led = others.flat_map(|id| terms(&cluster, id, true));
        led.any(|term| term > last_before).then_some(())
    });
    cluster.resume(leader);
    let ended = eventually("it leads no more", || terms(&cluster, leader, false).pop());
    assert!(terms(&cluster, leader, true).contains(&ended));
    cluster.kill_all();
    let all: Vec<u64> = (0..3).flat_map(|id| terms(&cluster, id, true)).collect();
    let different: BTreeSet<u64> = all.iter().copied().collect();
    assert!(different.len() >= 2 && different.len() == all.len(), "{all:?}");
}
