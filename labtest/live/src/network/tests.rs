//! Real connections through the proxies, both ends of which a test has in its hands.

mod ends;
mod limits;
mod random;
mod slow;
mod verbs;

use super::{Closing, Direction, LinkName, LinkState, LinkStatistics, Network};
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long anything may take that has to happen.
const LIMIT: Duration = Duration::from_secs(60);
/// How long is waited for what must not happen.
const A_WHILE: Duration = Duration::from_millis(150);

const OPEN: LinkState =
    LinkState { closed: None, delay: None, late: None, throttle_bytes_per_s: None };
const CUT: LinkState = LinkState { closed: Some(Closing::Cut), ..OPEN };
const HOLD: LinkState = LinkState { closed: Some(Closing::Hold), ..OPEN };
const RESET: LinkState = LinkState { closed: Some(Closing::Reset), ..OPEN };

/// A network, and where its servers really listen.
struct Lab {
    network: Network,
    peers: Vec<TcpListener>,
    clients: Vec<TcpListener>,
}

impl Lab {
    async fn new(servers: usize) -> Lab {
        let network = Network::new(servers, 1).unwrap();
        let (mut peers, mut clients) = (Vec::new(), Vec::new());
        for server in 0..servers {
            let (peer, client) = (listener().await, listener().await);
            network.set_server(server, peer.local_addr().unwrap(), client.local_addr().unwrap());
            peers.push(peer);
            clients.push(client);
        }
        Lab { network, peers, clients }
    }

    async fn dial(&self, from: usize, to: usize) -> TcpStream {
        dial(self.network.peer_address(from, to)).await
    }

    /// A connection from one server to another: the end of the one, the end of the other.
    async fn connect(&self, from: usize, to: usize) -> (TcpStream, TcpStream) {
        (self.dial(from, to).await, accept(&self.peers[to]).await)
    }

    /// A connection of a client: its end, the end of the server.
    async fn connect_client(&self, to: usize) -> (TcpStream, TcpStream) {
        (dial(self.network.client_address(to)).await, accept(&self.clients[to]).await)
    }

    fn statistics(&self, from: usize, to: usize) -> LinkStatistics {
        self.network.statistics()[&LinkName::between(from, to)].clone()
    }

    /// Waits until the statistics of a link are so.
    async fn until(&self, from: usize, to: usize, holds: impl Fn(&LinkStatistics) -> bool) {
        in_time(async {
            while !holds(&self.statistics(from, to)) {
                runtime::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    runtime::timeout(LIMIT, future).await.expect("it happens in time")
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn dial(address: SocketAddr) -> TcpStream {
    in_time(TcpStream::connect(address)).await.unwrap()
}

async fn accept(listener: &TcpListener) -> TcpStream {
    in_time(listener.accept()).await.unwrap().0
}

/// That nobody dials.
async fn is_not_dialed(listener: &TcpListener) {
    assert!(runtime::timeout(A_WHILE, listener.accept()).await.is_err(), "somebody dials");
}

async fn send(stream: &mut TcpStream, bytes: &[u8]) {
    in_time(stream.write_all(bytes)).await.unwrap();
}

/// That exactly these bytes arrive next.
async fn receives(stream: &mut TcpStream, expected: &[u8]) {
    let mut received = vec![0; expected.len()];
    in_time(stream.read_exact(&mut received)).await.unwrap();
    assert!(received == expected, "other bytes arrive than were sent");
}

/// That these bytes go from one to the other.
async fn carries(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    send(from, bytes).await;
    receives(to, bytes).await;
}

/// That neither bytes nor an end nor a reset arrive.
async fn is_silent(stream: &mut TcpStream) {
    let read = runtime::timeout(A_WHILE, stream.read_u8()).await;
    assert!(read.is_err(), "it is not silent: {read:?}");
}

/// That no bytes arrive any more, but the sender's end.
async fn is_closed(stream: &mut TcpStream) {
    assert_eq!(in_time(stream.read(&mut [0])).await.unwrap(), 0);
}

/// That no bytes arrive any more, but a reset.
async fn is_reset(stream: &mut TcpStream) {
    let read = in_time(stream.read(&mut [0])).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// Bytes that tell where they are.
fn numbered(bytes: usize) -> Vec<u8> {
    (0..).flat_map(u32::to_le_bytes).take(bytes).collect()
}
