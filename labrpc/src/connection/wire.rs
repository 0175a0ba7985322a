//! What all connections of a process have in common.

use super::client::Remote;
use super::handshake::{Callers, Identity};
use super::limits::Limits;
use super::secret::Secret;
use super::server;
use crate::{ClientEnd, ServerId, Service};
use std::sync::Arc;
use tokio::net::TcpListener;

/// What a process needs to call the servers of a cluster, and to be one.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// The cluster's name, up to a few hundred bytes. Who names another one is a stranger.
    pub cluster: String,
    /// What all who may connect have in common. Without one everybody is believed to be who they say.
    pub secret: Option<Secret>,
    /// What connections may cost.
    pub limits: Limits,
}

impl Wire {
    /// The wire of that cluster, without a secret and with the limits of [`Limits::default`].
    pub fn new(cluster: impl Into<String>) -> Wire {
        Wire { cluster: cluster.into(), ..Wire::default() }
    }

    /// An end that calls the server of that number at that address (`127.0.0.1:7000`, `host:7000`; names
    /// are looked up at each attempt to connect). Its connection is a task of the present node, and lasts
    /// as long as an end or a call.
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
        server::serve(self.clone(), listener, me, callers, service).await;
    }
}
