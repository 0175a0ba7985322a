//! etcd 3.4 and later, asked over its gateway for JSON.
//!
//! It has registers, compare-and-set, and transactions over several keys; lists and counters it does not have.

mod forwarder;
mod http;
mod log_line;
mod request;

use super::{Abilities, Connection, DiskState, Driver, Place, Program, Reached, Said};
use crate::operation::{Kind, Operation, Outcome};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Http;
use request::{applied_index, outcome, request};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a server may take to say how far it is.
const STATUS_TIMEOUT: Duration = Duration::from_secs(5);

/// Servers of etcd.
#[derive(Clone, Debug)]
pub struct Etcd {
    path: PathBuf,
}

impl Etcd {
    /// Servers that run that program.
    pub fn new(path: PathBuf) -> Etcd {
        Etcd { path }
    }
}

fn name(server: usize) -> String {
    format!("server{server}")
}

impl Driver for Etcd {
    fn name(&self) -> String {
        "etcd".to_owned()
    }

    fn abilities(&self) -> Abilities {
        Abilities::default()
    }

    fn can(&self, kind: Kind) -> bool {
        !matches!(kind, Kind::Append | Kind::ReadList | Kind::Add | Kind::ReadCounter)
    }

    /// Needs tokio, which carries what the server says to its peers.
    fn program(&self, place: &Place) -> anyhow::Result<Program> {
        let forwarder = forwarder::start(place.peers.clone())?;
        let client = format!("http://{}", place.client_address);
        let server = |server| format!("{}={}", name(server), forwarder::url(server));
        let cluster: Vec<String> = (0..place.peers.len()).map(server).collect();
        let arguments = [
            ("--name", name(place.server)),
            ("--data-dir", place.directory.join("etcd").to_string_lossy().into_owned()),
            ("--listen-client-urls", client.clone()),
            ("--advertise-client-urls", client),
            ("--listen-peer-urls", format!("http://{}", place.peer_address)),
            ("--initial-advertise-peer-urls", forwarder::url(place.server)),
            ("--initial-cluster", cluster.join(",")),
            ("--initial-cluster-state", "new".to_owned()),
            ("--initial-cluster-token", "live".to_owned()),
            ("--logger", "zap".to_owned()),
            ("--log-outputs", "stderr".to_owned()),
        ];
        let arguments = arguments.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]);
        let proxy = ("http_proxy".to_owned(), format!("http://{forwarder}"));
        Ok(Program {
            path: self.path.clone(),
            arguments: arguments.collect(),
            // What a user may have set must not send it elsewhere.
            variables: vec![proxy, ("no_proxy".to_owned(), String::new())],
        })
    }

    fn understand(&self, _: usize, line: &str) -> Option<Said> {
        log_line::understand(line)
    }

    fn disk_command(&self, _: &DiskState) -> Option<String> {
        None
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Box<dyn Connection>>> {
        async move {
            let http = Http::connect(address).await?;
            Ok(Box::new(OverHttp(http)) as Box<dyn Connection>)
        }
        .boxed()
    }

    fn applied_index(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Option<u64>>> {
        async move {
            let asked = async {
                let mut http = Http::connect(address).await?;
                http.post("/v3/maintenance/status", "{}").await
            };
            let response = runtime::timeout(STATUS_TIMEOUT, asked).await;
            let response = response.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            Ok(applied_index(&response.body))
        }
        .boxed()
    }
}

struct OverHttp(Http);

impl Connection for OverHttp {
    fn call<'a>(
        &'a mut self,
        operation: &'a Operation,
        timeout: Duration,
    ) -> BoxFuture<'a, Reached> {
        async move {
            let Some(request) = request(operation) else {
                return Reached::Done(Outcome::Failed("etcd does not have that".to_owned()));
            };
            // The server may have ended since the last answer. Then nothing is sent.
            if self.0.is_closed() {
                return Reached::Broken(Outcome::Failed(
                    "the connection had been closed".to_owned(),
                ));
            }
            let body = request.body.to_string();
            match runtime::timeout(timeout, self.0.post(request.path, &body)).await {
                Ok(Ok(response)) => {
                    let outcome = outcome(operation, response.status, &response.body);
                    match response.stays_open {
                        true => Reached::Done(outcome),
                        false => Reached::Broken(outcome),
                    }
                }
                Ok(Err(error)) => Reached::Broken(operation.lost(error.to_string())),
                Err(late) => Reached::Broken(operation.lost(late.to_string())),
            }
        }
        .boxed()
    }
}
