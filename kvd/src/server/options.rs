//! What a server is told at its start.

use crate::control::{Control, Point};
use crate::exit::{Code, Failure};
use crate::password::Password;
use crate::servers_file::{Server, ServersFile};
use crate::volatile::Volatile;
use labrpc::tcp::Secret;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// How a server is to run.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Who the servers are.
    pub servers: ServersFile,
    /// Which of them it is.
    pub id: u64,
    /// Where the servers' directories are.
    pub data: PathBuf,
    /// What servers of the cluster know and strangers do not.
    pub secret: Option<Secret>,
    /// What clients must know.
    pub password: Option<Password>,
    /// How long a command waits for a leader, in milliseconds.
    pub leader_wait_ms: u64,
    /// How long a command may take in total, in milliseconds.
    pub deadline_ms: u64,
    /// How many clients may be connected.
    pub clients_max: usize,
    /// Commands that write are refused while keys and values have more bytes than this; 0 for no limit.
    pub store_bytes_max: u64,
    /// Where Prometheus may ask, as `host:port`; nowhere if none.
    pub metrics: Option<String>,
    /// What is to be thought of a disk that is empty.
    pub disk: raft::Disk,
    /// A disk that loses what was not synced when the process ends: for tests.
    pub volatile: Option<Volatile>,
    /// What a tester asks of this process.
    pub control: Option<Arc<Control>>,
    /// How the store and its Raft behave.
    pub store: kv::Options,
}

impl ServerOptions {
    /// The defaults for a server that is one of those.
    pub fn new(servers: ServersFile, id: u64, data: impl Into<PathBuf>) -> ServerOptions {
        ServerOptions {
            servers,
            id,
            data: data.into(),
            secret: None,
            password: None,
            leader_wait_ms: 2000,
            deadline_ms: 5000,
            clients_max: 10_000,
            store_bytes_max: 0,
            metrics: None,
            disk: raft::Disk::Kept,
            volatile: None,
            control: None,
            store: kv::Options { raft: raft::Config::production(), ..kv::Options::default() },
        }
    }

    /// This process is at that point, where a tester may have it end.
    pub(super) fn reach(&self, point: Point) {
        if let Some(control) = &self.control {
            control.reach(point);
        }
    }

    /// What is reachable from other machines must be guarded.
    pub(super) fn check(&self, server: &Server) -> Result<(), Failure> {
        let is_here = server.host == "localhost"
            || server.host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        let missing = match (&self.secret, &self.password) {
            (None, _) => "--secret-file (or KVD_SECRET), which servers of the cluster share",
            (_, None) => "--password-file (or KVD_PASSWORD), which clients must know",
            _ => return Ok(()),
        };
        if is_here {
            return Ok(());
        }
        let sentence = format!(
            "server {} listens at {}, which other machines can reach: that needs {missing}",
            server.id, server.host
        );
        Err(Failure::new(Code::Usage, sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_can_reach_needs_a_secret_and_a_password() {
        let mut options = ServerOptions::new(ServersFile::local(3).unwrap(), 0, "data");
        let mut server = options.servers.servers[0].clone();
        assert!(options.check(&server).is_ok());
        server.host = "192.0.2.1".to_owned();
        let error = options.check(&server).unwrap_err();
        assert!(error.sentence.contains("--secret-file") && error.code == Code::Usage);
        options.secret = Some(Secret::new(*b"sixteen bytes...").unwrap());
        assert!(options.check(&server).unwrap_err().sentence.contains("--password-file"));
        options.password = Some(Password::new("word").unwrap());
        assert!(options.check(&server).is_ok());
    }
}
