//! What a simulated RPC costs: `cargo bench -p labrpc`.
//!
//! Five nodes call each other with random delays, twenty calls in flight; request and reply are 48
//! bytes each and go into the hash of the run. Beside it, in the same process and in turns, a bare
//! event heap doing the same work without tasks, and the same network on tokio's paused clock.
//! Printed is the best of several turns: these machines are noisy, and noise only adds.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Measures real time.

use labrpc::{BoxFuture, HandleError, Network, Service};
use runtime::{Node, Rng, Simulation};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const NODES: usize = 5;
const IN_FLIGHT: usize = 20;
const BYTES: usize = 48;
const TURNS: usize = 7;

struct Echo;

impl Service for Echo {
    fn handle(
        self: Arc<Self>,
        _: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(std::future::ready(Ok(vec![args[0]; BYTES])))
    }
}

/// `calls` calls by twenty callers, four on each node, each calling the others in turn.
async fn workload(calls: usize) {
    let network = Network::new(NODES);
    let nodes: Vec<Node> =
        (0..NODES).map(|server| Node::new(&format!("server {server}"))).collect();
    let ends: Vec<_> =
        nodes.iter().enumerate().map(|(server, node)| network.add_server(server, node)).collect();
    for server in 0..NODES {
        network.set_service(server, Arc::new(Echo));
    }
    let callers: Vec<_> = (0..IN_FLIGHT)
        .map(|caller| {
            let ends = ends[caller % NODES].clone();
            nodes[caller % NODES].spawn(async move {
                for call in 0..calls / IN_FLIGHT {
                    let callee = (caller + call) % NODES;
                    let reply = ends[callee].call("Echo.Echo", vec![1; BYTES]).await;
                    assert_eq!(reply.expect("the network is reliable").len(), BYTES);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("callers end by themselves");
    }
    network.close();
}

fn ours(calls: usize) {
    Simulation::new(1).run(workload(calls)).result.expect("the run ends");
}

fn tokio_paused(calls: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(workload(calls));
}

/// Two events a call on a heap, the same random delays, allocations and hashing, and nothing else.
fn bare_heap(calls: usize) {
    let mut rng = Rng::from_seed(1);
    let mut heap = BinaryHeap::new();
    let mut hash = 0;
    let mut sequence = 0_u64;
    for caller in 0..IN_FLIGHT {
        heap.push(Reverse((rng.below(2_000_000), caller as u64, vec![1_u8; BYTES])));
    }
    for event in 0..2 * calls {
        let Some(Reverse((at, _, message))) = heap.pop() else { return };
        hash = xxhash_rust::xxh3::xxh3_64_with_seed(&message, hash ^ at);
        sequence += 1;
        let next = vec![event as u8; BYTES];
        heap.push(Reverse((at + rng.below(2_000_000), sequence, next)));
    }
    black_box(hash);
}

/// Name, work, and how many calls.
type Contender = (&'static str, fn(usize), usize);

fn nanos_a_call(run: fn(usize), calls: usize) -> f64 {
    let start = Instant::now();
    run(calls);
    start.elapsed().as_nanos() as f64 / calls as f64
}

fn main() {
    // Cargo passes `--bench`; a number is the count of calls.
    let calls = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let contenders: [Contender; 3] = [
        ("bare event heap", bare_heap, calls),
        ("labrpc on the simulation", ours, calls),
        ("labrpc on tokio's paused clock", tokio_paused, calls / 4),
    ];
    let mut best = [f64::INFINITY; 3];
    for _ in 0..TURNS {
        for (best, (_, run, calls)) in best.iter_mut().zip(contenders) {
            *best = best.min(nanos_a_call(run, calls));
        }
    }
    println!("one RPC, best of {TURNS} turns of {calls} calls:");
    for (nanos, (name, ..)) in best.iter().zip(contenders) {
        println!("{name:32} {nanos:7.0} ns  {:5.2} x labrpc on the simulation", nanos / best[1]);
    }
}
