//! A connection to one server.

use crate::resp::{READ_BYTES, Reply, ReplyLimits, ReplyParser, Request};
use bytes::BytesMut;
use std::io::{self, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to one server, which sees its replies as they are, errors among them.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    parser: ReplyParser,
    input: BytesMut,
    timeout: Duration,
    /// Something was asked and not answered: what comes would be taken for the answer to something else.
    is_broken: bool,
}

impl Connection {
    /// Connects to `host:port`, and says the password if there is one. All of it may take `timeout`, and so
    /// may each request afterwards.
    ///
    /// # Errors
    /// When the server can't be reached, or not in time; of the kind [`ErrorKind::PermissionDenied`] when it
    /// does not take the password.
    pub async fn connect(
        address: &str,
        password: Option<&str>,
        timeout: Duration,
    ) -> io::Result<Connection> {
        let connect = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut connection = Connection {
                stream,
                parser: ReplyParser::new(ReplyLimits::default()),
                input: BytesMut::new(),
                timeout,
                is_broken: false,
            };
            if let Some(password) = password {
                connection.authenticate(password).await?;
            }
            Ok(connection)
        };
        within(timeout, connect).await
    }

    async fn authenticate(&mut self, password: &str) -> io::Result<()> {
        match self.request(&["AUTH", password]).await? {
            Reply::Error(why) => Err(io::Error::new(ErrorKind::PermissionDenied, why)),
            _ => Ok(()),
        }
    }

    /// Changes how long a request may take from now on.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Whether nothing is known of its end, so that a request may be sent.
    pub fn is_open(&self) -> bool {
        let found = self.stream.try_read(&mut [0]);
        !self.is_broken && found.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// Asks, and waits for the reply.
    ///
    /// # Errors
    /// When there is none, or not in time. The server may have done what was asked. No request can follow.
    pub async fn request(&mut self, arguments: &[impl AsRef<[u8]>]) -> io::Result<Reply> {
        let mut output = BytesMut::new();
        Request::write(arguments, &mut output);
        self.send(&output).await
    }

    /// Asks several things at once, and waits for all replies, which are in the same order.
    ///
    /// # Errors
    /// As with [`Connection::request`].
    pub async fn requests<A: AsRef<[u8]>>(
        &mut self,
        requests: &[impl AsRef<[A]>],
    ) -> io::Result<Vec<Reply>> {
        let mut output = BytesMut::new();
        requests.iter().for_each(|arguments| Request::write(arguments.as_ref(), &mut output));
        self.exchange(&output, requests.len()).await
    }

    /// Asks what is written already, which is one request.
    ///
    /// # Errors
    /// As with [`Connection::request`].
    pub async fn send(&mut self, request: &[u8]) -> io::Result<Reply> {
        let mut replies = self.exchange(request, 1).await?;
        replies.pop().ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }

    async fn exchange(&mut self, output: &[u8], count: usize) -> io::Result<Vec<Reply>> {
        if self.is_broken {
            let sentence = "an earlier request was not answered";
            return Err(io::Error::new(ErrorKind::NotConnected, sentence));
        }
        // It stays so if this ends early, for whatever reason.
        self.is_broken = true;
        let (mut reader, mut writer) = self.stream.split();
        let (parser, input) = (&mut self.parser, &mut self.input);
        let read = async {
            let mut replies = Vec::new();
            while replies.len() < count {
                match parser.next(input).map_err(io::Error::other)? {
                    Some(reply) => replies.push(reply),
                    None => {
                        input.reserve(READ_BYTES);
                        if reader.read_buf(input).await? == 0 {
                            let sentence = "the server closed the connection";
                            return Err(io::Error::new(ErrorKind::UnexpectedEof, sentence));
                        }
                    }
                }
            }
            Ok(replies)
        };
        // Both at once: a server whose replies nobody reads may cease to read, too.
        let both = futures::future::try_join(writer.write_all(output), read);
        let ((), replies) = within(self.timeout, both).await?;
        self.is_broken = false;
        Ok(replies)
    }
}

async fn within<T>(timeout: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    runtime::timeout(timeout, work).await.unwrap_or_else(|_| {
        let sentence = format!("no answer within {:.1} s", timeout.as_secs_f64());
        Err(io::Error::new(ErrorKind::TimedOut, sentence))
    })
}
