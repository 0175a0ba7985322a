//! What committing an entry costs, and whether that grows with the log: `cargo bench -p raft`.
//!
//! A million entries of 100 bytes are committed in a simulated cluster of three servers, once
//! without and once with snapshots, and time and memory are printed for each tenth of them. The
//! last line of each run compares its last tenth with its first: about 1 when an entry costs the
//! same at index 1,000,000 as at index 1. Where the system tells, it is CPU time that is compared,
//! which a busy machine disturbs less. `cargo bench -p raft -- 100000` is a shorter run.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Measures real time.

use bytes::Bytes;
use labrpc::Network;
use parking_lot::Mutex;
use persister::MemoryDisk;
use raft::Raft;
use runtime::{Node, Simulation, sleep};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};

const SERVERS: usize = 3;
const COMMAND_BYTES: usize = 100;
/// Commands that the client has started and not seen applied, at most.
const WINDOW: u64 = 2_000;
const TENTHS: u64 = 10;
const SNAPSHOT_EVERY: u64 = 10_000;

fn main() {
    // Cargo passes options of its own.
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let count: u64 = count.unwrap_or(1_000_000);
    if count < TENTHS {
        println!("nothing to measure: give a count of at least {TENTHS}");
        return;
    }
    commit(count, None);
    commit(count, Some(SNAPSHOT_EVERY));
}

fn commit(count: u64, snapshot_every: Option<u64>) {
    match snapshot_every {
        None => println!("{count} entries of {COMMAND_BYTES} bytes, no snapshots"),
        Some(every) => {
            println!("{count} entries of {COMMAND_BYTES} bytes, a snapshot every {every}")
        }
    }
    println!(
        "{:>12} {:>10} {:>10} {:>10} {:>10}",
        "entries", "wall ms", "CPU ms", "ns/entry", "RSS MB"
    );
    let run = Simulation::new(1)
        .time_limit(Duration::from_secs(1_000_000))
        .step_limit(u64::MAX)
        .run(workload(count, snapshot_every));
    let tenths = run.result.expect("the run ends");
    let ratio = tenths[tenths.len() - 1].as_secs_f64() / tenths[0].as_secs_f64();
    println!("last tenth / first tenth: {ratio:.2}\n");
}

/// Where the servers are.
#[derive(Default)]
struct Progress {
    applied: Mutex<[u64; SERVERS]>,
    changed: Notify,
}

/// Returns the time that each tenth of the entries took.
async fn workload(count: u64, snapshot_every: Option<u64>) -> Vec<Duration> {
    let network = Network::new(SERVERS);
    let progress = Arc::new(Progress::default());
    let rafts: Vec<Raft> =
        (0..SERVERS).map(|me| server(me, &network, &progress, snapshot_every)).collect();
    let leader = loop {
        sleep(Duration::from_millis(100)).await;
        if let Some(leader) = rafts.iter().find(|raft| raft.get_state().is_leader) {
            break leader;
        }
    };
    let command = Bytes::from(vec![7; COMMAND_BYTES]);
    let mut tenths = Vec::new();
    let (mut started, mut begin) = (0, Times::now());
    for tenth in 1..=TENTHS {
        let goal = count * tenth / TENTHS;
        loop {
            let slowest = *progress.applied.lock().iter().min().expect("there are servers");
            if slowest >= goal {
                break;
            }
            while started < goal.min(slowest + WINDOW) {
                leader.start(command.clone()).expect("the only leader stays");
                started += 1;
            }
            progress.changed.notified().await;
        }
        let end = Times::now();
        tenths.push(report(goal, count / TENTHS, &begin, &end));
        begin = end;
    }
    network.close();
    tenths
}

fn server(
    me: usize,
    network: &Network,
    progress: &Arc<Progress>,
    snapshot_every: Option<u64>,
) -> Raft {
    let node = Node::new(&format!("server {me}"));
    let ends = network.add_server(me, &node);
    let persister = Arc::new(MemoryDisk::new().open());
    let (apply, mut applied) = mpsc::channel(256);
    let raft = node.enter(|| Raft::make(ends, me, persister, apply)).expect("an empty disk");
    network.set_service(me, raft.service());
    let (service, progress) = (raft.clone(), Arc::clone(progress));
    node.spawn(async move {
        while let Some(message) = applied.recv().await {
            let index = message.index();
            progress.applied.lock()[me] = index;
            if snapshot_every.is_some_and(|every| index % every == 0) {
                service.snapshot(index, Bytes::copy_from_slice(&index.to_le_bytes()));
            }
            progress.changed.notify_one();
        }
    });
    raft
}

struct Times {
    wall: Instant,
    /// What this thread has had of a CPU, where the system says so in `/proc`.
    cpu: Option<Duration>,
}

impl Times {
    fn now() -> Times {
        let cpu = std::fs::read_to_string("/proc/thread-self/schedstat").ok().and_then(|text| {
            let nanos = text.split_whitespace().next()?.parse().ok()?;
            Some(Duration::from_nanos(nanos))
        });
        Times { wall: Instant::now(), cpu }
    }
}

/// Prints one line, and returns the CPU time or else the wall time.
fn report(entries: u64, counted: u64, begin: &Times, end: &Times) -> Duration {
    let wall = end.wall - begin.wall;
    let cpu = end.cpu.zip(begin.cpu).map(|(end, begin)| end - begin);
    let time = cpu.unwrap_or(wall);
    let milliseconds = |time: Duration| format!("{:.0}", time.as_secs_f64() * 1e3);
    println!(
        "{entries:>12} {:>10} {:>10} {:>10} {:>10}",
        milliseconds(wall),
        cpu.map_or("n/a".to_owned(), milliseconds),
        time.as_nanos() / u128::from(counted),
        resident_mb().map_or("n/a".to_owned(), |mb| format!("{mb:.0}"))
    );
    time
}

/// Memory in use, where the system says so in `/proc`.
fn resident_mb() -> Option<f64> {
    const PAGE_BYTES: f64 = 4096.0;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: f64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE_BYTES / 1e6)
}
