//! Something between a caller and a server that can swallow what goes through.

use super::listen;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

#[derive(Clone, Default)]
pub(super) struct Proxy(Arc<State>);

#[derive(Default)]
struct State {
    swallows: AtomicBool,
    connections: AtomicUsize,
    /// Each connection's own, set for good.
    swallowed: Mutex<Vec<Arc<AtomicBool>>>,
}

impl Proxy {
    /// A proxy in front of that address, and its own.
    pub(super) async fn start(to: SocketAddr) -> (Proxy, SocketAddr) {
        let (listener, address) = listen(0).await;
        let proxy = Proxy::default();
        let state = Arc::clone(&proxy.0);
        runtime::detach(async move {
            while let Ok((from, _)) = listener.accept().await {
                state.connections.fetch_add(1, Ordering::Relaxed);
                let swallows = Arc::new(AtomicBool::new(false));
                state.swallowed.lock().push(Arc::clone(&swallows));
                let Ok(to) = TcpStream::connect(to).await else { continue };
                let ((from_read, from_write), (to_read, to_write)) =
                    (from.into_split(), to.into_split());
                for (read, write) in [(from_read, to_write), (to_read, from_write)] {
                    let (state, swallows) = (Arc::clone(&state), Arc::clone(&swallows));
                    runtime::detach(async move { state.pass(read, write, &swallows).await });
                }
            }
        });
        (proxy, address)
    }

    /// From now on what goes through any connection is lost, and that connection lost with it, though
    /// neither side is told.
    pub(super) fn swallow(&self) {
        self.0.swallows.store(true, Ordering::Relaxed);
        self.0.swallowed.lock().iter().for_each(|it| it.store(true, Ordering::Relaxed));
    }

    /// What goes through that connection only is lost.
    pub(super) fn swallow_connection(&self, number: usize) {
        self.0.swallowed.lock()[number].store(true, Ordering::Relaxed);
    }

    /// New connections are as they should be.
    pub(super) fn heal(&self) {
        self.0.swallows.store(false, Ordering::Relaxed);
    }

    pub(super) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }
}

impl State {
    async fn pass(
        &self,
        mut read: OwnedReadHalf,
        mut write: OwnedWriteHalf,
        swallows: &AtomicBool,
    ) {
        let mut bytes = vec![0; 4096];
        while let Ok(length @ 1..) = read.read(&mut bytes).await {
            if self.swallows.load(Ordering::Relaxed) {
                swallows.store(true, Ordering::Relaxed);
            }
            if swallows.load(Ordering::Relaxed) {
                continue;
            }
            if write.write_all(&bytes[..length]).await.is_err() {
                return;
            }
        }
        // Nor does an end get through.
        if swallows.load(Ordering::Relaxed) {
            std::future::pending().await
        }
    }
}
