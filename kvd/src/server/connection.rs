//! A client's connection: its requests, in order, and their replies.

use super::Shared;
use super::execute::batches;
use super::plan::Plan;
use crate::control::Point;
use crate::resp::{Limits, READ_BYTES, Reply, Request, RequestParser, Version};
use bytes::{Bytes, BytesMut};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How many requests are taken up at once.
const REQUESTS_MAX: usize = 1024;

/// Replies are sent when they have that many bytes, or all are there.
const REPLY_BYTES: usize = 64 << 10;

/// A client that does not read for this long is disconnected.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// What is known of the client of a connection.
pub struct Client {
    pub id: u64,
    pub from: SocketAddr,
    pub version: Version,
    pub name: Bytes,
    /// It has said the password, or there is none.
    pub has_access: bool,
    /// It closes the connection.
    pub quits: bool,
}

impl Client {
    /// Who a session belongs to: all connections from one address are one client.
    pub fn owner(&self) -> Bytes {
        Bytes::from(self.from.ip().to_string())
    }

    /// # Errors
    /// With the reply to a client that must say the password first.
    pub fn check_access(&self) -> Result<(), Reply> {
        match self.has_access {
            true => Ok(()),
            false => Err(Reply::error("NOAUTH Authentication required.")),
        }
    }
}

/// Serves a client until it goes.
pub async fn serve(shared: &Shared, stream: TcpStream, from: SocketAddr, id: u64) {
    let client = Client {
        id,
        from,
        version: Version::Resp2,
        name: Bytes::new(),
        has_access: shared.options.password.is_none(),
        quits: false,
    };
    // A broken connection is not worth a message.
    let _ = talk(shared, stream, client).await;
}

async fn talk(shared: &Shared, mut stream: TcpStream, mut client: Client) -> std::io::Result<()> {
    // Replies are written whole: to wait for more only makes them late.
    stream.set_nodelay(true)?;
    let mut parser = RequestParser::new(Limits::default());
    let (mut input, mut output) = (BytesMut::new(), BytesMut::new());
    loop {
        let mut requests: Vec<Request> = Vec::new();
        let error = loop {
            match parser.next(&mut input) {
                Ok(Some(request)) => requests.push(request),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
            if requests.len() == REQUESTS_MAX {
                break None;
            }
        };
        let is_idle = requests.is_empty();
        let plans = requests.iter().map(|request| shared.plan(&mut client, request));
        let (versions, steps): (Vec<_>, Vec<_>) =
            plans.map(|Plan { version, step }| (version, step)).unzip();
        let mut versions = versions.into_iter();
        drop(requests);
        for batch in batches(steps) {
            for (reply, version) in shared.carry_out(batch).await.into_iter().zip(versions.by_ref())
            {
                if let Reply::Error(sentence) = &reply {
                    shared.metrics.error(sentence);
                }
                reply.write(&mut output, version);
                if output.len() > REPLY_BYTES {
                    send(shared, &mut stream, &mut output).await?;
                }
            }
        }
        if let Some(error) = error {
            Reply::error(format!("ERR {error}")).write(&mut output, client.version);
            return send(shared, &mut stream, &mut output).await;
        }
        send(shared, &mut stream, &mut output).await?;
        if client.quits {
            return Ok(());
        }
        if is_idle {
            input.reserve(READ_BYTES);
            match stream.read_buf(&mut input).await? {
                0 => return Ok(()),
                bytes => shared.metrics.received(bytes),
            }
        }
    }
}

async fn send(
    shared: &Shared,
    stream: &mut TcpStream,
    output: &mut BytesMut,
) -> std::io::Result<()> {
    if output.is_empty() {
        return Ok(());
    }
    shared.options.reach(Point::BeforeReply);
    let written = runtime::timeout(WRITE_TIMEOUT, stream.write_all(output)).await;
    shared.options.reach(Point::AfterReply);
    shared.metrics.sent(output.len());
    output.clear();
    written.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}
