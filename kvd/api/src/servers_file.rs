//! `servers.json`: who the servers of a cluster are, and where.
//!
//! Any file name will do. There are three shapes:
//!
//! * a number, `5`: that many servers on this machine, numbered from 0, with client ports from 8000 and
//!   log ports from 9000;
//! * a list of servers, one object each:
//!
//!   | field | meaning | if left out |
//!   | --- | --- | --- |
//!   | `id` | the server's number | its place in the list, from 0 |
//!   | `host` | where it listens: an IP address or a name | `127.0.0.1` |
//!   | `client_port` | the port for clients | |
//!   | `log_port` | the port for the other servers | |
//!   | `advertised` | `host:port` that clients are sent to | host and client port |
//!   | `data` | its directory, in the data directory that the program is given unless it is absolute | `server-ID` |
//!
//! * an object with a name for the cluster and more clusters:
//!   `{"cluster": "east", "servers": 3, "others": {"west": [{"client_port": 8100, "log_port": 9100}]}}`.
//!   `cluster` is `kvd` if left out; `servers` is a number or a list; `others` are clusters that share the
//!   hash slots with this one, each a number or a list, too.
//!
//! A server that listens on all addresses (`0.0.0.0`, `::`) needs `advertised`: nobody can be sent to
//! those. What can't be used is refused with file, line, entry and field:
//!
//! ```text
//! servers.json: line 7: servers[2].client_port: expected a port, found "80a"
//! ```

mod address;
mod check;
mod error;
mod field;
mod place;
mod shape;

pub use error::{ServersFileError, WrongCount};

use address::Address;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name of a cluster that was given none.
pub const DEFAULT_CLUSTER: &str = "kvd";

/// How many servers a cluster can have. More make every write slower and hardly any safer.
pub const SERVERS_MAX: u64 = 15;

const HOST: &str = "127.0.0.1";
const FIRST_CLIENT_PORT: u16 = 8000;
const FIRST_LOG_PORT: u16 = 9000;

/// Who the servers of a cluster are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServersFile {
    /// The cluster's name.
    pub cluster: String,
    /// Its servers, 1 to [`SERVERS_MAX`], by id.
    pub servers: Vec<Server>,
    /// The servers of other clusters that share the hash slots with this one, by the name of their cluster.
    pub others: BTreeMap<String, Vec<Server>>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// Its number, which no other server of its cluster has.
    pub id: u64,
    /// Where it listens: an IP address, without brackets, or a name.
    pub host: String,
    /// Where it listens to clients.
    pub client_port: u16,
    /// Where it listens to other servers.
    pub log_port: u16,
    /// Where clients are sent to, as `host:port`; an IPv6 address is in brackets.
    pub advertised: String,
    /// Where its disk is, seen from the data directory that the program is given.
    pub data: PathBuf,
}

impl ServersFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it can't be read, or says what can't be used.
    pub fn read(path: &Path) -> Result<ServersFile, ServersFileError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => ServersFile::parse(&name, &text),
            Err(error) => Err(ServersFileError::whole(&name, format!("can't be read: {error}"))),
        }
    }

    /// Understands the text of a file with that name.
    ///
    /// # Errors
    /// When it says what can't be used.
    pub fn parse(name: &str, text: &str) -> Result<ServersFile, ServersFileError> {
        let mut file = shape::read(name, text)?;
        check::check(&file)
            .map_err(|(place, sentence)| ServersFileError::at(name, text, &place, sentence))?;
        file.servers.sort_by_key(|server| server.id);
        Ok(file)
    }

    /// That many servers on this machine.
    ///
    /// # Errors
    /// When a cluster can't have that many.
    pub fn local(count: u64) -> Result<ServersFile, WrongCount> {
        if !(1..=SERVERS_MAX).contains(&count) {
            return Err(WrongCount { found: count });
        }
        let servers = (0..count as u16).map(|id| {
            let (client_port, log_port) = (FIRST_CLIENT_PORT + id, FIRST_LOG_PORT + id);
            Server {
                id: id.into(),
                host: HOST.to_owned(),
                client_port,
                log_port,
                advertised: Address::new(HOST, client_port).to_string(),
                data: default_data(id.into()),
            }
        });
        Ok(ServersFile {
            cluster: DEFAULT_CLUSTER.to_owned(),
            servers: servers.collect(),
            others: BTreeMap::new(),
        })
    }

    /// An example of a file: five servers on this machine, with all fields.
    pub fn example() -> String {
        ServersFile::local(5).expect("a cluster can have five servers").to_json()
    }

    /// The text of a file that says all this: a list, if that is enough.
    pub fn to_json(&self) -> String {
        let text = if self.cluster == DEFAULT_CLUSTER && self.others.is_empty() {
            serde_json::to_string_pretty(&self.servers)
        } else {
            let ServersFile { cluster, servers, others } = self;
            serde_json::to_string_pretty(
                &json!({"cluster": cluster, "servers": servers, "others": others}),
            )
        };
        text.expect("it was text when it was read") + "\n"
    }

    /// The server with that number in this cluster.
    pub fn server(&self, id: u64) -> Option<&Server> {
        self.servers.iter().find(|server| server.id == id)
    }
}

impl Server {
    /// Where it listens to clients, as `host:port`.
    pub fn client_address(&self) -> String {
        Address::new(&self.host, self.client_port).to_string()
    }

    /// Where it listens to other servers, as `host:port`.
    pub fn log_address(&self) -> String {
        Address::new(&self.host, self.log_port).to_string()
    }

    /// Host and port that clients are sent to.
    pub fn advertised_parts(&self) -> (&str, u16) {
        // It could be split when it was read.
        Address::split(&self.advertised).unwrap_or((&self.host, self.client_port))
    }

    /// Where other servers find it, as `host:port`: its log port at its host, or at the advertised host if
    /// it listens on all addresses.
    pub fn peer_address(&self) -> String {
        Address::new(self.machine(), self.log_port).to_string()
    }

    /// The host by which others can reach it.
    fn machine(&self) -> &str {
        if address::is_wildcard(&self.host) { self.advertised_parts().0 } else { &self.host }
    }
}

fn default_data(id: u64) -> PathBuf {
    format!("server-{id}").into()
}

#[cfg(test)]
mod tests;
