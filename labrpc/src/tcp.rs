//! The same ends over TCP: a caller, Raft say, does not know which kind it has.
//!
//! A [`Wire`] says what all connections of a process have in common: the cluster's name, its secret, its
//! [`Limits`]. [`Wire::serve`] gives a service to those who connect; [`Wire::connect`] makes an end that
//! calls it. An end has one connection with many calls under way, answered in any order, and
//! [`ClientEnd::bulk`] has another one to the same server for what would delay the
//! rest. It connects when it is first called and, when that fails, again after a pause that grows; what is
//! called meanwhile has no reply, at once, as on a link that is cut. A connection that ends takes its calls
//! with it. No call is ever sent twice.
//!
//! # Who is let in
//!
//! A connection begins with a handshake in which both sides say which cluster they belong to, who they are
//! and whom they want. A listener is for servers or for clients. With a [`Secret`] both sides prove that
//! they have it, by HMAC-SHA-256 of what was said and of two fresh nonces. Strangers are disconnected, and
//! at a server there is a line in the log.
//!
//! **This authenticates and does not encrypt.** It keeps out who can connect. It does not keep out who can
//! read packets on the way, or change them: whoever can do that reads everything, and can take over a
//! connection once its handshake is over. Where the network is not your own, put TLS or a VPN under it. And
//! who has the secret can say that it is any server: it keeps strangers out, not traitors. Without a secret
//! everybody is believed.
//!
//! # What is dead, and what is slow
//!
//! Both sides send signs of life, which wait for no handler and no disk, and a connection that is silent
//! ends within [`Limits::dead_after_ms`]. After a partition a link works again within twice that time. A
//! handler may wait as long as it likes: its caller is told after [`Limits::call_timeout_ms`] that there is
//! no reply, and the connection goes on. (One that holds its thread and does not wait holds its connection,
//! too; after half a second of that the other side takes it for dead.) A server is told when another one's
//! connection has ended ([`Service::peer_disconnected`]).
//!
//! This is for the real clock. A simulation has [`crate::Network`], which can do much more to a link. How
//! the bytes go is in `docs/formats.md`.

pub use crate::connection::{Callers, Identity, Limits, Secret, SecretError, Wire};

#[doc(hidden)] // For examples/fuzz_wire.rs.
pub use crate::connection::fuzz;

use crate::connection::{Remote, serve};
use crate::{ClientEnd, ServerId, Service};
use std::sync::Arc;
use tokio::net::TcpListener;

impl Wire {
    /// An end that calls the server with that number at that address (`127.0.0.1:7000`, `host:7000`; names are
    /// looked up at each attempt to connect). Its connection is a task of the present node, and lasts as long
    /// as an end or a call.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn connect(&self, me: Identity, server: ServerId, address: impl ToString) -> ClientEnd {
        ClientEnd::remote(Remote::new(self.clone(), me, server, address.to_string()))
    }

    /// Gives the service of server `me` to those `callers` who connect, for as long as it is polled.
    /// Connections are tasks of the current node and outlive this future; they end with their callers or
    /// with the node.
    ///
    /// Strangers are told nothing. There is a line in the log for each (target `labrpc`, of the crate
    /// `tracing`), but not more than ten in ten seconds.
    pub async fn serve(
        &self,
        listener: TcpListener,
        me: ServerId,
        callers: Callers,
        service: Arc<dyn Service>,
    ) {
        serve(self.clone(), listener, me, callers, service).await;
    }
}
