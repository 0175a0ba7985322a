//! etcd over gRPC: the few calls that are needed, each a request of HTTP/2.

mod call;
mod messages;

use bytes::Bytes;
use call::{Failed, call};
use futures::stream::{FuturesUnordered, StreamExt};
use h2::client::SendRequest;
use kvd_bench::{Answer, Connection, Kind, Operation, Outcome, Target};
use messages::{
    PutRequest, PutResponse, RangeRequest, RangeResponse, StatusRequest, StatusResponse,
};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How much a server may send before it waits for a word from here: more than it ever has to say.
const WINDOW_BYTES: u32 = 16 << 20;

/// Members of etcd. Clients take turns with them.
#[derive(Clone, Debug)]
pub struct Etcd {
    addresses: Vec<String>,
}

impl Etcd {
    /// These members, as `host:port`.
    pub fn new(addresses: Vec<String>) -> Etcd {
        Etcd { addresses }
    }
}

impl Target for Etcd {
    type Connection = EtcdConnection;

    async fn connect(&self, client: usize) -> io::Result<EtcdConnection> {
        EtcdConnection::open(&self.addresses[client % self.addresses.len()]).await
    }
}

/// A connection to one member.
pub struct EtcdConnection {
    address: String,
    requests: SendRequest<Bytes>,
    /// What carries requests and responses; ready when the connection has ended.
    carrier: Pin<Box<dyn Future<Output = Result<(), h2::Error>>>>,
}

impl EtcdConnection {
    /// # Errors
    /// When the member can't be reached, or not in time.
    pub async fn open(address: &str) -> io::Result<EtcdConnection> {
        let opened = async {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            let (requests, carrier) = h2::client::Builder::new()
                .initial_window_size(WINDOW_BYTES)
                .initial_connection_window_size(WINDOW_BYTES)
                .enable_push(false)
                .handshake(tcp)
                .await
                .map_err(io::Error::other)?;
            let (address, carrier) = (address.to_owned(), Box::pin(carrier));
            Ok(EtcdConnection { address, requests, carrier })
        };
        let opened = runtime::timeout(CONNECT_TIMEOUT, opened).await;
        opened
            .unwrap_or_else(|late| Err(io::Error::new(io::ErrorKind::TimedOut, late.to_string())))
            .map_err(|error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}")))
    }

    /// What the member says about itself.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn status(&mut self) -> io::Result<StatusResponse> {
        let path = "/etcdserverpb.Maintenance/Status";
        let asked = call(self.requests.clone(), &self.address, path, &StatusRequest {});
        let told = carried(&mut self.carrier, asked).await?;
        told.map_err(|failed| io::Error::other(failed.to_string()))
    }
}

impl Connection for EtcdConnection {
    async fn send(
        &mut self,
        operations: &[Operation],
        answers: &mut Vec<Answer>,
    ) -> io::Result<()> {
        let EtcdConnection { address, requests, carrier } = self;
        let asked = operations.iter().enumerate();
        let mut asked: FuturesUnordered<_> = asked
            .map(|(place, operation)| {
                let told = ask(requests.clone(), address, operation);
                async move { (place, told.await) }
            })
            .collect();
        let all = async {
            while let Some((place, told)) = asked.next().await {
                let outcome = match told {
                    Ok(true) => Outcome::Done,
                    Ok(false) => Outcome::Missing,
                    Err(Failed::Refused(why)) => Outcome::Refused(why),
                    Err(Failed::Broken(error)) => return Err(io::Error::other(error)),
                };
                answers.push(Answer { place, at: runtime::true_now(), outcome });
            }
            Ok(())
        };
        carried(carrier, all).await?
    }
}

/// Has an operation carried out. Whether there was something.
async fn ask(
    requests: SendRequest<Bytes>,
    address: &str,
    operation: &Operation,
) -> Result<bool, Failed> {
    let key = operation.key.to_vec();
    match operation.kind {
        Kind::Write => {
            let put = PutRequest { key, value: operation.value.clone() };
            let PutResponse {} = call(requests, address, "/etcdserverpb.KV/Put", &put).await?;
            Ok(true)
        }
        // It is linearizable unless it is asked not to be.
        Kind::Read => {
            let range = RangeRequest { key };
            let told: RangeResponse =
                call(requests, address, "/etcdserverpb.KV/Range", &range).await?;
            Ok(!told.pairs.is_empty())
        }
    }
}

/// Does work over a connection, which goes on as long as the work does.
async fn carried<T>(
    carrier: &mut Pin<Box<dyn Future<Output = Result<(), h2::Error>>>>,
    work: impl Future<Output = T>,
) -> io::Result<T> {
    let mut work = std::pin::pin!(work);
    poll_fn(|context| {
        // What came is handed out before the work looks for it, and what the work sends is carried at once.
        for _ in 0..2 {
            if let Poll::Ready(ended) = carrier.as_mut().poll(context) {
                let error = ended
                    .err()
                    .map_or("the server closed the connection".to_owned(), |it| it.to_string());
                return Poll::Ready(Err(io::Error::other(error)));
            }
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
        }
        Poll::Pending
    })
    .await
}
