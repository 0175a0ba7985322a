//! The caller's side of a connection.

use super::frame::{self, Reply, Request};
use crate::{HandleError, RpcError, ServerId};
use futures::future::select;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// The time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause after a first failure; each further one doubles it.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);

type Answer = Result<Vec<u8>, HandleError>;

/// A server that is called over TCP. Clones share a connection.
#[derive(Clone)]
pub(crate) struct Remote {
    server: ServerId,
    next_id: Arc<AtomicU64>,
    calls: mpsc::UnboundedSender<Sending>,
}

/// A request on its way to the connection.
struct Sending {
    frame: Vec<u8>,
    /// Its number and who waits for the answer; nobody for a one-way message.
    caller: Option<(u64, oneshot::Sender<Answer>)>,
}

impl Remote {
    pub(crate) fn new(server: ServerId, address: SocketAddr) -> Remote {
        let (calls, queue) = mpsc::unbounded_channel();
        runtime::detach(connection(address, queue));
        Remote { server, next_id: Arc::default(), calls }
    }

    pub(crate) fn server(&self) -> ServerId {
        self.server
    }

    pub(crate) fn send(&self, method: &'static str, args: Vec<u8>) -> Waiting {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        let request = Request { id, method: method.to_owned(), args };
        if let Some(frame) = frame::encode(&request) {
            // A connection whose node is dead takes nothing, and there is no reply.
            let _ = self.calls.send(Sending { frame, caller: Some((id, answer)) });
        }
        Waiting { answered, method, remote: self.clone() }
    }

    /// Sends a message that nobody answers.
    pub(crate) fn send_one_way(&self, method: &'static str, args: Vec<u8>) {
        let request = Request { id: frame::ONE_WAY, method: method.to_owned(), args };
        if let Some(frame) = frame::encode(&request) {
            // As above.
            let _ = self.calls.send(Sending { frame, caller: None });
        }
    }
}

/// A call under way. It keeps the connection open.
pub(crate) struct Waiting {
    answered: oneshot::Receiver<Answer>,
    method: &'static str,
    remote: Remote,
}

impl Future for Waiting {
    type Output = Result<Vec<u8>, RpcError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answered).poll(context));
        Poll::Ready(match answer {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => {
                let mistake = error.into_mistake(self.remote.server, self.method);
                Err(mistake.map_or(RpcError::NoReply, RpcError::Mistake))
            }
            Err(_) => Err(RpcError::NoReply),
        })
    }
}

/// Connects when there is something to send, and again after each failure.
async fn connection(address: SocketAddr, mut calls: mpsc::UnboundedReceiver<Sending>) {
    let mut pause = PAUSE_MIN;
    while let Some(first) = calls.recv().await {
        match runtime::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                pause = PAUSE_MIN;
                converse(stream, first, &mut calls).await;
            }
            Ok(Err(_)) | Err(_) => {
                drop(first);
                refuse_for(pause, &mut calls).await;
                pause = (2 * pause).min(PAUSE_MAX);
            }
        }
    }
}

/// There is no reply to what is called meanwhile.
async fn refuse_for(pause: Duration, calls: &mut mpsc::UnboundedReceiver<Sending>) {
    let refused = pin!(async { while calls.recv().await.is_some() {} });
    select(pin!(runtime::sleep(pause)), refused).await;
}

type Pending = Mutex<BTreeMap<u64, oneshot::Sender<Answer>>>;

/// Sends and receives until the connection ends or nobody is left who calls.
async fn converse(stream: TcpStream, first: Sending, calls: &mut mpsc::UnboundedReceiver<Sending>) {
    // Without it small requests wait for each other; some systems do not have it.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let pending = Pending::default();
    let sent = pin!(send_all(writer, first, calls, &pending));
    let received = pin!(receive_all(reader, &pending));
    select(sent, received).await;
}

async fn send_all(
    mut writer: OwnedWriteHalf,
    first: Sending,
    calls: &mut mpsc::UnboundedReceiver<Sending>,
    pending: &Pending,
) {
    let mut next = Some(first);
    while let Some(Sending { frame, caller }) = next {
        pending.lock().extend(caller);
        if writer.write_all(&frame).await.is_err() {
            return;
        }
        next = calls.recv().await;
    }
}

async fn receive_all(mut reader: OwnedReadHalf, pending: &Pending) {
    while let Ok(Reply { id, result }) = frame::read(&mut reader).await {
        if let Some(answer) = pending.lock().remove(&id) {
            // The caller may have lost interest.
            let _ = answer.send(result);
        }
    }
}
