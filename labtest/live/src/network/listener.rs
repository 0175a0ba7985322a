//! Where connections are accepted, and where they go on to.

use super::connection::carry;
use super::link::Link;
use super::side::Side;
use parking_lot::Mutex;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// How many connections may wait to be accepted: clients come in crowds.
const BACKLOG: u32 = 1024;
/// How long to wait before the next attempt where a connection can't be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Where a server really listens, if that is known.
#[derive(Default)]
pub(super) struct ServerAddress(Mutex<Option<SocketAddr>>);

impl ServerAddress {
    pub(super) fn set(&self, address: SocketAddr) {
        *self.0.lock() = Some(address);
    }

    pub(super) async fn dial(&self) -> io::Result<TcpStream> {
        let address = *self.0.lock();
        TcpStream::connect(address.ok_or(io::ErrorKind::NotConnected)?).await
    }
}

/// Listens at some port of 127.0.0.1.
pub(super) fn bind() -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Accepts connections for as long as it is polled. They are tasks of the current node and outlive it.
pub(super) async fn listen(
    listener: TcpListener,
    server: Arc<ServerAddress>,
    forth: Arc<Link>,
    back: Arc<Link>,
) {
    loop {
        match listener.accept().await {
            Ok((dialer, _)) if forth.refuses() || back.refuses() => Side::new(dialer).reset(),
            Ok((dialer, _)) => {
                let (forth, back) = (Arc::clone(&forth), Arc::clone(&back));
                runtime::detach(carry(dialer, Arc::clone(&server), forth, back));
            }
            Err(_) => {
                forth.count(|statistics| statistics.accepts_failed += 1);
                runtime::sleep(PAUSE).await;
            }
        }
    }
}
