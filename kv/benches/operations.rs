//! What an operation costs in a simulation, and whether that grows with the history:
//! `cargo bench -p kv`.
//!
//! Five clients make operations on ten keys at three servers. Best of several runs: these machines
//! are noisy, and noise only adds. `cargo bench -p kv -- 200000` makes more operations.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Measures real time.

use kv::{Clerk, ClerkOptions, KvServer, Options};
use labrpc::Network;
use persister::MemoryDisk;
use runtime::{Node, Simulation};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SERVERS: usize = 3;
const CLIENTS: usize = 5;
const TURNS: usize = 5;

#[derive(Clone, Copy)]
enum Kind {
    Put,
    Get,
    Mixed,
}

fn main() {
    // `cargo test` runs benchmarks too, without this argument and without need of figures.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let count = arguments.iter().skip(1).find_map(|argument| argument.parse().ok());
    let count: usize = count.unwrap_or(20_000);
    println!("{count} operations of {CLIENTS} clients at {SERVERS} servers, best of {TURNS}");
    println!("{:>8} {:>10} {:>14} {:>12}", "", "ns each", "calls each", "virtual ms");
    for (name, kind) in [("put", Kind::Put), ("get", Kind::Get), ("mixed", Kind::Mixed)] {
        measure(name, kind, count);
    }
    println!("ten times as many");
    measure("mixed", Kind::Mixed, 10 * count);
}

fn measure(name: &str, kind: Kind, count: usize) {
    let mut best = Duration::MAX;
    let mut calls = 0;
    let mut virtual_time = Duration::ZERO;
    for _ in 0..TURNS {
        let start = Instant::now();
        let simulation =
            Simulation::new(1).time_limit(Duration::from_secs(1_000_000)).step_limit(u64::MAX);
        let run = simulation.run(workload(kind, count));
        best = best.min(start.elapsed());
        (calls, virtual_time) = run.result.expect("the run ends");
    }
    println!(
        "{name:>8} {:>10.0} {:>14.2} {:>12.3}",
        best.as_secs_f64() * 1e9 / count as f64,
        calls as f64 / count as f64,
        virtual_time.as_secs_f64() * 1e3 * CLIENTS as f64 / count as f64,
    );
}

/// How many calls were made, and how much virtual time has passed.
async fn workload(kind: Kind, count: usize) -> (u64, Duration) {
    let network = Network::new(SERVERS + CLIENTS);
    for me in 0..SERVERS {
        let node = Node::new("server");
        let peers = network.add_server(me, &node)[..SERVERS].to_vec();
        let disk = Arc::new(MemoryDisk::new().open());
        let server = node.enter(|| KvServer::make(Options::default(), peers, me, disk));
        network.set_service(me, server.expect("it starts").service());
    }
    let start = runtime::now();
    let clients = (0..CLIENTS).map(|client| {
        let ends = network.add_server(SERVERS + client, &Node::current())[..SERVERS].to_vec();
        runtime::spawn(operate(Clerk::new(ends, ClerkOptions::default()), kind, count / CLIENTS))
    });
    let clients: Vec<_> = clients.collect();
    for client in clients {
        client.await.expect("it ends");
    }
    (network.total_calls(), runtime::now().since(start))
}

async fn operate(mut clerk: Clerk, kind: Kind, count: usize) {
    const KEYS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    for number in 0..count {
        let key = KEYS[number % KEYS.len()];
        let reads = match kind {
            Kind::Put => false,
            Kind::Get => true,
            Kind::Mixed => number % 2 == 0,
        };
        match reads {
            true => drop(clerk.get(key).await.expect("all is well")),
            false => drop(clerk.put(key, "a value of twenty-five").await.expect("all is well")),
        }
    }
}
