//! Waiting for a number, and for nothing at all.

use super::Queue;
use crate::PersistError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Resolves when the writes up to a number are durable.
pub(super) struct Wait {
    pub(super) queue: Arc<Queue>,
    pub(super) number: u64,
}

impl Future for Wait {
    type Output = Result<(), PersistError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut queue = self.queue.state.lock();
        if let Some(outcome) = queue.outcome(self.number) {
            return Poll::Ready(outcome);
        }
        let waker = context.waker();
        let known =
            queue.waiting.iter().any(|(number, it)| *number == self.number && it.will_wake(waker));
        if !known {
            queue.waiting.push((self.number, waker.clone()));
        }
        Poll::Pending
    }
}

/// The outcome of something that waits for nothing but syncs that are over when they return.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a sync of these files is over when it returns"),
    }
}
