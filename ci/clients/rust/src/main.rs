//! The crate redis's cluster client for async programs counts.

mod work;

use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{ErrorKind, RedisError, ServerErrorKind, Value, cmd};
use work::{Client, Error};

impl Client for ClusterConnection {
    async fn execute(&mut self, words: &[&str]) -> Result<Option<String>, Error> {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        match command.query_async(self).await {
            Ok(Value::Int(number)) => Ok(Some(number.to_string())),
            Ok(Value::BulkString(bytes)) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Ok(_) => Ok(None),
            Err(error) => Err(of(&error)),
        }
    }
}

/// What an error says about its command.
fn of(error: &RedisError) -> Error {
    use ServerErrorKind::{ClusterDown, Moved, TryAgain};
    match error.kind() {
        ErrorKind::Server(ClusterDown | Moved | TryAgain) => Error::Refused,
        ErrorKind::Extension if error.code() == Some("UNKNOWN") => Error::Unknown,
        ErrorKind::Server(_) | ErrorKind::Extension => Error::Unexpected(error.to_string()),
        ErrorKind::ClusterConnectionNotFound => Error::Refused,
        _ if error.is_connection_refusal() => Error::Refused,
        _ => Error::Unknown,
    }
}

/// A connection of a client with options.
async fn connect(
    ports: &[u16],
    options: impl Fn(ClusterClientBuilder) -> ClusterClientBuilder,
) -> ClusterConnection {
    let nodes: Vec<String> = ports.iter().map(|port| format!("redis://127.0.0.1:{port}")).collect();
    let client = options(ClusterClient::builder(nodes)).build().expect("a client's options");
    client.get_async_connection().await.expect("a cluster that answers")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // By itself it sends a write again when the connection breaks before the answer, 16 times. Without
    // retries MOVED is an error, too; but it learns from it who leads.
    let sends_once = async |ports: &[u16]| connect(ports, |client| client.retries(0)).await;
    let as_it_comes = async |ports: &[u16]| connect(ports, |client| client).await;
    work::main(sends_once, as_it_comes).await;
}
