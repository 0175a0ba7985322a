//! Who leads a cluster, by what its servers say of themselves.

use super::connection::Connection;
use super::error::ClientError;
use super::options::ClientOptions;
use super::report::Report;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// How long a server may take to answer. One that takes longer is not seen this time.
const TIMEOUT: Duration = Duration::from_secs(1);

/// A server that leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its number.
    pub id: u64,
    /// Where clients find it, as `host:port`.
    pub address: String,
    /// The term in which it leads.
    pub term: u64,
}

/// Asks all servers of a cluster who leads.
#[derive(Debug)]
pub struct LeaderWatch {
    options: ClientOptions,
    /// The servers that are known; a connection to those that answered.
    servers: BTreeMap<String, Option<Connection>>,
}

impl LeaderWatch {
    /// A watch over the cluster of these servers.
    pub fn new(options: ClientOptions) -> LeaderWatch {
        let servers = options.servers.iter().map(|server| (server.clone(), None)).collect();
        LeaderWatch { options, servers }
    }

    /// Asks each server whether it leads. If several say so, the one of the highest term does: the others do
    /// not know yet that they were deposed. No server when none of those that answer says so.
    ///
    /// # Errors
    /// [`ClientError::NoAnswer`] when no server answers; [`ClientError::Refused`] when one wants a password, or
    /// another one.
    pub async fn look(&mut self) -> Result<Option<Leader>, ClientError> {
        let options = &self.options;
        let servers = std::mem::take(&mut self.servers).into_iter();
        let asked = servers.map(|(address, connection)| async move {
            let answer = ask(&address, connection, options).await;
            (address, answer)
        });
        let (mut leader, mut why): (Option<Leader>, _) = (None, Vec::new());
        let mut is_answered = false;
        for (address, answer) in join_all(asked).await {
            let connection = match answer {
                Ok((connection, report)) => {
                    is_answered = true;
                    let term = |leader: &Option<Leader>| leader.as_ref().map(|leader| leader.term);
                    if term(&report.leader) > term(&leader) {
                        leader = report.leader;
                    }
                    for server in report.servers {
                        self.servers.entry(server).or_default();
                    }
                    Some(connection)
                }
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    return Err(ClientError::Refused(format!("{address}: {error}")));
                }
                Err(error) => {
                    why.push(format!("{address}: {error}"));
                    None
                }
            };
            self.servers.insert(address, connection);
        }
        if is_answered { Ok(leader) } else { Err(ClientError::NoAnswer(why.join("; "))) }
    }
}

async fn ask(
    address: &str,
    connection: Option<Connection>,
    options: &ClientOptions,
) -> io::Result<(Connection, Report)> {
    let mut connection = match connection.filter(Connection::is_open) {
        Some(connection) => connection,
        None => Connection::connect(address, options.password.as_ref(), TIMEOUT).await?,
    };
    let report = Report::ask(&mut connection).await?;
    Ok((connection, report))
}
