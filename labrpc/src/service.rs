//! The server side of a call.

use crate::error::HandleError;
use std::sync::Arc;

/// A boxed future that may move between threads and borrows nothing.
pub type BoxFuture<T> = futures::future::BoxFuture<'static, T>;

/// What a server does with a request.
pub trait Service: Send + Sync + 'static {
    /// Handles one request; arguments and reply are encoded.
    ///
    /// The network polls the future once where the request arrives and makes a task of it only when
    /// it has to wait. It is dropped when the server dies.
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

    /// The service's own name for a method of that name, if it has one. Over TCP
    /// ([`crate::tcp`]) it is called by these only.
    fn method(&self, name: &str) -> Option<&'static str> {
        let _ = name;
        None
    }
}
