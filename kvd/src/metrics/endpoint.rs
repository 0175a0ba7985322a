//! Where Prometheus asks: `GET /metrics` over HTTP, one request a connection.
//!
//! Requests, times and connections are limited, so that strangers cost little. There is no encryption and no
//! authentication: the listener belongs on an address that only the right ones reach.

mod http;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// When the system has no more connections to give, one may be free after that long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What one who asks may cost.
#[derive(Clone, Copy)]
struct Limits {
    /// Bytes of a request's head.
    head_bytes: usize,
    /// How long a head may take to come; and then how long its answer may take to be fetched.
    step: Duration,
    /// How many may ask at once. More wait for their turn.
    connections: usize,
}

const LIMITS: Limits =
    Limits { head_bytes: 8 * 1024, step: Duration::from_secs(5), connections: 16 };

/// Answers `GET /metrics` with what `render` says at that time, for as long as it is polled.
///
/// A head of more than 8 KiB is refused, and a client that takes longer than 5 s to send it is cut off. At most
/// 16 connections at a time.
pub async fn serve(listener: TcpListener, render: impl Fn() -> String + Send + Sync + 'static) {
    serve_within(LIMITS, listener, render).await;
}

async fn serve_within(
    limits: Limits,
    listener: TcpListener,
    render: impl Fn() -> String + Send + Sync + 'static,
) {
    let render = Arc::new(render);
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("nobody closes it");
        match listener.accept().await {
            Ok((stream, _)) => {
                let render = Arc::clone(&render);
                runtime::detach(async move {
                    // An error is one who has gone away, or was too slow.
                    let _ = answer(limits, stream, &*render).await;
                    drop(place);
                });
            }
            Err(_) => runtime::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn answer(
    limits: Limits,
    mut stream: TcpStream,
    render: impl Fn() -> String,
) -> io::Result<()> {
    let head = within(limits.step, read_head(&mut stream, limits.head_bytes)).await?;
    let response = http::answer(head.as_deref(), render);
    within(limits.step, send(&mut stream, response.as_bytes())).await
}

async fn within<T>(limit: Duration, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    runtime::timeout(limit, step).await.map_err(|_| io::ErrorKind::TimedOut)?
}

/// The head of a request, `None` when it is too long.
async fn read_head(stream: &mut TcpStream, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::with_capacity(bytes_max.min(1024));
    while head.len() < bytes_max {
        // What ends a head has three bytes at most, and may come in pieces.
        let searched = head.len().saturating_sub(2);
        let room = (bytes_max - head.len()) as u64;
        if (&mut *stream).take(room).read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if http::has_end(&head[searched..]) {
            return Ok(Some(head));
        }
    }
    Ok(None)
}

/// Sends all of it, and waits for the other side to close: a system that closes a connection with bytes in it
/// that nobody has read may take back what was sent.
async fn send(stream: &mut TcpStream, response: &[u8]) -> io::Result<()> {
    stream.write_all(response).await?;
    stream.shutdown().await?;
    tokio::io::copy(stream, &mut tokio::io::sink()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
