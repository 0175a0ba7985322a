//! `kvd bench` against servers as processes.

// Everything is on the real clock.
#![allow(clippy::disallowed_methods)]

use crate::common::{ClusterOfProcesses, PATIENCE, eventually, kvd, run};
use kvd_bench::Report;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A load for the servers of a cluster.
fn bench(cluster: &ClusterOfProcesses) -> Command {
    let mut command = kvd();
    command.arg("bench").arg("--config").arg(cluster.folder().join("servers.json"));
    command.args(["--clients", "3", "--keys", "50", "--timeout", "60s"]);
    command
}

#[test]
fn clients_find_the_leader_and_every_operation_is_answered() {
    let cluster = ClusterOfProcesses::start(3);
    cluster.client().insist("PING");
    let mut command = bench(&cluster);
    command.args([
        "--fill",
        "--read-share",
        "0.5",
        "--pipeline",
        "4",
        "--operations",
        "400",
        "--json",
    ]);
    let ended = run(&mut command);
    assert_eq!((ended.code, &ended.error[..]), (Some(0), ""), "{ended:?}");
    let report: Report = serde_json::from_str(&ended.output).expect(&ended.output);
    assert_eq!((report.answered(), report.failed(), report.missing), (400, 0, 0), "{report:?}");
    assert!(report.writes.is_some() && report.reads.is_some(), "{report:?}");
    assert_eq!(cluster.client().insist("DBSIZE"), "50");
}

#[test]
fn it_ends_when_its_time_is_over_and_says_how_it_goes() {
    let cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("PING");
    let ended =
        run(bench(&cluster).args(["--rate", "200", "--time-limit", "1500ms", "--progress"]));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.output.contains("3 clients, 200 operations a second"), "{ended:?}");
    assert!(ended.output.contains("\nwrites "), "{ended:?}");
    assert!(ended.error.starts_with("   1 s: "), "{ended:?}");
}

#[test]
fn a_signal_ends_it_with_the_figures_so_far() {
    let cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("PING");
    let mut command = bench(&cluster);
    let limit = (2 * PATIENCE).as_secs();
    command.args(["--time-limit", &format!("{limit}s"), "--json"]).stdout(Stdio::piped());
    let process = command.spawn().expect("a process");
    eventually("something is written", || (cluster.client().insist("DBSIZE") != "0").then_some(()));
    kill_process(Pid::from_child(&process), Signal::INT).expect("it is there");
    let ended = process.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    let report: Report = serde_json::from_slice(&ended.stdout).expect("a report");
    assert!(
        report.answered() > 0 && report.elapsed_ms < Duration::from_secs(limit).as_millis() as u64
    );
}

#[test]
fn who_can_not_be_reached_is_named() {
    let ended = run(kvd().args(["bench", "--server", "127.0.0.1:1"]));
    assert_eq!((ended.code, &ended.output[..]), (Some(68), ""));
    assert!(ended.error.starts_with("error: 127.0.0.1:1: "), "{ended:?}");
    let ended = run(kvd().args(["bench", "--read-share", "2"]));
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.error.contains("read share: expected 0 to 1, found 2"), "{ended:?}");
}
