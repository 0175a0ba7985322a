//! As much of HTTP/1.1 as etcd's gateway needs: POST with a body, answers of known length or in chunks, one
//! connection for many requests (RFC 9112).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection for one request after the other.
pub(super) struct Http {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether the server takes more requests on this connection.
    pub(super) stays_open: bool,
}

/// How long a connection is waited for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest line of a head, and the most lines.
const LINE_BYTES_MAX: u64 = 8 * 1024;
const LINES_MAX: usize = 100;
/// The longest body.
const BODY_BYTES_MAX: usize = 1 << 24;

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there, or nobody answers in time.
    pub(super) async fn connect(host: SocketAddr) -> io::Result<Http> {
        let connected = runtime::timeout(CONNECT_TIMEOUT, TcpStream::connect(host)).await;
        let stream = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        Ok(Http { stream: BufReader::new(stream), host })
    }

    /// Whether the other side has closed it, as far as is known here.
    pub(super) fn is_closed(&self) -> bool {
        let mut byte = [0];
        match self.stream.get_ref().try_read(&mut byte) {
            // Nobody has asked for the byte that came.
            Ok(_) => true,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Sends a body of JSON to that path and reads the answer.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is not an answer. The connection is then useless.
    pub(super) async fn post(&mut self, path: &str, body: &str) -> io::Result<Response> {
        let (host, length) = (self.host, body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: \
             {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).await?;
        read(&mut self.stream).await
    }
}

/// Reads an answer.
async fn read<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<Response> {
    let first = line(stream).await?;
    let mut words = first.split(' ');
    let version = words.next().unwrap_or_default();
    let status = words.next().and_then(|status| status.parse().ok());
    let Some(status) = status.filter(|_| version.starts_with("HTTP/1.")) else {
        return Err(wrong(&format!("no status of HTTP/1.1: {first}")));
    };
    let (mut length, mut is_chunked, mut stays_open) = (None, false, true);
    for (name, value) in fields(stream).await? {
        match name.as_str() {
            "content-length" => {
                length = Some(value.parse().map_err(|_| wrong(&format!("no length: {value}")))?);
            }
            "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => stays_open = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let body = match length {
        _ if is_chunked => chunks(stream).await?,
        Some(length) => {
            let mut body = Vec::new();
            add(stream, length, &mut body).await?;
            body
        }
        None => return Err(wrong("an answer of no known length")),
    };
    Ok(Response { status, body, stays_open })
}

/// The fields of a head, or those after the last chunk: names in small letters, and values.
async fn fields<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
) -> io::Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    while fields.len() < LINES_MAX {
        let line = line(stream).await?;
        if line.is_empty() {
            return Ok(fields);
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(wrong(&format!("no field of a head: {line}")));
        };
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Err(wrong("a head without an end"))
}

async fn chunks<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream).await?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16);
        match size.map_err(|_| wrong(&format!("no size of a chunk: {digits}")))? {
            0 => break,
            size => add(stream, size, &mut body).await?,
        }
        if !line(stream).await?.is_empty() {
            return Err(wrong("a chunk that is longer than it says"));
        }
    }
    fields(stream).await?;
    Ok(body)
}

async fn add<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
    count: usize,
    body: &mut Vec<u8>,
) -> io::Result<()> {
    let before = body.len();
    let length = before.checked_add(count).filter(|length| *length <= BODY_BYTES_MAX);
    body.resize(length.ok_or_else(|| wrong("a body that is too long"))?, 0);
    stream.read_exact(&mut body[before..]).await?;
    Ok(())
}

/// A line without its end.
async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<String> {
    let mut line = String::new();
    stream.take(LINE_BYTES_MAX).read_line(&mut line).await?;
    match line.strip_suffix('\n') {
        Some(line) => Ok(line.strip_suffix('\r').unwrap_or(line).to_owned()),
        None if line.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
        None => Err(wrong("a line without an end")),
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(text: &str) -> Result<(u16, String, bool), String> {
        let read = read(&mut BufReader::new(text.as_bytes())).await;
        let Response { status, body, stays_open } = read.map_err(|error| error.to_string())?;
        Ok((status, String::from_utf8(body).unwrap(), stays_open))
    }

    #[tokio::test]
    async fn bodies_have_a_length_or_come_in_chunks() {
        let of_length = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}rest";
        assert_eq!(answer(of_length).await, Ok((200, "{}".to_owned(), true)));
        let in_chunks = "HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\nConnection: \
                         close\r\nTrailer: X\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
        assert_eq!(answer(in_chunks).await, Ok((503, "abc0123456789".to_owned(), false)));
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told() {
        for (text, told) in [
            ("SSH-2.0-x\r\n", "no status of HTTP/1.1"),
            ("HTTP/1.1 200 OK\r\n\r\n", "no known length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no length: -1"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "too long"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no size of a chunk"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "longer than"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "eof"),
            ("", "end of file"),
        ] {
            let error = answer(text).await.unwrap_err();
            assert!(error.contains(told), "{text:?}: {error}");
        }
    }
}
