//! The caller's side of a call.

use super::Shared;
use super::reply::OnReply;
use crate::error::RpcError;
use runtime::Node;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Waits for the reply to a request. Dropping it forgets the reply; the request is on its way.
pub(crate) struct Sent {
    /// `None` once the caller has the reply or has registered a callback.
    network: Option<Arc<Shared>>,
    slot: u32,
    id: u64,
}

impl Sent {
    pub(super) fn new(network: Arc<Shared>, slot: u32, id: u64) -> Sent {
        Sent { network: Some(network), slot, id }
    }

    /// Has the callback called with the reply, on the current node and in a separate event.
    pub(crate) fn on_reply(mut self, on_reply: OnReply) {
        let network = self.network.take().expect(USED_UP);
        let unused = network.state.lock().register(self.slot, self.id, Node::current(), on_reply);
        // What it holds may call the network while it is dropped.
        drop(unused);
    }
}

const USED_UP: &str = "a call was polled after it was ready";

impl Future for Sent {
    type Output = Result<Vec<u8>, RpcError>;

    /// # Panics
    /// When polled again after it was ready.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let network = self.network.as_ref().expect(USED_UP);
        let polled = network.state.lock().calls.poll(self.slot, self.id, context.waker());
        match polled {
            // The caller was killed in the middle of a poll, and hears nothing more.
            Poll::Ready(Err(_)) if !Node::current().is_alive() => return Poll::Pending,
            Poll::Ready(_) => self.network = None,
            Poll::Pending => {}
        }
        polled
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if let Some(network) = &self.network {
            network.state.lock().calls.forget_caller(self.slot, self.id);
        }
    }
}
