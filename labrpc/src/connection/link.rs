//! A connection after its handshake: messages both ways, and signs of life.

use super::exchange::Introduced;
use super::frame::{self, FrameCodec};
use super::limits::Limits;
use super::liveness::Liveness;
use super::message::{HEAD_BYTES_MAX, Head};
use crate::encode_into;
use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use std::io;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::Framed;

/// A buffer that had to become longer is given up when it is empty again.
const BUFFER_BYTES_KEPT: usize = 64 << 10;

/// Why a connection has ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the other side has closed it")]
    Closed,
    #[error("nothing came for too long")]
    Dead,
    #[error("it did not get on")]
    Idle,
    #[error("nobody uses it any more")]
    Unused,
    #[error("what came makes no sense: {0}")]
    Nonsense(String),
    #[error(transparent)]
    Lost(#[from] io::Error),
}

/// Its owner polls all of it in one task: what there is to read, then what there is to write, in one piece,
/// then the tick.
pub(super) struct Link<S> {
    framed: Framed<S, FrameCodec>,
    liveness: Liveness,
    frame_bytes: usize,
    head: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    pub(super) fn new<With>(introduced: Introduced<S, With>, limits: &Limits) -> (Link<S>, With) {
        let Introduced { framed, with, frame_bytes } = introduced;
        let liveness = Liveness::new(limits);
        (Link { framed, liveness, frame_bytes, head: Vec::new() }, with)
    }

    /// How long what goes with a head may be, for the other side to take it.
    pub(super) fn body_bytes_max(&self) -> usize {
        self.frame_bytes - HEAD_BYTES_MAX
    }

    /// The next message's frame.
    pub(super) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<BytesMut, Ended>> {
        let before = self.framed.read_buffer().len();
        let polled = self.framed.poll_next_unpin(context);
        let happened = self.liveness.note();
        Poll::Ready(match polled {
            Poll::Pending => {
                happened.heard |= self.framed.read_buffer().len() > before;
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(frame))) => {
                (happened.heard, happened.completed) = (true, true);
                Ok(frame)
            }
            Poll::Ready(Some(Err(error))) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Ended::Nonsense(error.to_string()))
            }
            Poll::Ready(Some(Err(error))) => Err(error.into()),
            Poll::Ready(None) => Err(Ended::Closed),
        })
    }

    /// Says that nothing is read for the time being.
    pub(super) fn is_not_read(&mut self) {
        self.liveness.note().deaf = true;
    }

    /// Puts a message into what is to be written.
    pub(super) fn put(&mut self, head: &Head, body: &[u8]) {
        self.head.clear();
        encode_into(&mut self.head, head).expect("a head can be encoded");
        frame::put(self.framed.write_buffer_mut(), &self.head, body);
    }

    /// How much is to be written.
    pub(super) fn unwritten_bytes(&self) -> usize {
        self.framed.write_buffer().len()
    }

    /// Writes what it can.
    pub(super) fn poll_write(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        let before = self.unwritten_bytes();
        if before == 0 {
            return Ok(());
        }
        let polled = SinkExt::<Bytes>::poll_flush_unpin(&mut self.framed, context);
        self.liveness.note().wrote |= self.unwritten_bytes() < before;
        match polled {
            Poll::Ready(Err(error)) => Err(error.into()),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// Ready several times in the time that a dead connection takes to be found.
    pub(super) fn poll_tick(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        let to_write = self.unwritten_bytes() > 0;
        let beat = std::task::ready!(self.liveness.poll_tick(context, to_write))?;
        if beat {
            self.put(&Head::Beat, &[]);
        }
        give_up_if_long(self.framed.read_buffer_mut());
        give_up_if_long(self.framed.write_buffer_mut());
        Poll::Ready(Ok(()))
    }
}

fn give_up_if_long(buffer: &mut BytesMut) {
    if buffer.is_empty() && buffer.capacity() > BUFFER_BYTES_KEPT {
        *buffer = BytesMut::new();
    }
}
