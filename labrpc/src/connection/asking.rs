//! The caller's side of a connection to a server that is known: requests out, replies in.

use super::client::{Answer, Calls, Sending};
use super::exchange::{Introduced, Methods};
use super::limits::Limits;
use super::link::{Ended, Link};
use super::message::{self, Head};
use crate::{Mistake, RpcError, ServerId};
use std::collections::{BTreeMap, VecDeque};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

/// When that much waits to be written, what is called waits too.
const WRITE_AT_ONCE_BYTES: usize = 256 << 10;

pub(super) struct Asking<S> {
    link: Link<S>,
    server: ServerId,
    methods: BTreeMap<String, u32>,
    next_id: u64,
    waiting: VecDeque<Sending>,
    /// By id, and so in the order of their deadlines.
    pending: BTreeMap<u64, Pending>,
}

struct Pending {
    method: &'static str,
    deadline: runtime::Instant,
    caller: oneshot::Sender<Answer>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Asking<S> {
    pub(super) fn new(
        introduced: Introduced<S, Methods>,
        limits: &Limits,
        server: ServerId,
    ) -> Asking<S> {
        let (link, methods) = Link::new(introduced, limits);
        Asking {
            link,
            server,
            methods: methods.into_iter().zip(0..).collect(),
            next_id: 0,
            waiting: VecDeque::new(),
            pending: BTreeMap::new(),
        }
    }

    /// Takes a call that is no longer in the queue.
    pub(super) fn take(&mut self, sending: Sending) {
        self.waiting.push_back(sending);
    }

    /// Ready when the connection has ended, or when no caller is left.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, calls: &mut Calls) -> Poll<Ended> {
        match self.poll_all(context, calls) {
            Ok(true) => Poll::Ready(Ended::Unused),
            Ok(false) => Poll::Pending,
            Err(ended) => Poll::Ready(ended),
        }
    }

    /// Does what can be done; whether that was all.
    fn poll_all(&mut self, context: &mut Context<'_>, calls: &mut Calls) -> Result<bool, Ended> {
        loop {
            while let Poll::Ready(frame) = self.link.poll_frame(context) {
                self.hear(&frame?)?;
            }
            let nobody_calls = loop {
                match calls.poll_recv(context) {
                    Poll::Ready(Some(sending)) => self.take(sending),
                    Poll::Ready(None) => break true,
                    Poll::Pending => break false,
                }
            };
            self.write(context)?;
            if nobody_calls && self.waiting.is_empty() && self.link.unwritten_bytes() == 0 {
                return Ok(true);
            }
            match self.link.poll_tick(context) {
                Poll::Ready(ended) => ended?,
                Poll::Pending => return Ok(false),
            }
            self.forget_late();
        }
    }

    /// Everything that waits goes out in one piece, unless it is a long one.
    fn write(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        loop {
            while self.link.unwritten_bytes() < WRITE_AT_ONCE_BYTES
                && let Some(sending) = self.waiting.pop_front()
            {
                self.put(sending);
            }
            self.link.poll_write(context)?;
            if self.waiting.is_empty() || self.link.unwritten_bytes() > 0 {
                return Ok(());
            }
        }
    }

    fn put(&mut self, sending: Sending) {
        let Sending { method, args, deadline, caller, .. } = sending;
        let bytes_max = self.link.body_bytes_max();
        let refused = if args.len() > bytes_max {
            Err(RpcError::TooLong { bytes: args.len(), bytes_max })
        } else {
            self.methods.get(method).copied().ok_or_else(|| {
                let (server, method) = (self.server, method.to_owned());
                RpcError::Mistake(Mistake::UnknownMethod { server, method })
            })
        };
        match (refused, caller) {
            (Ok(number), Some(caller)) => {
                let id = self.next_id;
                self.next_id += 1;
                self.link.put(&Head::Request { id, method: number }, &args);
                self.pending.insert(id, Pending { method, deadline, caller });
            }
            (Ok(number), None) => self.link.put(&Head::OneWay { method: number }, &args),
            // The caller may have lost interest.
            (Err(error), Some(caller)) => drop(caller.send(Err(error))),
            (Err(error), None) => {
                tracing::debug!(target: "labrpc", server = self.server, method, "not sent: {error}");
            }
        }
    }

    fn hear(&mut self, frame: &[u8]) -> Result<(), Ended> {
        let (head, body) = message::read(frame).map_err(Ended::Nonsense)?;
        match head {
            Head::Beat => {}
            Head::Reply { id } => self.answer(id, |_, _| Ok(body.to_vec())),
            Head::Failure { id, error } => self.answer(id, |server, method| {
                let mistake = error.into_mistake(server, method);
                Err(mistake.map_or(RpcError::NoReply, RpcError::Mistake))
            }),
            Head::TooLong { id, bytes, bytes_max } => self.answer(id, |_, _| {
                let [bytes, bytes_max] = [bytes, bytes_max].map(|bytes| bytes as usize);
                Err(RpcError::TooLong { bytes, bytes_max })
            }),
            other => return Err(Ended::Nonsense(format!("a server says {other:?}"))),
        }
        Ok(())
    }

    /// Nobody waits any more for what comes late.
    fn answer(&mut self, id: u64, answer: impl FnOnce(ServerId, &str) -> Answer) {
        if let Some(Pending { method, caller, .. }) = self.pending.remove(&id) {
            // The caller may have lost interest.
            let _ = caller.send(answer(self.server, method));
        }
    }

    /// Calls whose time is up end without a reply.
    fn forget_late(&mut self) {
        let now = runtime::now();
        while self.waiting.front().is_some_and(|sending| sending.deadline <= now) {
            self.waiting.pop_front();
        }
        while let Some(first) = self.pending.first_entry()
            && first.get().deadline <= now
        {
            first.remove();
        }
    }
}

#[cfg(test)]
mod tests;
