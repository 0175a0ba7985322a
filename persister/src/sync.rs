//! The wait for durability.

use crate::PersistError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Resolves when everything written before it was made is durable, or to the reason why not.
///
/// A medium that is durable at once answers with `Ready`, which costs neither an allocation nor a
/// turn of the executor; a caller in a hurry may look at it without awaiting.
///
/// # Panics
/// Polling it again after it has resolved panics, as with any future that is not fused.
pub enum SyncFuture {
    /// Already decided; `None` once the outcome has been taken.
    Ready(Option<Result<(), PersistError>>),
    /// Decided later, by the medium.
    Waiting(Pin<Box<dyn Future<Output = Result<(), PersistError>> + Send>>),
}

impl SyncFuture {
    /// A sync that has succeeded.
    pub fn done() -> SyncFuture {
        SyncFuture::Ready(Some(Ok(())))
    }

    /// A sync that has failed.
    pub fn failed(error: PersistError) -> SyncFuture {
        SyncFuture::Ready(Some(Err(error)))
    }

    /// A sync of which nobody hears: the machine is down.
    pub fn never() -> SyncFuture {
        SyncFuture::Waiting(Box::pin(std::future::pending()))
    }
}

impl Future for SyncFuture {
    type Output = Result<(), PersistError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            SyncFuture::Ready(outcome) => {
                Poll::Ready(outcome.take().expect("a sync is polled again after it resolved"))
            }
            SyncFuture::Waiting(future) => future.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for SyncFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SyncFuture::Ready(outcome) => f.debug_tuple("Ready").field(outcome).finish(),
            SyncFuture::Waiting(_) => f.write_str("Waiting"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn poll(sync: &mut SyncFuture) -> Poll<Result<(), PersistError>> {
        Pin::new(sync).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_ready_sync_resolves_at_its_first_poll() {
        assert_eq!(poll(&mut SyncFuture::done()), Poll::Ready(Ok(())));
        let error = PersistError::Failed("no space".into());
        assert_eq!(poll(&mut SyncFuture::failed(error.clone())), Poll::Ready(Err(error)));
    }

    #[test]
    fn a_waiting_sync_resolves_as_its_future_does() {
        let mut polls = 0;
        let mut sync = SyncFuture::Waiting(Box::pin(std::future::poll_fn(move |_| {
            polls += 1;
            if polls == 2 { Poll::Ready(Ok(())) } else { Poll::Pending }
        })));
        assert_eq!(poll(&mut sync), Poll::Pending);
        assert_eq!(poll(&mut sync), Poll::Ready(Ok(())));
    }
}
