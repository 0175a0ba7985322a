//! What an RPC over TCP costs, beside the least that two tasks and a connection can do: length-delimited
//! frames, sent back as they are. Both go over loopback, in one thread.
//!
//! `cargo bench -p labrpc --bench tcp` prints calls a second with one and with 64 in flight, and what a
//! thousand idle connections take of the process's memory, both ends. It needs some 4,100 file descriptors
//! (`ulimit -n 5000`).
// Benchmarks measure the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use bytes::Bytes;
use futures::future::join_all;
use futures::{FutureExt, SinkExt, StreamExt};
use labrpc::tcp::{Callers, Identity, Limits, Secret, Wire};
use labrpc::{BoxFuture, ClientEnd, HandleError, Service};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

const ROUNDS: usize = 5;
const BYTES: usize = 48;
const CONNECTIONS: usize = 1000;
const ECHO: &str = "Echo.Echo";

struct Echo;

impl Service for Echo {
    fn handle(
        self: Arc<Self>,
        _: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(std::future::ready(Ok(args)))
    }

    fn methods(&self) -> Vec<&'static str> {
        vec![ECHO]
    }
}

type Bare = Framed<TcpStream, LengthDelimitedCodec>;

fn bare(stream: TcpStream) -> Bare {
    stream.set_nodelay(true).expect("a TCP connection");
    Framed::new(stream, LengthDelimitedCodec::new())
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// Sends back what comes; all that is there at once in one piece.
async fn serve_bare(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        runtime::detach(async move {
            let mut framed = bare(stream);
            while let Some(Ok(frame)) = framed.next().await {
                framed.feed(frame.freeze()).await.expect("the caller is there");
                while let Some(Some(Ok(frame))) = framed.next().now_or_never() {
                    framed.feed(frame.freeze()).await.expect("the caller is there");
                }
                SinkExt::<Bytes>::flush(&mut framed).await.expect("the caller is there");
            }
        });
    }
}

async fn call_bare(framed: &mut Bare, calls: usize, at_once: usize) {
    let request = Bytes::from(vec![1; BYTES]);
    let (mut sent, mut answered) = (0, 0);
    while answered < calls {
        while sent < calls && sent - answered < at_once {
            framed.feed(request.clone()).await.expect("the server is there");
            sent += 1;
        }
        SinkExt::<Bytes>::flush(framed).await.expect("the server is there");
        let mut reply = framed.next().await;
        while let Some(Ok(_)) = reply {
            answered += 1;
            reply = framed.next().now_or_never().flatten();
        }
    }
}

async fn call_ours(end: &ClientEnd, calls: usize, at_once: usize) {
    let callers = (0..at_once).map(|_| async {
        for _ in 0..calls / at_once {
            let reply = end.call(ECHO, vec![1; BYTES]).await;
            assert_eq!(reply.expect("the server is there").len(), BYTES);
        }
    });
    join_all(callers).await;
}

fn wire() -> Wire {
    let secret = Secret::new("the secret of a benchmark").expect("it is long enough");
    let limits = Limits { connections: 2 * CONNECTIONS, ..Limits::default() };
    Wire { cluster: "benchmark".to_owned(), secret: Some(secret), limits }
}

async fn speed(calls: usize) {
    let (listener, address) = listen().await;
    runtime::detach(serve_bare(listener));
    let mut bare = bare(TcpStream::connect(address).await.expect("a listener"));
    let (listener, address) = listen().await;
    runtime::detach(async move {
        wire().serve(listener, 0, Callers::Clients, Arc::new(Echo)).await;
    });
    let end = wire().connect(Identity::Client, 0, address);
    for at_once in [1, 64] {
        let calls = if at_once == 1 { calls } else { 8 * calls };
        let mut seconds = [const { Vec::new() }; 2];
        for _ in 0..ROUNDS {
            let start = Instant::now();
            call_bare(&mut bare, calls, at_once).await;
            seconds[0].push(start.elapsed().as_secs_f64());
            let start = Instant::now();
            call_ours(&end, calls, at_once).await;
            seconds[1].push(start.elapsed().as_secs_f64());
        }
        let [bare, ours] = seconds.map(|seconds| calls as f64 / median(seconds));
        println!(
            "{at_once:3} in flight: {ours:9.0} calls/s, bare echo {bare:9.0}/s: {:.2} of it",
            ours / bare
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// All are held to the end, so that nothing is measured that another has given back.
async fn memory() {
    let (listener, address) = listen().await;
    runtime::detach(serve_bare(listener));
    let before = resident_bytes();
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        held.push(bare(TcpStream::connect(address).await.expect("a listener")));
    }
    for framed in &mut held {
        call_bare(framed, 1, 1).await;
    }
    let bare = (resident_bytes() - before) / CONNECTIONS;

    let (listener, address) = listen().await;
    runtime::detach(async move {
        wire().serve(listener, 0, Callers::Clients, Arc::new(Echo)).await;
    });
    let before = resident_bytes();
    let mut ends = Vec::new();
    for _ in 0..CONNECTIONS {
        let end = wire().connect(Identity::Client, 0, address);
        call_ours(&end, 1, 1).await;
        ends.push(end);
    }
    // Signs of life need buffers, too.
    runtime::sleep(Duration::from_secs(2)).await;
    let ours = (resident_bytes() - before) / CONNECTIONS;
    println!("an idle connection, both ends: {ours} bytes, bare echo {bare} bytes");
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.expect("a process has memory") * 1024
}

fn main() {
    // Cargo passes `--bench`; a number is the count of calls.
    let calls = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(20_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        speed(calls).await;
        memory().await;
    });
}
