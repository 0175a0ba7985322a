//! One real server of kvd under clients, without proxies and without faults.
//!
//! The program is where `LIVE_KVD` says, or beside this test; without one nothing is tested, and it says so.

use crate::common::{finding, load};
use harness::property;
use live::driver::kvd::Kvd;
use live::driver::{Driver, Place, Said, Written};
use live::judge::{Disks, Finding, LeaderLine, PanicLine, settle};
use parking_lot::Mutex;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

fn program() -> Option<PathBuf> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("kvd"));
    let path = std::env::var_os("LIVE_KVD").map(PathBuf::from).or_else(beside)?;
    path.is_file().then_some(path)
}

/// A server, and what it has said.
struct Server {
    child: Child,
    said: Arc<Mutex<Vec<(Said, String)>>>,
}

fn start(driver: &Kvd, place: &Place) -> Server {
    let program = driver.program(place).expect("its directory can be written");
    let mut child = Command::new(&program.path)
        .args(&program.arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("kvd can be started");
    let mut lines = BufReader::new(child.stderr.take().expect("it is a pipe")).lines();
    let said = Arc::new(Mutex::new(Vec::new()));
    let (driver, heard) = (driver.clone(), Arc::clone(&said));
    runtime::detach(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            heard.lock().extend(driver.understand(0, &line).map(|said| (said, line)));
        }
    });
    Server { child, said }
}

/// The most memory that the process has had.
fn memory_bytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// An address that nobody listens at.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}

fn alone(directory: &Path) -> Place {
    let (client_address, peer_address) = (free_address(), free_address());
    Place {
        server: 0,
        client_address,
        peer_address,
        peers: vec![peer_address],
        clients: vec![client_address],
        directory: directory.to_owned(),
        life: 1,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_checks_hold_of_a_server_that_nothing_is_done_to() {
    let Some(path) = program() else {
        println!("skipped: there is no kvd beside the test; cargo build -p kvd makes it");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let snapshot_at_bytes = None;
    let driver = Kvd {
        path,
        seed: 1,
        volatile: true,
        write_back_per_million: Some(1_000),
        controlled: false,
        snapshot_at_bytes,
    };
    let place = alone(directory.path());
    let mut server = start(&driver, &place);
    let address = place.client_address;
    let is_up = async {
        while driver.applied_index(address).await.is_err() {
            runtime::sleep(Duration::from_millis(50)).await;
        }
    };
    runtime::timeout(Duration::from_secs(60), is_up).await.expect("kvd starts");

    let mut seen = load(Arc::new(driver.clone()), address).await;
    let last_round = seen.facts.last_round.clone().expect("there was one");
    let (key, value) = last_round.last_write.expect("the last write is acknowledged");
    assert!(last_round.keys_read > 4);
    assert!(driver.applied_index(address).await.unwrap() > Some(100));
    seen.facts.memory_max_bytes = server.child.id().and_then(memory_bytes).map(|most| vec![most]);
    server.child.kill().await.expect("it can be killed");

    let directories = [place.directory.clone()];
    seen.facts.disks = Disks::Looked(driver.check_disks(&directories).unwrap().unwrap());
    let logs = driver.logs(&directories).unwrap().expect("kvd shows its log");
    let settled = settle(&seen.recorder, &logs, &Written::new(key, value));
    assert_eq!(settled.unknown, 0, "nothing was done to it");
    seen.facts.acknowledged = Disks::Looked(settled.missing);
    for (said, line) in server.said.lock().clone() {
        let at_ns = 0;
        match said {
            Said::Leads { term } => {
                seen.facts.leaders.push(LeaderLine { at_ns, server: 0, term, leader: 0 });
            }
            Said::Panicked => seen.facts.panics.push(PanicLine { at_ns, server: 0, line }),
            Said::Follows { .. } | Said::Reached(_) => {}
        }
    }
    assert_eq!(seen.facts.leaders.len(), 1, "it has led one term");

    let checks = seen.judge();
    let is_on_time = *finding(&checks, property::LIVE_MACHINE) == Finding::Holds;
    for check in checks {
        let may_be_unknown = !is_on_time
            && [property::LIVE_MACHINE, property::LIVE_REQUESTS, property::LIVE_LOAD]
                .contains(&check.property);
        let is_well = match check.finding {
            // Where there is no /proc, memory is not seen.
            Finding::Holds | Finding::Unseen(_) => true,
            Finding::Unknown(_) => may_be_unknown,
            Finding::Violated(_) => false,
        };
        assert!(is_well, "{check:?}");
    }
}
