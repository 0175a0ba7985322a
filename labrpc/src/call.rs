//! A call in flight, as its caller sees it.

use crate::codec::decode;
use crate::connection::Waiting;
use crate::error::{Mistake, RpcError};
use crate::server_id::ServerId;
use crate::simulated::{Sent, Shared};
use futures::FutureExt;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Waits for the reply to a request. Dropping it forgets the reply; the request is on its way.
#[must_use = "the reply arrives here"]
pub struct Call(Repr);

enum Repr {
    Sent(Sent),
    Remote(Waiting),
    Failed(RpcError),
    OfThePast,
    Done,
}

impl Call {
    pub(crate) fn sent(call: Sent) -> Call {
        Call(Repr::Sent(call))
    }

    pub(crate) fn waiting(call: Waiting) -> Call {
        Call(Repr::Remote(call))
    }

    pub(crate) fn failed(error: RpcError) -> Call {
        Call(Repr::Failed(error))
    }

    /// A call of a life that is over: nobody is there to hear of it. It never ends, so that code which
    /// asks until it is answered does not go on asking in the middle of its last poll.
    pub(crate) fn of_the_past() -> Call {
        Call(Repr::OfThePast)
    }

    /// Has `then` called with the reply, or with the reason why there is none, on the current node:
    /// what a task that waits would do, and in a simulation without the cost of one. It is never
    /// called from within this method, nor when the node has died meanwhile.
    pub fn then(self, then: impl FnOnce(Result<Vec<u8>, RpcError>) + Send + 'static) {
        match self.0 {
            Repr::Sent(sent) => sent.on_reply(Box::new(then)),
            Repr::OfThePast => {}
            repr => runtime::detach(Call(repr).map(then)),
        }
    }
}

impl Future for Call {
    type Output = Result<Vec<u8>, RpcError>;

    /// # Panics
    /// When polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Repr::Sent(call) => Pin::new(call).poll(context),
            Repr::Remote(call) => {
                let polled = Pin::new(call).poll(context);
                if polled.is_ready() {
                    self.0 = Repr::Done;
                }
                polled
            }
            Repr::OfThePast => Poll::Pending,
            repr => match std::mem::replace(repr, Repr::Done) {
                Repr::Failed(error) => Poll::Ready(Err(error)),
                _ => panic!("a call was polled after it was ready"),
            },
        }
    }
}

/// A [`Call`] whose reply is decoded.
#[must_use = "the reply arrives here"]
pub struct TypedCall<R> {
    call: Call,
    decoder: Decoder<R>,
}

struct Decoder<R> {
    /// Where mistakes are reported.
    network: Option<Arc<Shared>>,
    callee: ServerId,
    method: &'static str,
    reply: PhantomData<fn() -> R>,
}

impl<R> TypedCall<R> {
    pub(crate) fn new(
        call: Call,
        network: Option<Arc<Shared>>,
        callee: ServerId,
        method: &'static str,
    ) -> TypedCall<R> {
        TypedCall { call, decoder: Decoder { network, callee, method, reply: PhantomData } }
    }
}

impl<R: DeserializeOwned + 'static> TypedCall<R> {
    /// [`Call::then`] with the decoded reply.
    pub fn then(self, then: impl FnOnce(Result<R, RpcError>) + Send + 'static) {
        let TypedCall { call, decoder } = self;
        call.then(move |reply| then(reply.and_then(|bytes| decoder.decode(&bytes))));
    }
}

impl<R: DeserializeOwned> Decoder<R> {
    fn decode(&self, bytes: &[u8]) -> Result<R, RpcError> {
        decode(bytes).map_err(|reason| {
            let method = self.method.to_owned();
            let mistake = Mistake::BadReply { server: self.callee, method, reason };
            self.network.iter().for_each(|network| network.report(mistake.clone()));
            RpcError::Mistake(mistake)
        })
    }
}

impl<R: DeserializeOwned> Future for TypedCall<R> {
    type Output = Result<R, RpcError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let bytes = std::task::ready!(Pin::new(&mut self.call).poll(context))?;
        Poll::Ready(self.decoder.decode(&bytes))
    }
}
