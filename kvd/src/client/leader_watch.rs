//! Who leads a cluster, by what its servers say about themselves.

use super::error::ClientError;
use super::options::ClientOptions;
use super::report::Report;
use crate::password::Password;
use futures::future::join_all;
use kvd_api::Connection;
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
        let asked = self.servers.iter_mut().map(|(address, connection)| async move {
            let (kept, report) = match ask(address, connection.take(), options).await {
                Ok((connection, report)) => (Some(connection), Ok(report)),
                Err(error) => (None, Err((error.kind(), format!("{address}: {error}")))),
            };
            *connection = kept;
            report
        });
        let (mut reports, mut errors) = (Vec::new(), Vec::new());
        for report in join_all(asked).await {
            match report {
                Ok(report) => reports.push(report),
                Err((ErrorKind::PermissionDenied, why)) => return Err(ClientError::Refused(why)),
                Err((_, why)) => errors.push(why),
            }
        }
        if reports.is_empty() {
            return Err(ClientError::NoAnswer(errors.join("; ")));
        }
        for server in reports.iter().flat_map(|report| &report.servers) {
            self.servers.entry(server.clone()).or_default();
        }
        let leaders = reports.into_iter().filter_map(|report| report.leader);
        Ok(leaders.max_by_key(|leader| leader.term))
    }
}

async fn ask(
    address: &str,
    connection: Option<Connection>,
    options: &ClientOptions,
) -> io::Result<(Connection, Report)> {
    let mut connection = match connection.filter(Connection::is_open) {
        Some(connection) => connection,
        None => {
            let password = options.password.as_ref().map(Password::word);
            Connection::connect(address, password, TIMEOUT).await?
        }
    };
    let report = Report::ask(&mut connection).await?;
    Ok((connection, report))
}
