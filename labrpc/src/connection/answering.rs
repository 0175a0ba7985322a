//! The server's side of a connection whose caller is known: requests in, replies out.

use super::exchange::Introduced;
use super::limits::Limits;
use super::link::{Ended, Link};
use super::message::{self, Head};
use crate::{BoxFuture, HandleError, Service};
use bytes::BytesMut;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

type Answer = Result<Vec<u8>, HandleError>;

/// It is one task's: handlers that need not wait are done where their request is read, and everything that
/// has been answered by then is written at once.
pub(super) struct Answering<S> {
    link: Link<S>,
    service: Arc<dyn Service>,
    methods: Arc<[&'static str]>,
    handlers: FuturesUnordered<Handler>,
    /// How long the requests are that handlers have.
    handled_bytes: usize,
    /// How many replies are not written yet.
    unwritten: usize,
    requests_max: usize,
    bytes_max: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Answering<S> {
    pub(super) fn new<With>(
        introduced: Introduced<S, With>,
        limits: &Limits,
        service: &Arc<dyn Service>,
        methods: &Arc<[&'static str]>,
    ) -> (Answering<S>, With) {
        let (link, with) = Link::new(introduced, limits);
        let answering = Answering {
            link,
            service: Arc::clone(service),
            methods: Arc::clone(methods),
            handlers: FuturesUnordered::new(),
            handled_bytes: 0,
            unwritten: 0,
            requests_max: limits.requests_in_flight.max(1),
            bytes_max: limits.bytes_in_flight.max(1),
        };
        (answering, with)
    }

    /// Ready when the connection has ended.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        loop {
            match self.poll_all(context) {
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
                Err(ended) => return Poll::Ready(ended),
            }
        }
    }

    /// Does what can be done; whether there may be more.
    fn poll_all(&mut self, context: &mut Context<'_>) -> Result<bool, Ended> {
        while let Poll::Ready(Some(done)) = self.handlers.poll_next_unpin(context) {
            self.handled_bytes -= done.bytes;
            self.answer(done.id, done.answer);
        }
        while self.has_room() {
            match self.link.poll_frame(context) {
                Poll::Ready(frame) => self.handle(&frame?, context)?,
                Poll::Pending => break,
            }
        }
        let was_full = !self.has_room();
        self.link.poll_write(context)?;
        if self.link.unwritten_bytes() == 0 {
            self.unwritten = 0;
        }
        let is_full = !self.has_room();
        if is_full {
            self.link.is_not_read();
        }
        let ticked = match self.link.poll_tick(context) {
            Poll::Ready(ended) => ended.map(|()| true)?,
            Poll::Pending => false,
        };
        Ok(ticked || (was_full && !is_full))
    }

    fn has_room(&self) -> bool {
        self.handlers.len() + self.unwritten < self.requests_max
            && self.handled_bytes + self.link.unwritten_bytes() < self.bytes_max
    }

    fn handle(&mut self, frame: &BytesMut, context: &mut Context<'_>) -> Result<(), Ended> {
        let (head, args) = message::read(frame).map_err(Ended::Nonsense)?;
        let (id, method) = match head {
            Head::Beat => return Ok(()),
            Head::Request { id, method } => (Some(id), method),
            Head::OneWay { method } => (None, method),
            other => return Err(Ended::Nonsense(format!("a caller says {other:?}"))),
        };
        let method = self.methods.get(method as usize);
        let method = method.ok_or_else(|| Ended::Nonsense("a method without a name".to_owned()))?;
        let mut handled = Arc::clone(&self.service).handle(method, args.to_vec());
        match handled.poll_unpin(context) {
            Poll::Ready(answer) => self.answer(id, answer),
            Poll::Pending => {
                self.handled_bytes += frame.len();
                self.handlers.push(Handler { id, bytes: frame.len(), handled });
            }
        }
        Ok(())
    }

    fn answer(&mut self, id: Option<u64>, answer: Answer) {
        let Some(id) = id else { return };
        self.unwritten += 1;
        let bytes_max = self.link.body_bytes_max();
        let too_long = |bytes: usize| {
            let (bytes, bytes_max) = (bytes as u64, bytes_max as u64);
            Head::TooLong { id, bytes, bytes_max }
        };
        match answer {
            Ok(reply) if reply.len() > bytes_max => self.link.put(&too_long(reply.len()), &[]),
            Ok(reply) => self.link.put(&Head::Reply { id }, &reply),
            Err(HandleError::BadArguments(why) | HandleError::BadReply(why))
                if why.len() > bytes_max =>
            {
                self.link.put(&too_long(why.len()), &[]);
            }
            Err(error) => self.link.put(&Head::Failure { id, error }, &[]),
        }
    }

    /// What is still being handled when the connection has ended.
    pub(super) fn into_leftover(self) -> Leftover {
        Leftover(self.handlers)
    }
}

/// A request that a handler has.
struct Handler {
    id: Option<u64>,
    bytes: usize,
    handled: BoxFuture<Answer>,
}

struct Done {
    id: Option<u64>,
    bytes: usize,
    answer: Answer,
}

impl Future for Handler {
    type Output = Done;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Done> {
        let answer = std::task::ready!(self.handled.poll_unpin(context));
        Poll::Ready(Done { id: self.id, bytes: self.bytes, answer })
    }
}

/// Handlers whose connection has ended.
pub(super) struct Leftover(FuturesUnordered<Handler>);

impl Leftover {
    /// What was begun is brought to its end, though nobody hears of it: a handler that is dropped where it
    /// waits may leave things half done. One that takes forever is dropped after all.
    pub(super) async fn finish(mut self, limit: Duration) {
        let all = async { while self.0.next().await.is_some() {} };
        // Either way they are over.
        let _ = runtime::timeout(limit, all).await;
    }
}
