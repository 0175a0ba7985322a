//! A connection to a server.

use super::{PATIENCE, words};
use bytes::{Bytes, BytesMut};
use kvd::resp::{Reply, ReplyLimits, ReplyParser, Request};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection that sends what it is told, and follows nothing.
pub struct Connection {
    stream: TcpStream,
    parser: ReplyParser,
    input: BytesMut,
}

impl Connection {
    pub fn open(address: &str) -> io::Result<Connection> {
        Connection::open_with(address, PATIENCE)
    }

    /// A connection on which a reply may take that long.
    pub fn open_with(address: &str, timeout: Duration) -> io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let parser = ReplyParser::new(ReplyLimits::default());
        Ok(Connection { stream, parser, input: BytesMut::new() })
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends commands together.
    pub fn send_all(&mut self, commands: &[Vec<Bytes>]) -> io::Result<()> {
        let mut output = BytesMut::new();
        commands.iter().for_each(|command| Request::write(command, &mut output));
        self.send_bytes(&output)
    }

    /// The next reply; the end of the connection is an error.
    pub fn receive(&mut self) -> io::Result<Reply> {
        let mut piece = [0; 64 << 10];
        loop {
            match self.parser.next(&mut self.input) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
            match self.stream.read(&mut piece)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => self.input.extend_from_slice(&piece[..count]),
            }
        }
    }

    pub fn ask_words(&mut self, command: &[Bytes]) -> io::Result<Reply> {
        self.send_all(&[command.to_vec()])?;
        self.receive()
    }

    pub fn ask(&mut self, command: &str) -> io::Result<Reply> {
        self.ask_words(&words(command))
    }
}
