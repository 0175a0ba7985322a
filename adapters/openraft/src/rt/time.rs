//! Points in time, and waiting for something no longer than so long.

use labtest::runtime::{self, Elapsed, Sleep};
use std::future::Future;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// A point on the clock of the server that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) runtime::Instant);

impl openraft::Instant for Instant {
    fn now() -> Instant {
        Instant(runtime::now())
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        Instant(self.0 + duration)
    }
}

/// Nothing is before the beginning of a run.
impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, duration: Duration) -> Instant {
        let before = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Instant(runtime::Instant::from_nanos(self.0.as_nanos().saturating_sub(before)))
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.0.since(earlier.0)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

/// A future that gets so much time; the one that [`runtime::timeout`] returns has no name.
pub(crate) struct Timeout<F> {
    limit: Duration,
    future: Pin<Box<F>>,
    sleep: Sleep,
}

impl<F> Timeout<F> {
    pub(crate) fn new(limit: Duration, future: F) -> Timeout<F> {
        Timeout { limit, future: Box::pin(future), sleep: runtime::sleep(limit) }
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let limit = self.limit;
        Pin::new(&mut self.sleep).poll(context).map(|()| Err(Elapsed(limit)))
    }
}
