//! Any server that speaks the protocol of Redis: one that runs already, or one that is started with arguments of
//! the user's.

mod commands;

use super::{Abilities, Connection, DiskState, Driver, Place, Program, Reached, Said};
use crate::operation::{Kind, Operation, Outcome};
use anyhow::bail;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a client waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A server of that kind.
#[derive(Clone, Debug)]
pub struct Resp {
    /// The program to start and its arguments, in which `{client_host}`, `{client_port}`, `{peer_host}`,
    /// `{peer_port}`, `{server}`, `{directory}` and `{peers}`, with commas between them, stand for the server's.
    /// None for servers that run already.
    pub program: Option<(PathBuf, Vec<String>)>,
    /// Whether it has `CAS key expected value`, as kvd does.
    pub has_cas: bool,
}

impl Driver for Resp {
    fn name(&self) -> String {
        let file = self.program.as_ref().and_then(|(path, _)| path.file_name());
        file.map_or_else(
            || "a server of RESP".to_owned(),
            |file| file.to_string_lossy().into_owned(),
        )
    }

    fn abilities(&self) -> Abilities {
        Abilities::default()
    }

    fn can(&self, kind: Kind) -> bool {
        kind != Kind::CompareAndSet || self.has_cas
    }

    fn program(&self, place: &Place) -> anyhow::Result<Program> {
        let Some((path, template)) = &self.program else {
            bail!("this server is not the tester's to start");
        };
        let arguments = template.iter().map(|argument| fill(argument, place)).collect();
        Ok(Program { path: path.clone(), arguments, variables: Vec::new() })
    }

    fn understand(&self, _: usize, _: &str) -> Option<Said> {
        None
    }

    fn disk_command(&self, _: &DiskState) -> Option<String> {
        None
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<Box<dyn Connection>>> {
        connect(address)
    }
}

fn fill(argument: &str, place: &Place) -> String {
    let peers: Vec<String> = place.peers.iter().map(SocketAddr::to_string).collect();
    let values = [
        ("{client_host}", place.client_address.ip().to_string()),
        ("{client_port}", place.client_address.port().to_string()),
        ("{peer_host}", place.peer_address.ip().to_string()),
        ("{peer_port}", place.peer_address.port().to_string()),
        ("{server}", place.server.to_string()),
        ("{directory}", place.directory.display().to_string()),
        ("{peers}", peers.join(",")),
    ];
    values.iter().fold(argument.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Opens a connection that carries out operations by commands of Redis.
pub(super) fn connect(address: SocketAddr) -> BoxFuture<'static, io::Result<Box<dyn Connection>>> {
    async move {
        let open =
            kvd_api::Connection::connect(&address.to_string(), None, CONNECT_TIMEOUT).await?;
        Ok(Box::new(OverResp(open)) as Box<dyn Connection>)
    }
    .boxed()
}

struct OverResp(kvd_api::Connection);

impl Connection for OverResp {
    fn call<'a>(
        &'a mut self,
        operation: &'a Operation,
        timeout: Duration,
    ) -> BoxFuture<'a, Reached> {
        async move {
            // The server may have ended since the last answer. Then nothing is sent.
            if !self.0.is_open() {
                return Reached::Broken(Outcome::Failed(
                    "the connection had been closed".to_owned(),
                ));
            }
            self.0.set_timeout(timeout);
            match self.0.request(&commands::words(operation)).await {
                Ok(reply) => commands::reached(operation, reply),
                Err(error) => Reached::Broken(operation.lost(error.to_string())),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_filled_with_the_servers_place() {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let place = Place {
            server: 1,
            client_address: address(7001),
            peer_address: address(9001),
            peers: vec![address(9100), address(9001)],
            clients: vec![address(7100), address(7101)],
            directory: "data/1".into(),
            life: 1,
        };
        let template = ["--port={client_port}", "{peers}", "{directory}/{server}"];
        let template = template.map(str::to_owned).to_vec();
        let driver = Resp { program: Some(("redis-server".into(), template)), has_cas: false };
        let program = driver.program(&place).unwrap();
        let expected = ["--port=7001", "127.0.0.1:9100,127.0.0.1:9001", "data/1/1"];
        assert_eq!(program.arguments, expected);
        assert_eq!(driver.name(), "redis-server");
        assert!(!driver.can(Kind::CompareAndSet) && driver.can(Kind::Append));
        assert!(Resp { program: None, has_cas: false }.program(&place).is_err());
    }
}
