//! The server's side: who is let in, and the life of connections.

use super::answering::Answering;
use super::exchange::{self, Caller, Introduced};
use super::handshake::{Callers, Identity, Lane, Refusal};
use super::log_limit::LogLimit;
use super::waiting_room::WaitingRoom;
use super::wire::Wire;
use crate::{ServerId, Service};
use futures::future::{Either, select};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// When a connection can't be taken, mostly for lack of file descriptors, others may end by then.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the connections of a listener have in common.
struct Server {
    wire: Wire,
    me: ServerId,
    callers: Callers,
    service: Arc<dyn Service>,
    methods: Arc<[&'static str]>,
    room: WaitingRoom,
    places: Arc<Semaphore>,
    log: LogLimit,
    peers: Mutex<Peers>,
}

/// An authenticated connection, and its place among the allowed number.
type LetIn = Introduced<TcpStream, (Caller, OwnedSemaphorePermit)>;

/// The newest connection of each server.
#[derive(Default)]
struct Peers {
    next: u64,
    newest: BTreeMap<ServerId, u64>,
}

pub(crate) async fn serve(
    wire: Wire,
    listener: TcpListener,
    me: ServerId,
    callers: Callers,
    service: Arc<dyn Service>,
) {
    let server = Arc::new(Server {
        me,
        callers,
        methods: service.methods().into(),
        service,
        room: WaitingRoom::new(wire.limits.handshakes),
        places: Arc::new(Semaphore::new(wire.limits.connections.min(Semaphore::MAX_PERMITS))),
        log: LogLimit::default(),
        peers: Mutex::default(),
        wire,
    });
    loop {
        match listener.accept().await {
            Ok((stream, address)) => runtime::detach(Arc::clone(&server).take(stream, address)),
            Err(_) => runtime::sleep(ACCEPT_PAUSE).await,
        }
    }
}

impl Server {
    async fn take(self: Arc<Self>, stream: TcpStream, address: SocketAddr) {
        match self.let_in(stream).await {
            Ok(introduced) => self.answer(introduced, address).await,
            Err(refusal) => {
                if let Some(untold) = self.log.next_line() {
                    tracing::warn!(target: "labrpc", server = self.me, %address, untold, "refused: {refusal}");
                }
            }
        }
    }

    async fn let_in(&self, stream: TcpStream) -> Result<LetIn, Refusal> {
        // Without it small replies wait for each other; some systems do not have it.
        let _ = stream.set_nodelay(true);
        let mut waiting = self.room.enter();
        let place = || {
            let place = Arc::clone(&self.places).try_acquire_owned();
            place.map_err(|_| Refusal::Full(self.wire.limits.connections))
        };
        let Server { wire, me, callers, methods, .. } = self;
        let accepted = exchange::accept(stream, wire, *me, *callers, methods, place);
        let accepted = pin!(runtime::timeout(wire.limits.handshake(), accepted));
        match select(accepted, &mut waiting.lost).await {
            Either::Left((accepted, _)) => accepted.map_err(|_| Refusal::Slow)?,
            Either::Right(_) => Err(Refusal::Crowded(self.room.places())),
        }
    }

    /// A connection from its handshake to its end.
    async fn answer(&self, introduced: LetIn, address: SocketAddr) {
        let (mut answering, (Caller { identity, lane }, place)) =
            Answering::new(introduced, &self.wire.limits, &self.service, &self.methods);
        let peer = match (identity, lane) {
            (Identity::Server(peer), Lane::Main) => Some((peer, self.connected(peer))),
            _ => None,
        };
        let ended = std::future::poll_fn(|context| answering.poll(context)).await;
        tracing::debug!(target: "labrpc", server = self.me, %address, ?identity, "ended: {ended}");
        let leftover = answering.into_leftover();
        if let Some((peer, connection)) = peer
            && self.is_newest(peer, connection)
        {
            self.service.peer_disconnected(peer);
        }
        leftover.finish(self.wire.limits.idle()).await;
        drop(place);
    }

    fn connected(&self, peer: ServerId) -> u64 {
        let mut peers = self.peers.lock();
        peers.next += 1;
        let connection = peers.next;
        peers.newest.insert(peer, connection);
        connection
    }

    fn is_newest(&self, peer: ServerId, connection: u64) -> bool {
        self.peers.lock().newest.get(&peer) == Some(&connection)
    }
}
