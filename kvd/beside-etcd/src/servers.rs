//! Both kinds of servers, as whom a load is for.

use crate::etcd::{Etcd, EtcdConnection};
use kvd_bench::{Answer, Connection, Operation, Resp, RespConnection, Target};
use std::io;

/// Servers of either kind.
pub enum Servers {
    /// kvd: clients go to the leader.
    Kvd(Resp),
    /// etcd: clients stay where they are.
    Etcd(Etcd),
}

/// A connection to one of them.
#[expect(clippy::large_enum_variant, reason = "there are as many as clients")]
pub enum ServerConnection {
    /// To kvd.
    Kvd(RespConnection),
    /// To etcd.
    Etcd(EtcdConnection),
}

impl Target for Servers {
    type Connection = ServerConnection;

    async fn connect(&self, client: usize) -> io::Result<ServerConnection> {
        match self {
            Servers::Kvd(target) => target.connect(client).await.map(ServerConnection::Kvd),
            Servers::Etcd(target) => target.connect(client).await.map(ServerConnection::Etcd),
        }
    }
}

impl Connection for ServerConnection {
    async fn send(
        &mut self,
        operations: &[Operation],
        answers: &mut Vec<Answer>,
    ) -> io::Result<()> {
        match self {
            ServerConnection::Kvd(connection) => connection.send(operations, answers).await,
            ServerConnection::Etcd(connection) => connection.send(operations, answers).await,
        }
    }
}
