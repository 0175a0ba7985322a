//! The caller's side: an end's queue of calls, and the connection that is made for it when it is needed.

use super::asking::Asking;
use super::exchange::{self, Caller, Introduced, Methods};
use super::handshake::{Identity, Lane, Refusal};
use super::log_limit::LogLimit;
use super::message::HEAD_BYTES_MAX;
use super::wire::Wire;
use crate::{RpcError, ServerId};
use futures::future::select;
use runtime::Instant;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

/// The pause after a first failure to connect; each further one doubles it.
const PAUSE_MIN: Duration = Duration::from_millis(20);

pub(super) type Answer = Result<Vec<u8>, RpcError>;
pub(super) type Calls = mpsc::UnboundedReceiver<Sending>;

/// A server that is called over TCP. Clones share a connection.
#[derive(Clone)]
pub(crate) struct Remote(Arc<Shared>);

struct Shared {
    target: Target,
    calls: mpsc::UnboundedSender<Sending>,
    queued_bytes: Arc<AtomicUsize>,
    /// The same server over another connection, created on demand.
    bulk: OnceLock<Remote>,
}

/// Who calls whom, and where.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) wire: Wire,
    pub(super) me: Identity,
    pub(super) lane: Lane,
    pub(super) server: ServerId,
    pub(super) address: String,
}

/// A call on its way to the connection.
pub(super) struct Sending {
    pub(super) method: &'static str,
    pub(super) args: Vec<u8>,
    pub(super) deadline: Instant,
    /// Who waits; nobody for a one-way message.
    pub(super) caller: Option<oneshot::Sender<Answer>>,
    _weight: Weight,
}

#[cfg(test)]
impl Sending {
    pub(super) fn for_test(
        method: &'static str,
        deadline: Instant,
        caller: oneshot::Sender<Answer>,
    ) -> Sending {
        let _weight = Weight { bytes: 0, queued_bytes: Arc::default() };
        Sending { method, args: Vec::new(), deadline, caller: Some(caller), _weight }
    }
}

/// How many bytes are in a queue.
struct Weight {
    bytes: usize,
    queued_bytes: Arc<AtomicUsize>,
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.queued_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Remote {
    pub(crate) fn new(wire: Wire, me: Identity, server: ServerId, address: String) -> Remote {
        Remote::start(Target { wire, me, lane: Lane::Main, server, address })
    }

    fn start(target: Target) -> Remote {
        let (calls, queue) = mpsc::unbounded_channel();
        runtime::detach(connection(target.clone(), queue));
        Remote(Arc::new(Shared {
            target,
            calls,
            queued_bytes: Arc::default(),
            bulk: OnceLock::new(),
        }))
    }

    pub(crate) fn server(&self) -> ServerId {
        self.0.target.server
    }

    /// The same server over a connection of its own.
    pub(crate) fn bulk(&self) -> Remote {
        let target = &self.0.target;
        match target.lane {
            Lane::Main => {
                let start = || Remote::start(Target { lane: Lane::Bulk, ..target.clone() });
                self.0.bulk.get_or_init(start).clone()
            }
            Lane::Bulk => self.clone(),
        }
    }

    pub(crate) fn send(&self, method: &'static str, args: Vec<u8>) -> Result<Waiting, RpcError> {
        let (caller, answered) = oneshot::channel();
        self.queue(method, args, Some(caller))?;
        Ok(Waiting { answered, _remote: self.clone() })
    }

    /// Sends a message that nobody answers.
    pub(crate) fn send_one_way(&self, method: &'static str, args: Vec<u8>) {
        if let Err(error) = self.queue(method, args, None) {
            tracing::debug!(target: "labrpc", server = self.server(), method, "not sent: {error}");
        }
    }

    fn queue(
        &self,
        method: &'static str,
        args: Vec<u8>,
        caller: Option<oneshot::Sender<Answer>>,
    ) -> Result<(), RpcError> {
        let limits = &self.0.target.wire.limits;
        let (bytes, bytes_max) = (args.len(), limits.frame_bytes() - HEAD_BYTES_MAX);
        if bytes > bytes_max {
            return Err(RpcError::TooLong { bytes, bytes_max });
        }
        let queued_bytes = Arc::clone(&self.0.queued_bytes);
        // A call without arguments takes room, too.
        let weight = Weight { bytes: bytes + size_of::<Sending>(), queued_bytes };
        let before = self.0.queued_bytes.fetch_add(weight.bytes, Ordering::Relaxed);
        if before > 0 && before.saturating_add(weight.bytes) > limits.queued_bytes {
            return Err(RpcError::Full);
        }
        let deadline = runtime::now() + limits.call_timeout();
        // A connection whose node is dead takes nothing, and there is no reply.
        let _ = self.0.calls.send(Sending { method, args, deadline, caller, _weight: weight });
        Ok(())
    }
}

/// A call under way. It keeps the connection open.
pub(crate) struct Waiting {
    answered: oneshot::Receiver<Answer>,
    _remote: Remote,
}

impl Future for Waiting {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let answered = ready!(Pin::new(&mut self.answered).poll(context));
        Poll::Ready(answered.unwrap_or(Err(RpcError::NoReply)))
    }
}

/// Connects when there is something to send, and again after each failure.
async fn connection(target: Target, mut calls: Calls) {
    let limits = target.wire.limits.clone();
    let pause_max = limits.dead_after() / 4;
    let mut pause = PAUSE_MIN.min(pause_max);
    let log = LogLimit::default();
    while let Some(first) = calls.recv().await {
        match runtime::timeout(limits.dead_after(), connect(&target)).await {
            Ok(Ok(introduced)) => {
                pause = PAUSE_MIN.min(pause_max);
                let mut asking = Asking::new(introduced, &limits, target.server);
                asking.take(first);
                let ended = std::future::poll_fn(|context| asking.poll(context, &mut calls)).await;
                tracing::debug!(target: "labrpc", server = target.server, "ended: {ended}");
            }
            failed => {
                drop(first);
                if let Ok(Err(refusal)) = failed {
                    tell(&log, &target, &refusal);
                }
                refuse_for(pause, &mut calls).await;
                pause = (2 * pause).min(pause_max);
            }
        }
    }
}

async fn connect(target: &Target) -> Result<Introduced<TcpStream, Methods>, Refusal> {
    let stream = TcpStream::connect(&*target.address).await?;
    // Without it small requests wait for each other; some systems do not have it.
    let _ = stream.set_nodelay(true);
    let caller = Caller { identity: target.me, lane: target.lane };
    exchange::introduce(stream, &target.wire, caller, target.server).await
}

/// A server that is not there is nothing special; one that is not what it should be is.
fn tell(log: &LogLimit, target: &Target, refusal: &Refusal) {
    if matches!(refusal, Refusal::Lost(error) if error.kind() != std::io::ErrorKind::InvalidData) {
        return;
    }
    if let Some(untold) = log.next_line() {
        let Target { server, address, .. } = target;
        tracing::warn!(target: "labrpc", server, %address, untold, "no connection: {refusal}");
    }
}

/// There is no reply to what is called meanwhile.
async fn refuse_for(pause: Duration, calls: &mut Calls) {
    let refused = pin!(async { while calls.recv().await.is_some() {} });
    select(pin!(runtime::sleep(pause)), refused).await;
}
