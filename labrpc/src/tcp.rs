//! The same ends over TCP: a caller, Raft say, does not know which kind it has.
//!
//! [`serve`] gives a service to all who connect; [`connect`] makes an end that calls it. An end has
//! one connection with many calls under way, answered in any order. It connects when it is first
//! called and, when that fails, again after a pause that grows; what is called meanwhile has no reply,
//! at once, as on a link that is cut. A connection that ends takes its calls with it. No call is ever
//! sent twice.
//!
//! This is for the real clock. A simulation has [`crate::Network`], which can do much more to a link.

pub use crate::connection::serve;

use crate::connection::Remote;
use crate::end::ClientEnd;
use crate::server_id::ServerId;
use std::net::SocketAddr;

/// An end that calls the server of that number at that address. Its connection is a task of the
/// present node, and lasts as long as an end or a call.
///
/// # Panics
/// Outside a tokio runtime.
pub fn connect(server: ServerId, address: SocketAddr) -> ClientEnd {
    ClientEnd::remote(Remote::new(server, address))
}

#[cfg(test)]
mod tests;
