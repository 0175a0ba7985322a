//! Who leads the other clusters that share the slots, as their servers say.

use super::{Password, Shared};
use crate::resp::{Reply, ReplyLimits, ReplyParser, Request};
use bytes::BytesMut;
use futures::future::join_all;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often a server is asked.
const INTERVAL: Duration = Duration::from_secs(1);

/// A server that says nothing for so long is not there, until it is asked again.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Asks the servers of the other clusters for ever. Nothing waits for what they say: until then, clients are sent to
/// the one that led last.
pub fn watch(shared: &Arc<Shared>) {
    // Their places in the topology come after this server's own cluster.
    for (cluster, servers) in (1..).zip(shared.options.servers.others.values()) {
        let neighbours = servers.iter().map(|server| Neighbour::new(&server.advertised)).collect();
        runtime::detach(watch_cluster(Arc::clone(shared), cluster, neighbours));
    }
}

async fn watch_cluster(shared: Arc<Shared>, cluster: usize, mut servers: Vec<Neighbour>) {
    let mut last_term = 0;
    loop {
        let password = shared.options.password.as_ref();
        let terms = join_all(servers.iter_mut().map(|server| server.leads(password))).await;
        let leaders = terms.into_iter().zip(0..).filter_map(|(term, place)| Some((term?, place)));
        // Who was deposed may not know it yet.
        if let Some((term, place)) = leaders.max().filter(|(term, _)| *term >= last_term) {
            last_term = term;
            if shared.topology.lock().set_leader_of(cluster, place) {
                let address = &servers[place].address;
                tracing::info!(target: "kvd::server", "another cluster is led by {address}");
            }
        }
        runtime::sleep(INTERVAL).await;
    }
}

/// A server of another cluster.
struct Neighbour {
    /// Where its clients reach it.
    address: String,
    connection: Option<Connection>,
}

struct Connection {
    stream: TcpStream,
    parser: ReplyParser,
    input: BytesMut,
}

impl Neighbour {
    fn new(address: &str) -> Neighbour {
        Neighbour { address: address.to_owned(), connection: None }
    }

    /// The term in which it leads; none if it does not, or can't be asked.
    async fn leads(&mut self, password: Option<&Password>) -> Option<u64> {
        let mut connection = self.connection.take();
        let asked = async {
            let connection = match &mut connection {
                Some(connection) => connection,
                None => connection.insert(Connection::open(&self.address, password).await?),
            };
            connection.ask(&[b"INFO"]).await
        };
        let Reply::Bulk(info) = runtime::timeout(TIMEOUT, asked).await.ok()?.ok()? else {
            return None;
        };
        self.connection = connection;
        leader_term(&String::from_utf8_lossy(&info))
    }
}

impl Connection {
    /// Clusters that share the slots have the same clients, and so the same password.
    async fn open(address: &str, password: Option<&Password>) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let limits = ReplyLimits { reply_bytes: 1 << 20, ..ReplyLimits::default() };
        let parser = ReplyParser::new(limits);
        let mut connection = Connection { stream, parser, input: BytesMut::new() };
        if let Some(password) = password {
            // One that is refused shows in the next reply.
            connection.ask(&[b"AUTH", password.word()]).await?;
        }
        Ok(connection)
    }

    async fn ask(&mut self, command: &[&[u8]]) -> io::Result<Reply> {
        let mut output = BytesMut::new();
        Request::write(command, &mut output);
        self.stream.write_all(&output).await?;
        loop {
            match self.parser.next(&mut self.input) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) if self.stream.read_buf(&mut self.input).await? > 0 => {}
                Ok(None) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    }
}

/// The term in which a server leads, by its `INFO`.
fn leader_term(info: &str) -> Option<u64> {
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name));
    let leads = field("raft_role:")?.eq_ignore_ascii_case("leader");
    field("raft_term:")?.parse().ok().filter(|_| leads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_by_itself_that_it_leads() {
        let info = |role: &str, term: &str| {
            leader_term(&format!("# Raft\r\nraft_role:{role}\r\nraft_term:{term}\r\n"))
        };
        assert_eq!(info("Leader", "7"), Some(7));
        assert_eq!(info("leader", "7"), Some(7));
        assert_eq!(info("Follower", "7"), None);
        assert_eq!(info("Leader", "many"), None);
        assert_eq!(leader_term("redis_version:7.2.0\r\n"), None);
    }
}
