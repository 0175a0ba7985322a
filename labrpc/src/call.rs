//! A call in flight.

use crate::codec::decode;
use crate::error::{Mistake, RpcError};
use crate::network::{ServerId, Shared};
use crate::tcp::Waiting;
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

/// What the caller has.
pub(crate) enum Outcome {
    Waiting(Option<Waker>),
    Ready(Result<Vec<u8>, RpcError>),
    /// It does not want to know any more.
    Gone,
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
        TypedCall { call, network, callee, method, reply: PhantomData }
    }
}

impl<R: DeserializeOwned> Future for TypedCall<R> {
    type Output = Result<R, RpcError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let bytes = std::task::ready!(Pin::new(&mut self.call).poll(context))?;
        Poll::Ready(decode(&bytes).map_err(|reason| {
            let method = self.method.to_owned();
            let mistake = Mistake::BadReply { server: self.callee, method, reason };
            self.network.iter().for_each(|network| network.report(mistake.clone()));
            RpcError::Mistake(mistake)
        }))
    }
}
