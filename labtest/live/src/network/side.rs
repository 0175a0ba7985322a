//! One side of a connection: the socket to one of the two ends.

use bytes::{BufMut, BytesMut};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

/// How much is read at once.
const READ_BYTES: usize = 64 << 10;

pub(super) struct Side {
    stream: TcpStream,
    /// The other side has reset the connection, or is gone.
    pub(super) broken: bool,
}

impl Side {
    pub(super) fn new(stream: TcpStream) -> Side {
        // It only makes things slower, so a connection without it will do.
        let _ = stream.set_nodelay(true);
        Side { stream, broken: false }
    }

    /// Appends some bytes, `bytes_max` at most. None is the end; an error breaks the side.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut BytesMut,
        bytes_max: usize,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            buffer.reserve(bytes_max.min(READ_BYTES));
            match self.stream.try_read_buf(&mut (&mut *buffer).limit(bytes_max)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return Poll::Ready(self.broken_by(read)),
            }
        }
    }

    /// Writes some of the bytes. An error breaks the side.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        Poll::Ready(self.broken_by(written))
    }

    /// Says that nothing more will come. An error breaks the side.
    pub(super) fn end(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = ready!(Pin::new(&mut self.stream).poll_shutdown(context));
        Poll::Ready(self.broken_by(ended))
    }

    /// Resets the connection: the other end is told by a packet with RST.
    pub(super) fn reset(self) {
        // Fails where the other side has reset it before.
        let _ = self.stream.set_zero_linger();
    }

    fn broken_by<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.broken |= result.is_err();
        result
    }
}
