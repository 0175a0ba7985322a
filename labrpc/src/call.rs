//! A call in flight.

use crate::codec::decode;
use crate::error::{Mistake, RpcError};
use crate::network::{ServerId, Shared};
use crate::tcp::Waiting;
use futures::FutureExt;
use runtime::Node;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Waits for the reply to a request. Dropping it forgets the reply; the request is on its way.
#[must_use = "the reply arrives here"]
pub struct Call(Repr);

enum Repr {
    Sent { network: Arc<Shared>, slot: u32, id: u64 },
    Remote(Waiting),
    Failed(RpcError),
    Done,
}

/// The network's side of a call.
pub(crate) struct CallSlot {
    pub(crate) id: u64,
    pub(crate) caller: ServerId,
    pub(crate) caller_incarnation: u32,
    pub(crate) callee: ServerId,
    pub(crate) method: &'static str,
    /// Of the request until it is handled, then of the reply.
    pub(crate) bytes: Vec<u8>,
    pub(crate) stage: Stage,
    /// The one event that may move this call on; any other is out of date.
    pub(crate) event: u32,
    /// Where its link lists it, if it does.
    pub(crate) place: usize,
    /// The link that the reply would cross was cut meanwhile.
    pub(crate) severed: bool,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The request is under way.
    Request { lost: bool },
    /// The server handles it.
    Executing,
    /// The reply is under way.
    Reply,
    /// The server can't be reached, or its answer can't come back: the caller learns it later.
    Refused,
    /// Nothing will happen to this call any more.
    Over,
}

impl Stage {
    /// Whether the call fails when its server can't be reached any more.
    pub(crate) fn needs_link(self) -> bool {
        matches!(self, Stage::Request { .. } | Stage::Executing | Stage::Reply)
    }
}

/// What the caller has.
pub(crate) enum Outcome {
    Waiting(Option<Waker>),
    Ready(Result<Vec<u8>, RpcError>),
    /// It has left word what is to be done with the reply, on its node.
    Then {
        node: Node,
        then: Then,
    },
    /// It does not want to know any more.
    Gone,
}

/// What is to be done with a reply.
pub(crate) type Then = Box<dyn FnOnce(Result<Vec<u8>, RpcError>) + Send>;

/// A reply on its way to whoever left word what is to be done with it.
pub(crate) struct Reply {
    pub(crate) node: Node,
    then: Then,
    result: Result<Vec<u8>, RpcError>,
}

impl Reply {
    /// Called on the caller's node, without the lock.
    pub(crate) fn deliver(self) {
        if self.node.is_alive() {
            (self.then)(self.result);
        }
    }
}

impl CallSlot {
    /// The caller has its answer, unless it had one before.
    pub(crate) fn answer(&mut self, result: Result<Vec<u8>, RpcError>) -> Option<Reply> {
        match &mut self.outcome {
            Outcome::Waiting(waker) => {
                let waker = waker.take();
                self.outcome = Outcome::Ready(result);
                waker.into_iter().for_each(Waker::wake);
            }
            Outcome::Then { .. } => {
                let word = std::mem::replace(&mut self.outcome, Outcome::Gone);
                let Outcome::Then { node, then } = word else { return None };
                return Some(Reply { node, then, result });
            }
            Outcome::Ready(_) | Outcome::Gone => {}
        }
        None
    }
}

impl Call {
    pub(crate) fn sent(network: Arc<Shared>, slot: u32, id: u64) -> Call {
        Call(Repr::Sent { network, slot, id })
    }

    pub(crate) fn waiting(call: Waiting) -> Call {
        Call(Repr::Remote(call))
    }

    pub(crate) fn failed(error: RpcError) -> Call {
        Call(Repr::Failed(error))
    }

    /// Has `then` called with the reply, or with the reason why there is none, on the current node:
    /// what a task that waits would do, and in a simulation without the cost of one. It is never
    /// called from within this method, nor when the node has died meanwhile.
    pub fn then(mut self, then: impl FnOnce(Result<Vec<u8>, RpcError>) + Send + 'static) {
        match std::mem::replace(&mut self.0, Repr::Done) {
            Repr::Sent { network, slot, id } => {
                let then = Box::new(then);
                let unused = network.state.lock().leave_word(slot, id, Node::current(), then);
                // What it holds may call the network while it is dropped.
                drop(unused);
            }
            repr => runtime::detach(Call(repr).map(then)),
        }
    }
}

impl Future for Call {
    type Output = Result<Vec<u8>, RpcError>;

    /// # Panics
    /// When polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Repr::Sent { network, slot, id } = &self.0 {
            let polled = network.state.lock().poll_call(*slot, *id, context.waker());
            if polled.is_ready() {
                self.0 = Repr::Done;
            }
            return polled;
        }
        if let Repr::Remote(call) = &mut self.0 {
            let polled = Pin::new(call).poll(context);
            if polled.is_ready() {
                self.0 = Repr::Done;
            }
            return polled;
        }
        match std::mem::replace(&mut self.0, Repr::Done) {
            Repr::Failed(error) => Poll::Ready(Err(error)),
            _ => panic!("a call was polled after it was ready"),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Repr::Sent { network, slot, id } = &self.0 {
            network.state.lock().forget_caller(*slot, *id);
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
