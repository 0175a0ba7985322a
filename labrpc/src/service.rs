//! The server side of a call.

use crate::error::HandleError;
use crate::server_id::ServerId;
use std::sync::Arc;

/// A boxed future that may move between threads and borrows nothing.
pub type BoxFuture<T> = futures::future::BoxFuture<'static, T>;

/// What a server does with a request.
pub trait Service: Send + Sync + 'static {
    /// Handles one request; arguments and reply are encoded.
    ///
    /// The network polls the future once where the request arrives and makes a task of it only when
    /// it has to wait. It is dropped when the server dies, and over TCP when it has not ended long after
    /// its caller's connection has ([`Limits::idle_ms`](crate::tcp::Limits::idle_ms)).
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>>;

    /// The arguments of a call, or the reply to one, as their types print themselves (`Debug`), for those
    /// who read about a run; `None` for what it can't decode.
    fn describe(&self, method: &str, reply: bool, bytes: &[u8]) -> Option<String> {
        let _ = (method, reply, bytes);
        None
    }

    /// The names of the service's methods, in an order that stays. Over TCP ([`crate::tcp`]) it is called
    /// by these only.
    fn methods(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Over TCP: the connection on which that server called this one has ended, because the server has, or
    /// because nothing comes from it any more. One that has connected again by then has not left. Its bulk
    /// connection ([`ClientEnd::bulk`](crate::ClientEnd::bulk)) does not count.
    fn peer_disconnected(&self, peer: ServerId) {
        let _ = peer;
    }
}
