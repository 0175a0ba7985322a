//! Looking at the requests of a server, and meddling with them.

use crate::server_id::ServerId;

/// Sees what a server sends, and requests just before and just after it handles them. All are called
/// outside the network's lock, so they may delete the server.
pub trait Hooks: Send + Sync + 'static {
    /// Whether the server gets the request; if not, it is lost.
    fn before_dispatch(&self, _server: ServerId, _method: &'static str, _args: &[u8]) -> bool {
        true
    }

    /// Whether the reply is sent; if not, it is lost although the request was handled.
    fn after_dispatch(&self, _server: ServerId, _method: &'static str, _reply: &[u8]) -> bool {
        true
    }

    /// The server has sent a request, which is on its way. Called within the sender's own code.
    fn after_send(&self, _server: ServerId, _callee: ServerId, _method: &'static str) {}

    /// The server has answered a request; the reply is on its way if it can be.
    fn after_reply(&self, _server: ServerId, _method: &'static str) {}
}
